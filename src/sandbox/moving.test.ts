import { Resolver } from 'node:dns/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSandbox, type Sandbox } from './main.ts';

let sandbox: Sandbox;
const resolver = new Resolver({ timeout: 3000, tries: 1 });
beforeAll(async () => {
  sandbox = await openSandbox();
  resolver.setServers([sandbox.env.MAILWRIGHT_DNS_PUBLIC_RESOLVERS ?? '']);
  await control('POST', '/cloudflare/edge', { delayMs: 0 });
  await control('POST', '/porkbun/edge', { delayMs: 0 });
});
afterAll(() => sandbox.close());

async function control(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${sandbox.control}/control${path}`, { method, ...init });
  const json = (await answer.json()) as Record<string, unknown>;
  if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(json)}`);
  return json;
}

it('gives what clients set to reach the three DNS hosts', () => {
  expect(sandbox.env).toMatchObject({
    CLOUDFLARE_BASE_URL: expect.stringMatching(/\/client\/v4$/),
    PORKBUN_API_KEY: expect.stringMatching(/^pk1_/),
    PORKBUN_SECRET_API_KEY: expect.stringMatching(/^sk1_/),
    PORKBUN_BASE_URL: expect.stringMatching(/\/api\/json\/v3$/),
    AWS_ENDPOINT_URL_ROUTE_53: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  });
});

it('moves a domain between the hosts by its delegation alone', async () => {
  const name = 'moving.test';
  const cloudflare = await control('POST', '/zones', {
    name,
    records: [{ type: 'A', name, content: '192.0.2.1', ttl: 300 }],
  });
  const porkbun = await control('POST', '/porkbun/domains', {
    name,
    delegate: false,
    records: [{ type: 'A', content: '192.0.2.2' }],
  });
  const route53 = await control('POST', '/route53/zones', {
    name,
    delegate: false,
    records: [{ Name: name, Type: 'A', TTL: 300, ResourceRecords: [{ Value: '192.0.2.3' }] }],
  });
  const asked = async () => {
    await control('POST', '/dns/forget', {});
    return resolver.resolve4(name);
  };
  expect(await asked()).toEqual(['192.0.2.1']);
  const moves = [
    [porkbun.nameServers, '192.0.2.2'],
    [route53.nameServers, '192.0.2.3'],
    [cloudflare.name_servers, '192.0.2.1'],
    [route53.nameServers, '192.0.2.3'],
    [porkbun.nameServers, '192.0.2.2'],
    [cloudflare.name_servers, '192.0.2.1'],
  ] as const;
  for (const [nameServers, address] of moves) {
    await control('POST', '/dns/delegations', { domain: name, nameServers });
    expect(await asked()).toEqual([address]);
    expect((await resolver.resolveNs(name)).toSorted()).toEqual((nameServers as string[]).toSorted());
  }
  // What the resolver remembers of the old host outlives a move, as it does out there.
  await control('POST', '/dns/delegations', { domain: name, nameServers: porkbun.nameServers });
  expect(await resolver.resolve4(name)).toEqual(['192.0.2.1']);
});

it('lets a domain be served by two hosts at once', async () => {
  const name = 'both.test';
  const porkbun = await control('POST', '/porkbun/domains', { name, records: [{ type: 'A', content: '192.0.2.2' }] });
  const route53 = await control('POST', '/route53/zones', { name, delegate: false });
  const nameServers = [...(porkbun.nameServers as string[]), ...(route53.nameServers as string[])];
  await control('POST', '/dns/delegations', { domain: name, nameServers });
  const at = async (server: string | undefined) => {
    const one = new Resolver({ timeout: 3000, tries: 1 });
    one.setServers([server ?? '']);
    return one.resolveNs(name);
  };
  expect(await at(sandbox.addresses['porkbun.curitiba.ns.porkbun.com'])).toEqual(porkbun.nameServers);
  expect(await at(sandbox.addresses['route53.nameServer2'])).toEqual(route53.nameServers);
});
