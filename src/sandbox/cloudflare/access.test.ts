import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiValue, openTestCloud } from './estate.fixture.ts';

let cloud: Awaited<ReturnType<typeof openTestCloud>>;
let zone: ReturnType<typeof cloud.seed>;
let other: ReturnType<typeof cloud.seed>;

beforeAll(async () => {
  cloud = await openTestCloud();
  zone = cloud.seed('mine.test');
  other = cloud.seed('other.test');
});
afterAll(() => cloud.close());

const token = (more: Record<string, unknown>) =>
  String(cloud.control('POST /cloudflare/tokens', { name: `token ${Math.random()}`, ...more }).secret);

describe('the Authorization header', () => {
  it('is needed, and must look like a token', async () => {
    expect(await cloud.send('GET', '/zones', {})).toMatchObject({ status: 400, errors: [{ code: 9106 }] });
    for (const authorization of ['Bearer short', 'Bearer', `Basic ${'x'.repeat(40)}`, `Bearer ${'ü$'.repeat(20)}`])
      expect(
        await cloud.send('GET', '/zones', { authorization: Buffer.from(authorization).toString('latin1') }),
      ).toMatchObject({ status: 400, errors: [{ code: 6003, error_chain: [{ code: 6111 }] }] });
    expect(await cloud.send('GET', '/zones', { 'x-auth-key': 'k', 'x-auth-email': 'e@x.test' })).toMatchObject({
      errors: [{ code: 6003, error_chain: [{ code: 6103 }] }],
    });
  });

  it('with an unknown or dead token is told apart by verify', async () => {
    const unknown = 'x'.repeat(40);
    expect(await cloud.api('GET', '/zones', undefined, unknown)).toMatchObject({
      status: 403,
      errors: [{ code: 9109 }],
    });
    const verify = '/user/tokens/verify';
    expect(await cloud.api('GET', verify, undefined, unknown)).toMatchObject({ status: 401, errors: [{ code: 1000 }] });
    const dead = token({ name: 'dead', status: 'disabled' });
    expect(await cloud.api('GET', verify, undefined, dead)).toMatchObject({
      status: 200,
      result: { status: 'disabled' },
    });
    expect(await cloud.api('GET', '/zones', undefined, dead)).toMatchObject({ status: 403 });
    cloud.control('POST /cloudflare/tokens/status', { name: 'dead', status: 'active' });
    expect((await cloud.api('GET', '/zones', undefined, dead)).success).toBe(true);
  });
});

describe('verify', () => {
  it('says active with a message whose code is no error', async () => {
    const answer = await cloud.api('GET', '/user/tokens/verify');
    expect(answer).toMatchObject({
      success: true,
      errors: [],
      messages: [{ code: 10_000 }],
      result: { status: 'active' },
    });
  });

  it('has two addresses for the two families of tokens', async () => {
    const owned = token({ family: 'account' });
    expect(owned).toMatch(/^cfat_/);
    const [account] = (await cloud.api('GET', '/accounts')).result as unknown as ApiValue[];
    expect(account?.name).toBe('Example Estate');
    const path = `/accounts/${account?.id}/tokens/verify`;
    expect((await cloud.api('GET', '/user/tokens/verify', undefined, owned)).errors).toMatchObject([{ code: 1000 }]);
    expect((await cloud.api('GET', path, undefined, owned)).success).toBe(true);
    expect((await cloud.api('GET', path)).errors).toMatchObject([{ code: 1000 }]);
  });
});

describe('permissions', () => {
  const record = { type: 'A', name: 'x', content: '192.0.2.1' };

  it('limit a token to its zones: others are not listed, and refused by id', async () => {
    const narrow = token({ zones: ['mine.test'] });
    const { result } = await cloud.api('GET', '/zones', undefined, narrow);
    expect(result).toMatchObject([{ name: 'mine.test' }]);
    expect((await cloud.api('GET', '/zones?name=other.test', undefined, narrow)).result).toEqual([]);
    expect((await cloud.api('GET', `/zones/${other.id}`, undefined, narrow)).errors).toMatchObject([{ code: 9109 }]);
    expect(await cloud.api('GET', `/zones/${other.id}/dns_records`, undefined, narrow)).toMatchObject({
      status: 403,
      errors: [{ code: 10_000, message: 'Authentication error' }],
    });
  });

  it('let a reader read and not write', async () => {
    const reader = token({ permissions: ['zone:read', 'dns:read'] });
    const path = `/zones/${zone.id}/dns_records`;
    expect((await cloud.api('GET', path, undefined, reader)).success).toBe(true);
    for (const [method, rest, body] of [
      ['POST', '', record],
      ['POST', '/batch', { posts: [record] }],
      ['DELETE', `/${'0'.repeat(32)}`, undefined],
    ] as const)
      expect(await cloud.api(method, `${path}${rest}`, body, reader)).toMatchObject({
        status: 403,
        errors: [{ code: 10_000 }],
      });
    expect((await cloud.api('GET', `/zones/${zone.id}/dns_settings`, undefined, reader)).status).toBe(403);
    expect(await zone.list()).toEqual([]);
  });

  it('are needed to list and to create zones', async () => {
    const editor = token({ permissions: ['dns:edit'] });
    expect(await cloud.api('GET', '/zones', undefined, editor)).toMatchObject({
      status: 403,
      errors: [{ code: 0, message: expect.stringContaining('com.cloudflare.api.account.zone.list') }],
    });
    expect((await cloud.api('GET', `/zones/${zone.id}/dns_records`, undefined, editor)).success).toBe(true);
    const reader = token({ permissions: ['zone:read'] });
    expect(await cloud.api('POST', '/zones', { name: 'new.test' }, reader)).toMatchObject({
      status: 403,
      errors: [{ code: 0, message: expect.stringContaining('account.zone.create') }],
    });
  });
});

describe('paths', () => {
  it('that lead nowhere', async () => {
    for (const id of ['0'.repeat(32), 'mine.test'])
      expect(await cloud.api('GET', `/zones/${id}/dns_records`)).toMatchObject({
        status: 404,
        errors: [{ code: 7003 }, { code: 7000 }],
      });
    expect((await cloud.api('GET', '/nothing/here')).errors).toMatchObject([{ code: 7003 }, { code: 7000 }]);
    expect(await cloud.api('PUT', '/zones')).toMatchObject({ status: 405 });
  });

  it('that destroy are refused and marked', async () => {
    expect((await cloud.api('DELETE', `/zones/${zone.id}`)).status).toBe(403);
    expect(cloud.ledger.read().at(-1)).toMatchObject({ operation: 'zones.delete', forbidden: true, effect: false });
  });

  it('are written down with caller and body, without the token', async () => {
    cloud.ledger.clear();
    await zone.records('POST', '?x=1', { type: 'A', name: 'row', content: 'bad' });
    const [row] = cloud.ledger.read();
    expect(row).toMatchObject({
      system: 'cloudflare',
      operation: 'dns_records.create',
      caller: 'everything',
      request: { method: 'POST', query: { x: '1' }, body: { name: 'row' } },
      status: 400,
      error: '1004',
      effect: false,
    });
    expect(JSON.stringify(row)).not.toContain(cloud.cloudflare.env.CLOUDFLARE_API_TOKEN);
  });
});

describe('the rate limit', () => {
  it('is told in headers, and blocks everything of the user for five minutes of sandbox time', async () => {
    cloud.control('POST /cloudflare/limits', { requests: 3 });
    const mate = token({});
    const first = await cloud.api('GET', '/zones');
    expect(first.headers.get('ratelimit')).toBe('"default";r=2;t=300');
    expect(first.headers.get('ratelimit-policy')).toBe('"default";q=3;w=300');
    expect(first.headers.get('retry-after')).toBeNull();
    await cloud.api('GET', '/zones');
    await cloud.api('GET', '/zones', undefined, mate);
    const blocked = await cloud.api('GET', '/zones', undefined, mate);
    expect(blocked).toMatchObject({ status: 429, errors: [{ code: 971 }] });
    expect(blocked.headers.get('retry-after')).toBe('300');
    const owned = token({ family: 'account' });
    expect((await cloud.api('GET', '/zones', undefined, owned)).success).toBe(true);
    cloud.clock.advance(290);
    expect((await cloud.api('GET', '/zones')).headers.get('retry-after')).toBe('10');
    cloud.clock.advance(10);
    expect((await cloud.api('GET', '/zones')).success).toBe(true);
    cloud.control('POST /cloudflare/limits', { requests: 1200 });
  });

  it('is 1,200 requests in five minutes', async () => {
    cloud.control('POST /cloudflare/limits', {});
    const { headers } = await cloud.api('GET', '/zones');
    expect(headers.get('ratelimit')).toBe('"default";r=1199;t=300');
  });
});
