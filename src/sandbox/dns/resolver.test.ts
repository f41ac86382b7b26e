import { Resolver } from 'node:dns/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProviderServer } from './main.ts';
import { askWire, makeZone, openTestDns } from './wire.fixture.ts';

let world: Awaited<ReturnType<typeof openTestDns>>;
let servers: [ProviderServer, ProviderServer];
let client: Resolver;

beforeAll(async () => {
  world = await openTestDns();
  const { dns } = world;
  servers = [dns.takeServer(['ns1.host.test']), dns.takeServer(['ns2.host.test'])];
  client = new Resolver({ timeout: 4000, tries: 1 });
  client.setServers([`127.0.0.1:${dns.port}`]);
  // The hosts of the name servers have their own zone, served by themselves, with glue from the registry.
  serve('host.test', [
    ['ns1.host.test', 'A', servers[0].address],
    ['ns2.host.test', 'A', servers[1].address],
  ]);
});
afterAll(() => world.dns.standIn.close());

function serve(origin: string, lines: Parameters<typeof makeZone>[1], on = servers): void {
  const zone = makeZone(origin, [[origin, 'NS', 'ns1.host.test'], [origin, 'NS', 'ns2.host.test'], ...lines]);
  for (const server of on) server.shelf.set(zone);
  world.dns.registry.delegate(origin, ['ns1.host.test', 'ns2.host.test']);
}

const ask = (name: string, type: string, recursionDesired = true) =>
  askWire('127.0.0.1', world.dns.port, name, type, { recursionDesired, timeoutMs: 5000 });

describe('the resolver', () => {
  it('walks the delegation for a foreign client, name servers in other domains included', async () => {
    serve('plain.example', [
      ['plain.example', 'MX', '10 mx.plain.example'],
      ['www.plain.example', 'CNAME', 'web.host.test'],
    ]);
    serve('host.test', [
      ['ns1.host.test', 'A', servers[0].address],
      ['ns2.host.test', 'A', servers[1].address],
      ['web.host.test', 'A', '192.0.2.80'],
    ]);
    expect(await client.resolveMx('plain.example')).toMatchObject([{ exchange: 'mx.plain.example', priority: 10 }]);
    expect(await client.resolve4('www.plain.example')).toEqual(['192.0.2.80']);
    expect(await ask('www.plain.example', 'A')).toMatchObject({ flag_ra: true, flag_aa: false, code: 0 });
  });

  it('counts TTLs down in sandbox time and asks again when they are over', async () => {
    serve('aging.test', [['aging.test', 'TXT', 'old', 300]]);
    expect((await ask('aging.test', 'TXT'))?.answers).toMatchObject([{ ttl: 300 }]);
    serve('aging.test', [['aging.test', 'TXT', 'new', 300]]);
    world.clock.advance(100);
    const kept = await ask('AGING.test', 'TXT');
    expect(kept?.answers).toMatchObject([{ name: 'AGING.test', ttl: 200 }]);
    expect(await client.resolveTxt('aging.test')).toEqual([['old']]);
    world.clock.advance(200);
    expect(await client.resolveTxt('aging.test')).toEqual([['new']]);
  });

  it('remembers absence for the lower of SOA TTL and minimum: of a name for all types, of a type for itself', async () => {
    serve('late.test', [['late.test', 'TXT', 'here']]);
    await expect(client.resolveTxt('new.late.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(client.resolve4('late.test')).rejects.toMatchObject({ code: 'ENODATA' });
    serve('late.test', [
      ['late.test', 'TXT', 'here'],
      ['late.test', 'A', '192.0.2.1'],
      ['new.late.test', 'TXT', 'there'],
      ['new.late.test', 'A', '192.0.2.2'],
    ]);
    world.clock.advance(119);
    await expect(client.resolve4('new.late.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(client.resolve4('late.test')).rejects.toMatchObject({ code: 'ENODATA' });
    expect((await ask('new.late.test', 'TXT'))?.authorities).toMatchObject([{ type: 'SOA', ttl: 1 }]);
    world.clock.advance(1);
    expect(await client.resolveTxt('new.late.test')).toEqual([['there']]);
    expect(await client.resolve4('late.test')).toEqual(['192.0.2.1']);
  });

  it('forgets a name on request, and only that', async () => {
    serve('forgetful.test', [['other.forgetful.test', 'TXT', 'old']]);
    await expect(client.resolveTxt('a.forgetful.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await client.resolveTxt('other.forgetful.test');
    serve('forgetful.test', [
      ['other.forgetful.test', 'TXT', 'new'],
      ['a.forgetful.test', 'TXT', 'now'],
    ]);
    world.dns.internet.forget('A.forgetful.test');
    expect(await client.resolveTxt('a.forgetful.test')).toEqual([['now']]);
    expect(await client.resolveTxt('other.forgetful.test')).toEqual([['old']]);
  });

  it('says NXDOMAIN for a domain that is not delegated and SERVFAIL for one whose servers are nowhere', async () => {
    await expect(client.resolve4('www.unregistered.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    world.dns.registry.delegate('lost.test', ['ns1.nowhere.test']);
    await expect(client.resolve4('www.lost.test')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });

  it('says SERVFAIL for a CNAME that goes round through two zones', async () => {
    serve('round-a.test', [['x.round-a.test', 'CNAME', 'x.round-b.test']]);
    serve('round-b.test', [['x.round-b.test', 'CNAME', 'x.round-a.test']]);
    expect((await ask('x.round-a.test', 'A'))?.code).toBe(2);
  });

  it('sees one late server in every second answer', async () => {
    serve('lagging.test', [['lagging.test', 'TXT', 'old', 1]]);
    serve('lagging.test', [['lagging.test', 'TXT', 'new', 1]], [servers[0], servers[0]]);
    const seen = new Set<string>();
    for (let time = 0; time < 4; time += 1) {
      seen.add((await client.resolveTxt('lagging.test'))[0]?.[0] ?? '');
      world.clock.advance(2);
    }
    expect([...seen].sort()).toEqual(['new', 'old']);
  });

  it('refuses questions without recursion, and transfers', async () => {
    expect((await ask('host.test', 'NS', false))?.code).toBe(5);
    expect((await ask('host.test', 'AXFR'))?.code).toBe(5);
  });

  it('brings large answers by TCP from end to end', async () => {
    const texts = Array.from({ length: 20 }, (_, n) => ['large.test', 'TXT', `${n} ${'y'.repeat(200)}`] as const);
    serve('large.test', texts);
    expect((await client.resolveTxt('large.test')).length).toBe(20);
  });
});

describe('the internet of the stand-ins', () => {
  it('publishes own zones, replaces sets, removes them, and delegates below its own zones', async () => {
    const { internet } = world.dns;
    internet.publish('vendor.example', 'a._domainkey.vendor.example', 'TXT', [`k=${'z'.repeat(300)}`], 60);
    internet.publish('dkim.vendor.example', 'b.dkim.vendor.example', 'CNAME', ['a._domainkey.vendor.example'], 60);
    const found = await internet.lookup('b.dkim.vendor.example', 'TXT');
    expect(found).toMatchObject({
      rcode: 'NOERROR',
      records: [
        { type: 'CNAME', value: 'a._domainkey.vendor.example' },
        { type: 'TXT', value: `k=${'z'.repeat(300)}` },
      ],
    });
    internet.publish('vendor.example', 'a._domainkey.vendor.example', 'TXT', [], 60);
    internet.forget('a._domainkey.vendor.example');
    expect(await internet.lookup('a._domainkey.vendor.example', 'TXT')).toMatchObject({
      rcode: 'NXDOMAIN',
      records: [],
      soa: { name: 'vendor.example', primary: 'ns1.vendor.example', minimum: 60 },
    });
    expect(() => internet.publish('vendor.example', 'x.other.example', 'A', ['192.0.2.1'])).toThrow(/not in the zone/);
  });

  it('has the SPF tree of a large sender', async () => {
    const spf = await world.dns.internet.lookup('_spf.google.com', 'TXT');
    const includes = spf.records[0]?.value.match(/include:(\S+)/g) ?? [];
    expect(includes).toHaveLength(3);
    for (const include of includes) {
      const [record] = (await client.resolveTxt(include.slice('include:'.length))) ?? [];
      expect(record?.join('')).toMatch(/^v=spf1 ip/);
    }
  });

  it('is told apart in the ledger from clients, and the resolver’s own questions leave no row', async () => {
    world.ledger.clear();
    await world.dns.internet.lookup('google.com', 'MX');
    await client.resolveMx('google.com');
    await askWire(servers[0].address, world.dns.port, 'host.test', 'SOA');
    expect(world.ledger.read({ system: 'dns' })).toMatchObject([
      { operation: 'MX', caller: 'sandbox', request: { server: 'resolver', name: 'google.com' }, status: 'NOERROR' },
      { operation: 'MX', caller: '127.0.0.1', request: { server: 'resolver', proto: 'udp' }, effect: false },
      { operation: 'SOA', request: { server: 'ns1.host.test', name: 'host.test' } },
    ]);
  });
});
