import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiValue, openTestCloud } from './estate.fixture.ts';

let cloud: Awaited<ReturnType<typeof openTestCloud>>;
let zone: ReturnType<typeof cloud.seed>;

beforeAll(async () => {
  cloud = await openTestCloud();
  zone = cloud.seed('list.test', {
    plan: 'pro',
    records: [
      { type: 'A', name: 'b', content: '192.0.2.2', ttl: 300, comment: 'Managed=by us', tags: ['owner:dns', 'x:1'] },
      { type: 'A', name: 'a', content: '192.0.2.1', ttl: 60, proxied: true },
      { type: 'TXT', name: 'a.deep', content: 'v=spf1 -all' },
      { type: 'MX', name: '@', content: 'Mail.Example', priority: 10 },
      { type: 'TXT', name: 'aged', content: 'x', raw: 'unquoted of old' },
    ],
  });
});
afterAll(() => cloud.close());

const names = async (query: string) =>
  ((await zone.records('GET', query)).result as unknown as ApiValue[]).map(({ name }) =>
    String(name).replace('.list.test', ''),
  );

describe('filters', () => {
  it.each([
    ['?name.exact=A.LIST.TEST', ['a']],
    ['?name=a.list.test', ['a']],
    ['?name.contains=deep', ['a.deep']],
    ['?name.startswith=a', ['a', 'a.deep', 'aged']],
    ['?name.endswith=.deep.list.test', ['a.deep']],
    ['?name=a', []],
    ['?type=TXT', ['a.deep', 'aged']],
    ['?type=TXT&name.startswith=aged', ['aged']],
    ['?type=MX&name=a.list.test&match=any', ['a', 'list.test']],
    ['?content=192.0.2.2', ['b']],
    ['?content.exact=mail.example', ['list.test']],
    ['?content.exact=v%3Dspf1%20-all', []],
    ['?content.exact=%22v%3Dspf1%20-all%22', ['a.deep']],
    ['?content.contains=spf1', ['a.deep']],
    ['?proxied=true', ['a']],
    ['?comment.startswith=managed%3D', ['b']],
    ['?comment.present=', ['b']],
    ['?comment.absent=&type=A', ['a']],
    ['?tag.exact=owner:dns', ['b']],
    ['?tag.present=x', ['b']],
    ['?tag.contains=owner:n', ['b']],
    ['?tag.exact=owner:web', []],
    ['?search=unquoted', ['aged']],
  ])('%s', async (query, wanted) => {
    expect((await names(query)).sort()).toEqual(wanted);
  });

  it('order the answer', async () => {
    expect(await names('?type=A&order=name')).toEqual(['a', 'b']);
    expect(await names('?type=A&order=name&direction=desc')).toEqual(['b', 'a']);
    expect(await names('?type=A&order=ttl&direction=desc')).toEqual(['b', 'a']);
  });
});

describe('pages', () => {
  it('count on, and end with an empty one', async () => {
    const second = await zone.records('GET', '?per_page=2&page=2');
    expect(second.result_info).toEqual({ page: 2, per_page: 2, count: 2, total_count: 5, total_pages: 3 });
    const past = await zone.records('GET', '?per_page=2&page=4');
    expect(past).toMatchObject({ success: true, result: [], result_info: { count: 0, total_pages: 3 } });
  });

  it('hold 100 records unless asked for more', async () => {
    expect((await zone.records('GET', '')).result_info?.per_page).toBe(100);
    expect((await zone.records('GET', '?per_page=5000000')).result_info?.per_page).toBe(5_000_000);
  });

  it('accept a body on GET, as old clients send one', async () => {
    const { CLOUDFLARE_BASE_URL, CLOUDFLARE_API_TOKEN } = cloud.cloudflare.env;
    const status = await new Promise((resolve) => {
      const call = request(`${CLOUDFLARE_BASE_URL}/zones`, {
        method: 'GET',
        headers: { authorization: `Bearer ${CLOUDFLARE_API_TOKEN}`, 'content-length': '2' },
      });
      call.on('response', ({ statusCode }) => resolve(statusCode));
      call.end('{}');
    });
    expect(status).toBe(200);
  });
});

it('shows records without the fields that Cloudflare no longer sends, and old content as it is', async () => {
  const [aged] = (await zone.records('GET', '?name=aged.list.test')).result as unknown as ApiValue[];
  expect(aged).toMatchObject({ content: 'unquoted of old', meta: {}, settings: {}, tags: [], proxiable: false });
  expect(aged).not.toHaveProperty('zone_id');
  expect(aged).not.toHaveProperty('priority');
  expect(aged?.id).toMatch(/^[0-9a-f]{32}$/);
  expect(await cloud.resolver.resolveTxt('aged.list.test')).toEqual([['unquoted of old']]);
});

it('exports BIND text', async () => {
  const { text, headers } = await zone.records('GET', '/export');
  expect(headers.get('content-type')).toBe('text/plain');
  expect(text).toContain('list.test.\t1\tIN\tMX\t10 Mail.Example.\n');
  expect(text).toContain('a.deep.list.test.\t1\tIN\tTXT\t"v=spf1 -all"');
});
