import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestCloud } from './estate.fixture.ts';

let cloud: Awaited<ReturnType<typeof openTestCloud>>;
let zone: ReturnType<typeof cloud.seed>;
let paid: ReturnType<typeof cloud.seed>;
let nextHost = 100;

beforeAll(async () => {
  cloud = await openTestCloud();
  zone = cloud.seed('shop.test');
  paid = cloud.seed('paid.test', { plan: 'pro' });
});
afterAll(() => cloud.close());

const post = (record: unknown) => zone.records('POST', '', record);
const a = (name: string, more: object = {}) => ({ type: 'A', name, content: '192.0.2.1', ...more });
const txt = (name: string, content: unknown) => ({ type: 'TXT', name, content });

async function refused(record: unknown, chain: number) {
  const answer = await post(record);
  expect(answer).toMatchObject({ status: 400, success: false, result: null });
  expect(answer.errors).toMatchObject([
    { code: 1004, message: 'DNS Validation Error', error_chain: [{ code: chain }] },
  ]);
}

describe('names', () => {
  it.each([
    ['www', 'www.shop.test'],
    ['@', 'shop.test'],
    ['shop.test', 'shop.test'],
    ['Full.Shop.Test.', 'full.shop.test'],
    ['bücher', 'xn--bcher-kva.shop.test'],
    ['_x._y', '_x._y.shop.test'],
    ['*.wild', '*.wild.shop.test'],
    ['other.example', 'other.example.shop.test'],
  ])('%s is read back as %s', async (given, full) => {
    nextHost += 1;
    const content = `192.0.2.${nextHost}`;
    expect((await post(a(given, { content }))).result).toMatchObject({ name: full });
  });

  it.each([['a..b'], ['has space'], [`${'x'.repeat(64)}`], ['in.*.middle'], [''], [undefined], ['-lead']])(
    'refuses %s',
    async (name) => refused({ ...a('x'), name }, 9000),
  );
});

describe('content', () => {
  it.each([
    ['CNAME', 'c1', 'Target.Example.', 'Target.Example'],
    ['NS', 'ns1', 'ns.example.', 'ns.example'],
    ['AAAA', 'a6', '2001:0DB8:0::1', '2001:db8::1'],
  ])('of %s is read back without trailing dot, in its short form', async (type, name, content, back) => {
    expect((await post({ type, name, content })).result).toMatchObject({ content: back });
  });

  it.each([
    ['A', '1.2.3', 9005],
    ['A', 'host.example', 9005],
    ['AAAA', '192.0.2.1', 9006],
    ['CNAME', 'not a host', 9007],
    ['CNAME', '192.0.2.1', 9007],
    ['CNAME', '', 9007],
    ['CNAME', 'bad.shop.test', 9039],
    ['NS', 'x..y', 9008],
    ['TXT', '', 9207],
    ['TXT', '""', 9207],
    ['TXT', '"open', 9209],
    ['TXT', '"a" b', 9209],
    ['TXT', '"\\999"', 9209],
    ['TXT', undefined, 9002],
    ['NOPE', 'x', 9020],
    ['SRV', '0 0 1 x.example', 9100],
  ])('%s %s is refused', async (type, content, chain) => refused({ type, name: 'bad', content }, chain));

  it('of MX needs a priority, zero included', async () => {
    const mx = { type: 'MX', name: 'mx', content: 'mail.example.' };
    await refused(mx, 9101);
    await refused({ ...mx, priority: null }, 9101);
    await refused({ ...mx, priority: '10' }, 9102);
    await refused({ ...mx, priority: 70_000 }, 9102);
    await refused({ ...mx, priority: 1, content: '192.0.2.1' }, 9009);
    expect((await post({ ...mx, priority: 0 })).result).toMatchObject({ priority: 0, content: 'mail.example' });
    expect((await post({ ...mx, name: 'null', priority: 0, content: '.' })).result).toMatchObject({ content: '.' });
  });

  it('of SRV and CAA comes from data', async () => {
    const data = { priority: 5, weight: 1, port: 443, target: 'auto.example.' };
    expect((await post({ type: 'SRV', name: '_autodiscover._tcp', data })).result).toMatchObject({
      content: '1 443 auto.example',
      priority: 5,
    });
    await refused({ type: 'SRV', name: '_b._tcp', data: { ...data, port: 'x' } }, 9102);
    const caa = { flags: 0, tag: 'issue', value: 'letsencrypt.org' };
    expect((await post({ type: 'CAA', name: '@', data: caa })).result).toMatchObject({
      content: '0 issue "letsencrypt.org"',
    });
  });
});

describe('TXT', () => {
  it('is read back quoted and split at 255 bytes, whatever was sent', async () => {
    const key = `v=DKIM1; k=rsa; p=${'A'.repeat(392)}`;
    const canonical = `"${key.slice(0, 255)}" "${key.slice(255)}"`;
    expect((await post(txt('k1', key))).result.content).toBe(canonical);
    expect((await post(txt('k2', canonical))).result.content).toBe(canonical);
    expect((await post(txt('k3', 'v=spf1 -all'))).result.content).toBe('"v=spf1 -all"');
  });

  it('keeps given strings apart and understands escapes', async () => {
    expect((await post(txt('t1', '"a b" "c"'))).result.content).toBe('"a b" "c"');
    expect((await post(txt('t2', '"a\\"b\\\\c\\065"'))).result.content).toBe('"a\\"b\\\\cA"');
    expect((await post(txt('t3', 'say "hi"'))).result.content).toBe('"say \\"hi\\""');
    expect((await post(txt('t4', 'é'))).result.content).toBe('"\\195\\169"');
  });

  it('has limits for one record and for one name', async () => {
    await refused(txt('big', 'x'.repeat(4090)), 9208);
    for (const letter of ['a', 'b']) expect((await post(txt('sum', letter.repeat(4000)))).success).toBe(true);
    await refused(txt('sum', 'c'.repeat(400)), 9210);
  });
});

describe('TTL, proxy, comment, tags', () => {
  it.each([0, 2, 59, 86_401, 90.5, '300', -1])('refuses the TTL %s', async (ttl) => refused(a('t', { ttl }), 9021));

  it('takes 1 and 60 to 86400, automatic where absent', async () => {
    for (const [name, ttl] of [
      ['ttl1', 1],
      ['ttl60', 60],
      ['ttl86400', 86_400],
    ])
      expect((await post(a(String(name), { ttl }))).result.ttl).toBe(ttl);
    expect((await post(a('ttl-none'))).result.ttl).toBe(1);
  });

  it('proxies addresses and CNAMEs only, and forces TTL 1', async () => {
    expect((await post(a('px', { proxied: true, ttl: 3600 }))).result).toMatchObject({ proxied: true, ttl: 1 });
    await refused({ ...txt('px2', 'x'), proxied: true }, 9004);
    await refused({ type: 'MX', name: 'px3', content: 'm.example', priority: 1, proxied: true }, 9004);
    await refused(a('px4', { proxied: 'yes' }), 9003);
  });

  it('limits comments: 100 characters on a free zone, no line breaks', async () => {
    expect((await post(a('c100', { comment: 'é'.repeat(100) }))).result.comment).toHaveLength(100);
    await refused(a('c101', { comment: 'x'.repeat(101) }), 9302);
    await refused(a('cbreak', { comment: 'a\nb' }), 9301);
    expect((await paid.records('POST', '', a('c101', { comment: 'x'.repeat(101) }))).success).toBe(true);
  });

  it('has tags on paid zones only', async () => {
    await refused(a('tag', { tags: ['owner:dns'] }), 9300);
    expect((await post(a('notag', { tags: [] }))).result.tags).toEqual([]);
    expect((await paid.records('POST', '', a('tag', { tags: ['owner:dns'] }))).result.tags).toEqual(['owner:dns']);
  });

  it('ignores null and unknown fields, as old clients send them', async () => {
    const record = { ...txt('old', 'x'), data: null, priority: null, comment: null, locked: false, zone_name: 'x' };
    expect((await post(record)).success).toBe(true);
  });
});

describe('neighbours', () => {
  const code = async (record: unknown) => (await post(record)).errors.map((error) => error.code);
  const cname = (name: string, content = 't.example') => ({ type: 'CNAME', name, content });

  it('81053: a CNAME beside an address, another CNAME or anything else below the apex', async () => {
    await post(a('n1'));
    await post(cname('n2'));
    await post(txt('n3', 'x'));
    for (const name of ['n1', 'n2', 'n3']) expect(await code(cname(name, 'u.example'))).toEqual([81_053]);
  });

  it('81054: anything beside a CNAME', async () => {
    expect(await code(a('n2'))).toEqual([81_054]);
    expect(await code(txt('n2', 'x'))).toEqual([81_054]);
  });

  it('lets TXT and MX stand beside a CNAME at the apex, addresses not', async () => {
    const apex = cloud.seed('apex.test');
    const add = (record: unknown) => apex.records('POST', '', record);
    expect((await add(cname('@'))).success).toBe(true);
    expect((await add(txt('@', 'x'))).success).toBe(true);
    expect((await add(a('@'))).errors).toMatchObject([{ code: 81_054 }]);
  });

  it('81056: NS and other types at one name', async () => {
    await post({ type: 'NS', name: 'child', content: 'ns.example' });
    expect(await code(a('child'))).toEqual([81_056]);
    expect(await code({ type: 'NS', name: 'n1', content: 'ns.example' })).toEqual([81_056]);
  });

  it('81058, or 81057 by switch: an identical record, however its text is written', async () => {
    expect(await code(a('n1'))).toEqual([81_058]);
    expect(await code(a('n1', { ttl: 300, comment: 'other' }))).toEqual([81_058]);
    expect(await code(txt('n3', '"x"'))).toEqual([81_058]);
    expect(await code(a('n1', { content: '192.0.2.2' }))).toEqual([]);
    cloud.control('POST /cloudflare/limits', { identicalCode: 81_057 });
    expect(await code(a('n1'))).toEqual([81_057]);
    cloud.control('POST /cloudflare/limits', { identicalCode: 81_058 });
  });

  it('81044: a record that is not there', async () => {
    const id = '0'.repeat(32);
    for (const [method, body] of [['GET'], ['DELETE'], ['PATCH', { ttl: 60 }], ['PUT', a('x')]] as const)
      expect(await zone.records(method, `/${id}`, body)).toMatchObject({ status: 404, errors: [{ code: 81_044 }] });
  });
});

describe('edits', () => {
  it('PATCH keeps what it doesn’t name, PUT loses it', async () => {
    const { result } = await paid.records('POST', '', a('edit', { comment: 'mine', tags: ['a:b'], proxied: true }));
    const path = `/${result.id}`;
    expect((await paid.records('PATCH', path, { content: '192.0.2.9' })).result).toMatchObject({
      id: result.id,
      content: '192.0.2.9',
      comment: 'mine',
      tags: ['a:b'],
      proxied: true,
      created_on: result.created_on,
    });
    expect((await paid.records('PUT', path, a('edit', { content: '192.0.2.10' }))).result).toMatchObject({
      id: result.id,
      comment: null,
      tags: [],
      proxied: false,
    });
    expect((await paid.records('PUT', path, { content: '192.0.2.11' })).errors).toMatchObject([{ code: 1004 }]);
    expect((await paid.records('DELETE', path)).result).toEqual({ id: result.id });
  });

  it('are validated like new records, and don’t meet themselves', async () => {
    const { result } = await post(a('self'));
    expect((await zone.records('PATCH', `/${result.id}`, { ttl: 5 })).errors[0]?.error_chain).toMatchObject([
      { code: 9021 },
    ]);
    expect((await zone.records('PATCH', `/${result.id}`, { content: '192.0.2.1' })).success).toBe(true);
  });

  it('need a JSON object', async () => {
    for (const body of ['{', '[]', '"x"', ''])
      expect(await zone.records('POST', '', body)).toMatchObject({ status: 400, errors: [{ code: 6007 }] });
  });
});

it('81045: more records than the zone may have', async () => {
  const full = cloud.seed('full.test', { recordQuota: 2, records: [a('one'), a('two')] });
  expect((await full.records('POST', '', a('three'))).errors).toMatchObject([{ code: 81_045 }]);
});

describe('what Cloudflare manages itself', () => {
  it('can’t be edited or deleted', async () => {
    const locked = cloud.seed('locked.test', { records: [{ ...a('ro'), read_only: true }] });
    const [record] = await locked.list();
    expect(record?.meta).toMatchObject({ read_only: true });
    const path = `/${record?.id}`;
    for (const [method, body] of [['DELETE'], ['PATCH', { ttl: 60 }], ['PUT', a('ro', { ttl: 60 })]] as const)
      expect(await locked.records(method, path, body)).toMatchObject({ status: 400, errors: [{ code: 1043 }] });
  });

  it('Email Routing has locked records and no room for a foreign MX at the apex', async () => {
    const routed = cloud.seed('routed.test', { emailRouting: true });
    const records = await routed.list();
    expect(records.map(({ type }) => type).sort()).toEqual(['MX', 'MX', 'MX', 'TXT', 'TXT']);
    expect(records.every(({ meta }) => Boolean(meta?.read_only))).toBe(true);
    const mx = { type: 'MX', content: 'in.example', priority: 10 };
    expect((await routed.records('POST', '', { ...mx, name: '@' })).errors).toMatchObject([{ code: 1004 }]);
    expect((await routed.records('POST', '', { ...mx, name: 'sub' })).success).toBe(true);
    cloud.control('POST /zones/settings', { zone: 'routed.test', emailRouting: false });
    expect(await routed.list()).toHaveLength(1);
    expect((await routed.records('POST', '', { ...mx, name: '@' })).success).toBe(true);
  });
});
