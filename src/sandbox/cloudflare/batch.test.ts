import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApiValue, openTestCloud } from './estate.fixture.ts';

let cloud: Awaited<ReturnType<typeof openTestCloud>>;
let count = 0;

beforeAll(async () => {
  cloud = await openTestCloud();
});
afterAll(() => cloud.close());
afterEach(() => cloud.faults.clear());

const a = (name: string, content = '192.0.2.1') => ({ type: 'A', name, content });
const seed = (records: unknown[], more = {}) => cloud.seed(`batch${++count}.test`, { records, ...more });

describe('a batch', () => {
  it('deletes, patches, puts and posts in this order, so that a CNAME becomes a TXT in one call', async () => {
    const zone = seed([{ type: 'CNAME', name: 'x', content: 'y.example' }, a('p'), a('q')]);
    const [cname, p, q] = await zone.list();
    const { result } = await zone.records('POST', '/batch', {
      posts: [{ type: 'TXT', name: 'x', content: 'now text' }, a('r')],
      puts: [{ id: q?.id, ...a('q', '192.0.2.3') }],
      patches: [{ id: p?.id, ttl: 120 }],
      deletes: [{ id: cname?.id }],
    });
    expect(result).toMatchObject({
      deletes: [{ id: cname?.id, type: 'CNAME' }],
      patches: [{ id: p?.id, ttl: 120, content: '192.0.2.1' }],
      puts: [{ id: q?.id, content: '192.0.2.3' }],
      posts: [{ type: 'TXT', content: '"now text"' }, { type: 'A' }],
    });
    expect(await zone.list()).toHaveLength(4);
  });

  it('fails as a whole with the first error, and nothing is applied', async () => {
    const zone = seed([a('p')]);
    const before = await zone.list();
    const answer = await zone.records('POST', '/batch', {
      deletes: [{ id: before[0]?.id }],
      posts: [a('new'), { type: 'MX', name: 'bad', content: 'm.example' }, { type: 'A', name: 'worse', content: 'x' }],
    });
    expect(answer).toMatchObject({ status: 400, success: false, result: null });
    expect(answer.errors).toMatchObject([{ code: 1004, error_chain: [{ code: 9101 }] }]);
    expect(await zone.list()).toEqual(before);
    expect(cloud.ledger.read({ system: 'cloudflare' }).at(-2)).toMatchObject({
      operation: 'dns_records.batch',
      error: '1004',
      effect: false,
    });
  });

  it('fails for a record that is gone or listed twice', async () => {
    const zone = seed([a('p')]);
    const [{ id } = { id: '' }] = await zone.list();
    const gone = await zone.records('POST', '/batch', { deletes: [{ id: 'f'.repeat(32) }], posts: [a('n')] });
    expect(gone.errors).toMatchObject([{ code: 81_044 }]);
    const twice = await zone.records('POST', '/batch', { deletes: [{ id }, { id }] });
    expect(twice.errors).toMatchObject([{ code: 81_044 }]);
    expect(await zone.list()).toHaveLength(1);
  });

  it('has at most 200 operations on a free zone and 3,500 on a paid one', async () => {
    const posts = Array.from({ length: 201 }, (_, n) => a(`n${n}`));
    const free = seed([]);
    expect((await free.records('POST', '/batch', { posts })).status).toBe(400);
    expect(await free.list()).toHaveLength(0);
    expect((await free.records('POST', '/batch', { posts: posts.slice(1) })).success).toBe(true);
    expect((await seed([], { plan: 'pro' }).records('POST', '/batch', { posts })).success).toBe(true);
  });

  it('takes lists of objects only', async () => {
    const zone = seed([]);
    for (const body of [{ posts: {} }, { posts: ['x'] }, { deletes: 'all' }])
      expect((await zone.records('POST', '/batch', body)).status).toBe(400);
  });
});

describe('misbehaviour', () => {
  it('throttles, fails before and after the effect, and answers HTML', async () => {
    const zone = seed([]);
    const strike = async (kind: 'throttle' | 'error-before' | 'error-after' | 'html', posts: unknown[]) => {
      cloud.faults.add({ kind, system: 'cloudflare', operation: 'dns_records.batch', count: 1, retryAfter: 2 });
      return zone.records('POST', '/batch', { posts });
    };
    const throttled = await strike('throttle', [a('t')]);
    expect(throttled).toMatchObject({ status: 429, errors: [{ code: 971 }] });
    expect(throttled.headers.get('retry-after')).toBe('2');
    expect(await strike('error-before', [a('b')])).toMatchObject({ status: 500, success: false });
    const html = await strike('html', [a('h')]);
    expect(html.status).toBe(502);
    expect(html.text).toMatch(/^<html>/);
    expect(await zone.list()).toHaveLength(0);
    expect((await strike('error-after', [a('after')])).status).toBe(500);
    expect((await zone.list()).map(({ name }) => name)).toEqual([`after.batch${count}.test`]);
    expect(cloud.ledger.read({ system: 'cloudflare' }).at(-2)).toMatchObject({ status: 500, effect: true });
  });

  it('cuts the answer after the commit, and delivers a request twice', async () => {
    const zone = seed([]);
    cloud.faults.add({ kind: 'drop', system: 'cloudflare', operation: 'dns_records.create', count: 1, bytes: 20 });
    await expect(zone.records('POST', '', a('dropped'))).rejects.toThrow();
    expect(await zone.list()).toHaveLength(1);
    cloud.faults.add({ kind: 'duplicate', system: 'cloudflare', operation: 'dns_records.create', count: 1 });
    expect((await zone.records('POST', '', a('twice'))).errors).toMatchObject([{ code: 81_058 }]);
    expect(await zone.list()).toHaveLength(2);
  });

  it('has another editor who comes between list and batch', async () => {
    const zone = seed([a('mine'), a('other')]);
    const edit = {
      patches: [{ match: { type: 'A', name: `mine.batch${count}.test` }, content: '198.51.100.1' }],
      deletes: [{ type: 'A', name: `other.batch${count}.test` }],
      posts: [a('third')],
    };
    cloud.control('POST /cloudflare/editor', { zone: zone.id, ...edit });
    await zone.records('POST', '', a('unaffected'));
    const before = await zone.list();
    expect(before.map(({ content }) => content)).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.1']);
    const other = before.find(({ name }) => String(name).startsWith('other'));
    const answer = await zone.records('POST', '/batch', { deletes: [{ id: other?.id }] });
    expect(answer.errors).toMatchObject([{ code: 81_044 }]);
    const after = (await zone.list()).map(({ name, content }: ApiValue) => `${String(name).split('.')[0]} ${content}`);
    expect(after.sort()).toEqual(['mine 198.51.100.1', 'third 192.0.2.1', 'unaffected 192.0.2.1']);
    const rows = cloud.ledger.read({ system: 'cloudflare' }).filter(({ caller }) => caller === 'another editor');
    expect(rows).toMatchObject([{ effect: true }]);
  });
});
