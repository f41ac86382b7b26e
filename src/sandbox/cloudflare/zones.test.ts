import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askWire } from '../dns/wire.fixture.ts';
import { type ApiValue, openTestCloud } from './estate.fixture.ts';

let cloud: Awaited<ReturnType<typeof openTestCloud>>;

beforeAll(async () => {
  cloud = await openTestCloud();
});
afterAll(() => cloud.close());

const ADA = '127.0.0.5';
const BOB = '127.0.0.6';
const at = (server: string, name: string, type: string) => askWire(server, cloud.dns.port, name, type, { edns: 1232 });
const txt = (name: string, content: string) => ({ type: 'TXT', name, content, ttl: 60 });

describe('zones', () => {
  it('are listed with filters and pages of at most 50', async () => {
    for (let n = 0; n < 60; n += 1) cloud.seed(`many${n}.test`, { delegate: n < 30 });
    const all = await cloud.api('GET', '/zones?per_page=100&order=name');
    expect(all.result_info).toMatchObject({ per_page: 50, count: 50, total_count: 60, total_pages: 2 });
    expect((await cloud.api('GET', '/zones')).result_info?.per_page).toBe(20);
    const names = async (query: string) =>
      ((await cloud.api('GET', `/zones?${query}`)).result as unknown as ApiValue[]).map(({ name }) => name);
    expect(await names('name=many7.test')).toEqual(['many7.test']);
    expect(await names('name=MANY7.TEST')).toEqual(['many7.test']);
    expect(await names('name=many')).toEqual([]);
    expect(await names('name=starts_with:many58')).toEqual(['many58.test']);
    expect(await names('name=starts_with_case_sensitive:Many58')).toEqual([]);
    expect(await names('name=contains:y59.t')).toEqual(['many59.test']);
    expect((await cloud.api('GET', '/zones?status=pending')).result_info?.total_count).toBe(30);
    expect((await cloud.api('GET', '/zones?account.name=Example%20Estate&type=full')).result_info?.total_count).toBe(
      60,
    );
    expect(await names('account.id=nobody')).toEqual([]);
  });

  it('show what clients read', async () => {
    const { id } = cloud.seed('shown.test');
    const { result } = await cloud.api('GET', `/zones/${id}`);
    expect(result).toMatchObject({
      id,
      name: 'shown.test',
      status: 'active',
      type: 'full',
      paused: false,
      name_servers: ['ada.ns.cloudflare.com', 'bob.ns.cloudflare.com'],
      account: { name: 'Example Estate' },
      plan: { legacy_id: 'free' },
    });
    expect((await cloud.api('GET', `/zones/${id}/dns_settings`)).result).toMatchObject({ flatten_all_cnames: false });
  });

  it('are created pending, editable, not served, and active once delegated to their name servers', async () => {
    const { result } = await cloud.api('POST', '/zones', { name: 'fresh.test', type: 'full' });
    expect(result).toMatchObject({ status: 'pending', activated_on: null });
    expect((await cloud.api('POST', '/zones', { name: 'Fresh.test' })).errors).toMatchObject([{ code: 1061 }]);
    expect((await cloud.api('POST', '/zones', { name: 'no domain' })).status).toBe(400);
    const path = `/zones/${result.id}`;
    await cloud.api('POST', `${path}/dns_records`, txt('@', 'here'));
    expect((await at(ADA, 'fresh.test', 'TXT'))?.code).toBe(5);
    cloud.dns.registry.delegate('fresh.test', ['ada.ns.cloudflare.com', 'dan.ns.cloudflare.com']);
    expect((await cloud.api('GET', path)).result.status).toBe('pending');
    cloud.dns.registry.delegate('fresh.test', ['Bob.ns.cloudflare.com', 'Ada.ns.cloudflare.com']);
    expect((await cloud.api('GET', path)).result).toMatchObject({ status: 'active' });
    expect(await cloud.resolver.resolveTxt('fresh.test')).toEqual([['here']]);
    cloud.dns.registry.delegate('fresh.test', ['ns1.elsewhere.test']);
    expect((await cloud.api('GET', path)).result.status).toBe('moved');
    expect((await at(BOB, 'fresh.test', 'TXT'))?.code).toBe(5);
  });

  it('of one name in two accounts have other name servers, and only the delegated one is served', async () => {
    const account = cloud.control('POST /cloudflare/accounts', { name: 'Second Estate' });
    const mine = cloud.seed('twin.test', { records: [txt('@', 'mine')] });
    const theirs = cloud.seed('twin.test', { account: account.id, delegate: false, records: [txt('@', 'theirs')] });
    const { result } = await cloud.api('GET', '/zones?name=twin.test');
    expect(result).toMatchObject([
      { status: 'active' },
      { status: 'pending', name_servers: ['cora.ns.cloudflare.com', 'dan.ns.cloudflare.com'] },
    ]);
    expect((await cloud.api('GET', `/zones?name=twin.test&account.id=${account.id}`)).result).toMatchObject([
      { id: theirs.id },
    ]);
    expect((await at(ADA, 'twin.test', 'TXT'))?.answers).toHaveLength(1);
    cloud.dns.registry.delegate('twin.test', ['cora.ns.cloudflare.com', 'dan.ns.cloudflare.com']);
    expect((await cloud.api('GET', `/zones/${mine.id}`)).result.status).toBe('moved');
    expect(await cloud.resolver.resolveTxt('twin.test')).toEqual([['theirs']]);
    const create = { name: 'ambiguous.test' };
    expect((await cloud.api('POST', '/zones', create)).status).toBe(403);
    expect((await cloud.api('POST', '/zones', { ...create, account: { id: account.id } })).result).toMatchObject({
      account: { id: account.id },
    });
  });

  it('below another zone are delegated by its NS records', async () => {
    cloud.seed('parent.test', { records: [txt('@', 'parent')] });
    const child = cloud.seed('child.parent.test', { records: [txt('@', 'child')] });
    expect((await cloud.api('GET', `/zones/${child.id}`)).result.status).toBe('active');
    expect(await cloud.resolver.resolveTxt('child.parent.test')).toEqual([['child']]);
  });
});

describe('serving', () => {
  it('shows SOA, name servers, automatic TTLs and negative answers like the real thing', async () => {
    const zone = cloud.seed('served.test', { records: [{ type: 'A', name: '@', content: '192.0.2.1' }] });
    expect((await at(ADA, 'served.test', 'A'))?.answers).toMatchObject([{ ttl: 300, data: '192.0.2.1' }]);
    expect((await at(BOB, 'served.test', 'NS'))?.answers).toMatchObject([
      { data: 'ada.ns.cloudflare.com' },
      { data: 'bob.ns.cloudflare.com' },
    ]);
    const serial = async () => {
      const [soa] = (await at(ADA, 'no.served.test', 'A'))?.authorities ?? [];
      expect(soa).toMatchObject({ type: 'SOA', ttl: 1800, data: { mname: 'ada.ns.cloudflare.com', minimum: 1800 } });
      return soa?.type === 'SOA' ? Number(soa.data.serial) : 0;
    };
    const before = await serial();
    await zone.records('POST', '', txt('x', 'y'));
    expect(await serial()).toBeGreaterThan(before);
  });

  it('answers proxied names with its own addresses and hides their CNAMEs', async () => {
    cloud.seed('proxied.test', {
      records: [
        { type: 'CNAME', name: 'k._domainkey', content: 'k.dkim.example', proxied: true },
        { type: 'A', name: 'www', content: '192.0.2.1', proxied: true },
        { type: 'CNAME', name: 'plain', content: 'k.dkim.example' },
      ],
    });
    for (const name of ['k._domainkey.proxied.test', 'www.proxied.test']) {
      expect((await cloud.resolver.resolve4(name)).every((address) => /^(104\.21|172\.67)\./.test(address))).toBe(true);
      expect(await cloud.resolver.resolve6(name)).toHaveLength(2);
    }
    expect(await at(ADA, 'k._domainkey.proxied.test', 'CNAME')).toMatchObject({ code: 0, answers: [] });
    expect(await at(ADA, 'k._domainkey.proxied.test', 'TXT')).toMatchObject({ code: 0, answers: [] });
    expect((await at(ADA, 'plain.proxied.test', 'CNAME'))?.answers).toMatchObject([{ data: 'k.dkim.example' }]);
  });

  it('flattens CNAMEs at the apex, and all of them where the zone says so', async () => {
    cloud.seed('flat.test', {
      records: [
        { type: 'CNAME', name: '@', content: 'google.com' },
        txt('@', 'beside'),
        { type: 'CNAME', name: 'sub', content: 'google.com' },
      ],
    });
    expect(await cloud.resolver.resolve4('flat.test')).toEqual(['142.250.74.46']);
    expect(await cloud.resolver.resolveTxt('flat.test')).toEqual([['beside']]);
    expect((await at(ADA, 'sub.flat.test', 'CNAME'))?.answers).toHaveLength(1);
    cloud.control('POST /zones/settings', { zone: 'flat.test', flattenAllCnames: true });
    expect(await at(ADA, 'sub.flat.test', 'CNAME')).toMatchObject({ code: 0, answers: [] });
    expect((await at(ADA, 'sub.flat.test', 'A'))?.answers).toMatchObject([{ data: '142.250.74.46' }]);
  });

  it('serves every supported type as it was written', async () => {
    const data = { priority: 5, weight: 1, port: 443, target: 'auto.example' };
    const zone = cloud.seed('types.test', {
      records: [
        { type: 'SRV', name: '_a._tcp', data },
        { type: 'CAA', name: '@', data: { flags: 0, tag: 'issue', value: 'ca.example' } },
        { type: 'MX', name: '@', content: '.', priority: 0 },
        { type: 'TLSA', name: '_25._tcp', data: { usage: 3, selector: 1, matching_type: 1, certificate: 'ab12' } },
        { type: 'TXT', name: 'k', content: `"${'a'.repeat(200)}" "${'b'.repeat(200)}"` },
      ],
    });
    expect(await cloud.resolver.resolveSrv('_a._tcp.types.test')).toMatchObject([
      { priority: 5, weight: 1, port: 443, name: 'auto.example' },
    ]);
    expect(await cloud.resolver.resolveCaa('types.test')).toMatchObject([{ critical: 0, issue: 'ca.example' }]);
    expect(await cloud.resolver.resolveMx('types.test')).toMatchObject([{ exchange: '', priority: 0 }]);
    expect((await cloud.resolver.resolveTxt('k.types.test'))[0]?.map(({ length }) => length)).toEqual([200, 200]);
    expect((await at(ADA, '_25._tcp.types.test', 'TLSA'))?.answers).toHaveLength(1);
    expect(await zone.list()).toHaveLength(5);
  });

  it('shows changes after the edge delay, and one name server may lag', async () => {
    const zone = cloud.seed('edge.test');
    cloud.control('POST /cloudflare/edge', { delayMs: 80 });
    await zone.records('POST', '', txt('x', 'one'));
    expect((await at(ADA, 'x.edge.test', 'TXT'))?.code).toBe(3);
    await new Promise((done) => setTimeout(done, 150));
    expect((await at(ADA, 'x.edge.test', 'TXT'))?.code).toBe(0);
    cloud.control('POST /cloudflare/edge', { delayMs: 0, server: 'bob.ns.cloudflare.com', lag: 'stuck' });
    await zone.records('POST', '', txt('y', 'two'));
    expect((await at(ADA, 'y.edge.test', 'TXT'))?.code).toBe(0);
    expect((await at(BOB, 'y.edge.test', 'TXT'))?.code).toBe(3);
    cloud.control('POST /cloudflare/edge', { server: 'bob.ns.cloudflare.com', lag: 0 });
    expect((await at(BOB, 'y.edge.test', 'TXT'))?.code).toBe(0);
    // What is late must not undo what came after it.
    cloud.control('POST /cloudflare/edge', { server: 'bob.ns.cloudflare.com', lag: 60 });
    await zone.records('POST', '', txt('late', 'one'));
    cloud.control('POST /cloudflare/edge', { server: 'bob.ns.cloudflare.com', lag: 0 });
    await zone.records('POST', '', txt('last', 'two'));
    await new Promise((done) => setTimeout(done, 100));
    expect((await at(BOB, 'last.edge.test', 'TXT'))?.code).toBe(0);
  });
});
