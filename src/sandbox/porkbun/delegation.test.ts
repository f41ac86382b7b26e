import { Resolver } from 'node:dns/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestPorkbun } from './registrar.fixture.ts';

let stage: Awaited<ReturnType<typeof openTestPorkbun>>;
beforeAll(async () => {
  stage = await openTestPorkbun();
});
afterAll(() => stage.close());

const HOSTS = ['curitiba.ns.porkbun.com', 'fortaleza.ns.porkbun.com'];

it('serves a domain that is delegated to it, with its own SOA and NS', async () => {
  stage.seed('served.test', { records: [{ name: 'www', type: 'A', content: '192.0.2.1', ttl: 300 }] });
  expect(await stage.resolver.resolve4('www.served.test', { ttl: true })).toEqual([{ address: '192.0.2.1', ttl: 300 }]);
  expect((await stage.resolver.resolveNs('served.test')).toSorted()).toEqual(HOSTS);
  expect(await stage.resolver.resolveSoa('served.test')).toMatchObject({ nsname: HOSTS[0], minttl: 1800 });
});

it('stores but does not serve where the delegation points elsewhere, and says so', async () => {
  stage.seed('away.test', { delegate: false });
  const record = { name: 'www', type: 'A', content: '192.0.2.1' };
  const made = await stage.api('/dns/create/away.test', record);
  expect(made).toMatchObject({ status: 'SUCCESS', warnings: [expect.stringContaining('other nameservers')] });
  await expect(stage.resolver.resolve4('www.away.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  const server = new Resolver({ timeout: 3000, tries: 1 });
  server.setServers([stage.porkbun.addresses['curitiba.ns.porkbun.com'] ?? '']);
  await expect(server.resolve4('www.away.test')).rejects.toMatchObject({ code: 'EREFUSED' });
  stage.control('POST /porkbun/switches', { servesUndelegated: true });
  expect(await server.resolve4('www.away.test')).toEqual(['192.0.2.1']);
  stage.control('POST /porkbun/switches', { servesUndelegated: false });
});

it('moves a delegation there and back by updateNs, and shows it by getNs', async () => {
  stage.seed('moved.test', { records: [{ type: 'A', content: '192.0.2.1' }] });
  expect(await stage.resolver.resolve4('moved.test')).toEqual(['192.0.2.1']);
  const ns = ['ns1.example.net', 'ns2.example.net'];
  expect((await stage.api('/domain/updateNs/moved.test', { ns })).http).toBe(200);
  expect((await stage.api('/domain/getNs/moved.test')).ns).toEqual(ns);
  expect(stage.dns.registry.nameServersOf('moved.test')).toEqual(ns);
  expect(await stage.api('/dns/create/moved.test', { type: 'TXT', content: 'x' })).toHaveProperty('warnings');
  await stage.api('/domain/updateNs/moved.test', { ns: HOSTS });
  stage.control('POST /porkbun/switches', { nsTrailingDot: true });
  expect((await stage.api('/domain/getNs/moved.test')).ns).toEqual(HOSTS.map((host) => `${host}.`));
  stage.control('POST /porkbun/switches', { nsTrailingDot: false });
  for (const wrong of [[], ['not a host'], 'ns1.example.net'])
    expect(await stage.api('/domain/updateNs/moved.test', { ns: wrong })).toMatchObject({ http: 400 });
});

it('serves a change only after the edge delay', async () => {
  stage.seed('slow.test');
  stage.control('POST /porkbun/edge', { delayMs: 150 });
  await stage.api('/dns/create/slow.test', { name: 'www', type: 'A', content: '192.0.2.1' });
  await expect(stage.resolver.resolve4('www.slow.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await new Promise((done) => setTimeout(done, 200));
  stage.dns.internet.forget('www.slow.test');
  expect(await stage.resolver.resolve4('www.slow.test')).toEqual(['192.0.2.1']);
  stage.control('POST /porkbun/edge', { delayMs: 0 });
});

it('knows each domain once', () => {
  stage.seed('twice.test');
  expect(() => stage.seed('twice.test')).toThrow('already');
  expect(() => stage.control('POST /porkbun/switches', { nonsense: 1 })).toThrow();
});
