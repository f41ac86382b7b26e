import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openTestPorkbun, type ShownRecord } from './registrar.fixture.ts';

let stage: Awaited<ReturnType<typeof openTestPorkbun>>;
let domain = '';
let count = 0;
beforeAll(async () => {
  stage = await openTestPorkbun();
});
afterAll(() => stage.close());
beforeEach(() => {
  count += 1;
  domain = `r${count}.test`;
  stage.seed(domain);
});

const create = (record: object) => stage.api(`/dns/create/${domain}`, { ...record });
const edit = (id: unknown, record: object) => stage.api(`/dns/edit/${domain}/${id}`, { ...record });
const only = async (): Promise<ShownRecord | undefined> => (await stage.list(domain))[0];
const row = () => stage.ledger.read({ system: 'porkbun' }).at(-1);

it('takes a bare name and numbers, and shows a full name and text', async () => {
  const made = await create({
    name: 'Mail',
    type: 'MX',
    content: 'mx.example.net.',
    ttl: 900,
    prio: 10,
    notes: 'ours',
  });
  expect(made).toMatchObject({ http: 200, status: 'SUCCESS', id: expect.stringMatching(/^\d+$/) });
  expect(made).not.toHaveProperty('warnings');
  const shown = { id: made.id, name: `mail.${domain}`, type: 'MX', content: 'mx.example.net', ttl: '900', prio: '10' };
  expect(await only()).toEqual({ ...shown, notes: 'ours' });
  expect(await stage.resolver.resolveMx(`mail.${domain}`)).toMatchObject([
    { exchange: 'mx.example.net', priority: 10 },
  ]);
  await create({ type: 'TXT', content: 'at the apex' });
  expect((await stage.list(domain))[1]).toMatchObject({ name: domain, prio: null, notes: null, ttl: '600' });
});

it('takes a full name for a bare one, and no @', async () => {
  await create({ name: `www.${domain}`, type: 'A', content: '192.0.2.1' });
  expect((await only())?.name).toBe(`www.${domain}.${domain}`);
  for (const name of ['@', 'a..b', 'dot.', 'sp ace', 'x'.repeat(64)])
    expect(await create({ name, type: 'A', content: '192.0.2.1' }), name).toMatchObject({ http: 400 });
});

it('answers the id as a number where older versions do', async () => {
  stage.control('POST /porkbun/switches', { createdId: 'number' });
  expect((await create({ type: 'A', content: '192.0.2.1' })).id).toBeTypeOf('number');
  stage.control('POST /porkbun/switches', { createdId: 'text' });
  expect((await only())?.id).toBeTypeOf('string');
});

it('raises short TTLs, or rejects them', async () => {
  await create({ name: 'a', type: 'A', content: '192.0.2.1', ttl: '300' });
  await create({ name: 'b', type: 'A', content: '192.0.2.1', ttl: 0 });
  expect((await stage.list(domain)).map(({ ttl }) => ttl)).toEqual(['600', '600']);
  stage.control('POST /porkbun/switches', { shortTtl: 'rejected' });
  expect(await create({ name: 'c', type: 'A', content: '192.0.2.1', ttl: 599 })).toMatchObject({ http: 400 });
  stage.control('POST /porkbun/switches', { shortTtl: 'raised' });
  expect(await create({ name: 'c', type: 'A', content: '192.0.2.1', ttl: 'soon' })).toMatchObject({ http: 400 });
});

it('takes TXT as the text itself, serves it in strings of 255 bytes, and refuses empty ones and trailing spaces', async () => {
  const long = `v=DKIM1; k=rsa; p=${'A'.repeat(392)}`;
  await create({ name: 'key._domainkey', type: 'TXT', content: long });
  expect((await only())?.content).toBe(long);
  const [strings = []] = await stage.resolver.resolveTxt(`key._domainkey.${domain}`);
  expect(strings.map(({ length }) => length)).toEqual([255, long.length - 255]);
  for (const content of ['', ' ', 'ends '])
    expect(await create({ name: 'x', type: 'TXT', content }), content).toMatchObject({
      http: 400,
      message: 'Create error: We were unable to create the DNS record.',
    });
});

it('refuses content that its type can’t hold, and unknown types', async () => {
  const wrong = [
    { type: 'A', content: '::1' },
    { type: 'AAAA', content: '192.0.2.1' },
    { type: 'MX', content: '10 mx.example.net' },
    { type: 'CNAME', content: 'not a host' },
    { type: 'SRV', content: '443 host.example.net' },
    { type: 'CAA', content: '0 nothing "x"' },
    { type: 'MX', content: 'mx.example.net', prio: 'first' },
  ];
  for (const record of wrong)
    expect(await create({ name: 'x', ...record }), record.type).toMatchObject({ http: 400, status: 'ERROR' });
  expect(await create({ type: 'SOA', content: 'x' })).toMatchObject({ http: 400, code: 'INVALID_TYPE' });
  expect(await stage.list(domain)).toEqual([]);
});

it('refuses a duplicate and names the record that is there', async () => {
  const { id } = await create({ name: 'd', type: 'TXT', content: 'same' });
  expect(await create({ name: 'd', type: 'TXT', content: 'same', ttl: 900 })).toMatchObject({
    http: 400,
    code: 'DUPLICATE_RECORD',
    existingId: id,
  });
  expect((await create({ name: 'd', type: 'TXT', content: 'Same' })).http).toBe(200);
});

it('lets a CNAME stand alone, and none at the apex, where ALIAS is', async () => {
  const unable = { http: 400, message: 'Create error: We were unable to create the DNS record.' };
  await create({ name: 'c', type: 'CNAME', content: 'google.com' });
  expect(await create({ name: 'c', type: 'TXT', content: 'x' })).toMatchObject(unable);
  await create({ name: 't', type: 'TXT', content: 'x' });
  expect(await create({ name: 't', type: 'CNAME', content: 'google.com' })).toMatchObject(unable);
  expect(await create({ type: 'CNAME', content: 'google.com' })).toMatchObject(unable);
  await create({ type: 'ALIAS', content: 'www.example.net' });
  expect(await create({ type: 'A', content: '192.0.2.1' })).toMatchObject(unable);
  expect((await create({ type: 'TXT', content: 'beside an alias' })).http).toBe(200);
});

it('serves an ALIAS as its target’s addresses', async () => {
  stage.dns.internet.publish('target.test', 'www.target.test', 'A', ['192.0.2.77']);
  await create({ type: 'ALIAS', content: 'www.target.test' });
  expect(await stage.resolver.resolve4(domain)).toEqual(['192.0.2.77']);
});

it('edits by id: the whole record but its notes', async () => {
  const { id } = await create({ name: 'e', type: 'TXT', content: 'one', ttl: 900, notes: 'kept' });
  expect(await edit(id, { name: 'e', type: 'TXT', content: 'two' })).toMatchObject({ http: 200, status: 'SUCCESS' });
  // The priority becomes 0 with any edit of a type that has none.
  expect(await only()).toMatchObject({ name: `e.${domain}`, content: 'two', ttl: '600', prio: '0', notes: 'kept' });
  await edit(id, { name: 'e', type: 'TXT', content: 'two', notes: '' });
  expect(await only()).toMatchObject({ notes: '' });
  // A name that is left out is the domain itself.
  await edit(id, { type: 'TXT', content: 'two' });
  expect(await only()).toMatchObject({ name: domain });
});

it('refuses an edit that changes nothing, one without content, and an unknown id', async () => {
  const { id } = await create({ name: 'e', type: 'TXT', content: 'one' });
  const unable = { http: 400, message: 'Edit error: We were unable to edit the DNS record.' };
  const same = await edit(id, { name: 'e', type: 'TXT', content: 'one', ttl: '300' });
  expect(same).toMatchObject(unable);
  expect(same).not.toHaveProperty('code');
  expect(row()).toMatchObject({ operation: 'dns.edit', effect: false });
  expect(await edit(id, { name: 'e', type: 'TXT' })).toMatchObject(unable);
  expect(await edit('1', { name: 'e', type: 'TXT', content: 'x' })).toMatchObject({ code: 'INVALID_RECORD_ID' });
  await create({ name: 'e', type: 'TXT', content: 'two' });
  expect(await edit(id, { name: 'e', type: 'TXT', content: 'two' })).toMatchObject({ code: 'DUPLICATE_RECORD' });
});

it('deletes by id, once', async () => {
  const { id } = await create({ name: 'e', type: 'TXT', content: 'one' });
  expect(await stage.resolver.resolveTxt(`e.${domain}`)).toEqual([['one']]);
  expect((await stage.api(`/dns/delete/${domain}/${id}`)).http).toBe(200);
  expect(row()).toMatchObject({ operation: 'dns.delete', effect: true });
  expect(await stage.api(`/dns/delete/${domain}/${id}`)).toMatchObject({ http: 400, code: 'INVALID_RECORD_ID' });
  stage.dns.internet.forget(`e.${domain}`);
  await expect(stage.resolver.resolveTxt(`e.${domain}`)).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

it('retrieves one by id, some by name and type, the apex NS, and never a SOA', async () => {
  const { id } = await create({ name: '*', type: 'TXT', content: 'one' });
  await create({ type: 'TXT', content: 'two' });
  expect((await stage.api(`/dns/retrieve/${domain}/${id}`)).records).toHaveLength(1);
  expect((await stage.api(`/dns/retrieve/${domain}/1`)).records).toEqual([]);
  const byName = async (rest: string) =>
    (await stage.api(`/dns/retrieveByNameType/${domain}/${rest}`)).records?.map(({ content }) => content);
  expect(await byName('TXT')).toEqual(['two']);
  expect(await byName('TXT/*')).toEqual(['one']);
  expect(await byName('TXT/%2A')).toEqual(['one']);
  expect(await byName('NS')).toEqual(['curitiba.ns.porkbun.com', 'fortaleza.ns.porkbun.com']);
  const all = await stage.api(`/dns/retrieve/${domain}`);
  expect(all.records?.map(({ type }) => type)).not.toContain('SOA');
  expect(all.cloudflare).toBe('enabled');
  expect((await stage.api(`/domain/getUrlForwarding/${domain}`)).forwards).toEqual([]);
});

it('acts on all matches by name and type, and marks it', async () => {
  await create({ type: 'TXT', content: 'google-site-verification=theirs' });
  await create({ type: 'TXT', content: 'v=spf1 -all' });
  await stage.api(`/dns/editByNameType/${domain}/TXT`, { content: 'v=spf1 ~all' });
  expect((await stage.list(domain)).map(({ content }) => content)).toEqual(['v=spf1 ~all']);
  expect(row()).toMatchObject({ operation: 'dns.retrieve', effect: false });
  expect(stage.ledger.read({ system: 'porkbun' }).at(-2)).toMatchObject({
    operation: 'dns.editByNameType',
    effect: true,
    forbidden: true,
  });
  await stage.api(`/dns/deleteByNameType/${domain}/TXT`);
  expect(row()).toMatchObject({ operation: 'dns.deleteByNameType', forbidden: true });
  expect(await stage.list(domain)).toEqual([]);
});

it('marks writes to the apex NS', async () => {
  const { records = [] } = await stage.api(`/dns/retrieveByNameType/${domain}/NS`);
  await stage.api(`/dns/delete/${domain}/${records[0]?.id}`);
  expect(row()).toMatchObject({ operation: 'dns.delete', effect: true, forbidden: true });
  await create({ name: 'sub', type: 'NS', content: 'ns1.example.net' });
  expect(row()).not.toHaveProperty('forbidden');
});

it('rehearses with dryRun', async () => {
  const record = { name: 'dry', type: 'A', content: '192.0.2.1', dryRun: true };
  expect(await create(record)).toMatchObject({ http: 200, dryRun: true, wouldSucceed: true });
  expect(await create({ ...record, content: 'nonsense' })).toMatchObject({ http: 200, wouldSucceed: false });
  expect(await stage.list(domain)).toEqual([]);
});

it('replays the answer to an Idempotency-Key for a day', async () => {
  const record = { name: 'once', type: 'A', content: '192.0.2.1' };
  const post = (body: object, key = 'k1') =>
    stage.api(`/dns/create/${domain}`, { ...body }, { 'idempotency-key': `${domain} ${key}` });
  const first = await post(record);
  const again = await post(record);
  expect([again.id, again.headers.get('idempotent-replayed')]).toEqual([first.id, 'true']);
  expect(row()).toMatchObject({ effect: false, request: { idempotencyKey: `${domain} k1` } });
  expect(await post({ ...record, ttl: 900 })).toMatchObject({ http: 409, code: 'IDEMPOTENCY_KEY_MISMATCH' });
  expect(await post(record, 'x'.repeat(256))).toMatchObject({ http: 400 });
  stage.control('POST /porkbun/switches', { idempotency: false });
  expect(await post(record)).toMatchObject({ code: 'DUPLICATE_RECORD' });
  stage.control('POST /porkbun/switches', { idempotency: true });
  stage.clock.advance(86_401);
  expect(await post(record)).toMatchObject({ code: 'DUPLICATE_RECORD' });
});

it('replays what took effect although its answer was lost', async () => {
  const record = { name: 'lost', type: 'A', content: '192.0.2.1' };
  stage.faults.add({ kind: 'error-after', system: 'porkbun', operation: 'dns.create', count: 1 });
  const post = () => stage.api(`/dns/create/${domain}`, record, { 'idempotency-key': `${domain} lost` });
  expect((await post()).http).toBe(500);
  expect(await post()).toMatchObject({ http: 200, id: (await only())?.id });
});

it('lets somebody else edit between a read and the call after it', async () => {
  await create({ name: 'shared', type: 'TXT', content: 'one' });
  const match = { name: `shared.${domain}`, type: 'TXT' };
  stage.control('POST /porkbun/editor', {
    domain,
    edits: [{ match, content: 'theirs' }],
    creates: [{ name: 'new', type: 'A', content: '192.0.2.9' }],
  });
  expect(await only()).toMatchObject({ content: 'one' });
  const { id } = (await only()) ?? {};
  expect((await stage.list(domain)).map(({ content }) => content)).toEqual(['theirs', '192.0.2.9']);
  const theirs = stage.ledger.read({ system: 'porkbun' }).filter(({ caller }) => caller === 'another editor');
  expect(theirs).toEqual([expect.objectContaining({ operation: 'dns.edit', effect: true })]);
  stage.control('POST /porkbun/editor', { domain, deletes: [match] });
  await stage.api(`/dns/retrieve/${domain}`);
  expect(await edit(id, { name: 'shared', type: 'TXT', content: 'x' })).toMatchObject({ code: 'INVALID_RECORD_ID' });
});

it('refuses more than 2,500 records', async () => {
  const records = Array.from({ length: 2498 }, (_, n) => ({ name: `n${n}`, type: 'TXT', content: 'x' }));
  stage.control('POST /porkbun/domains/settings', { domain, records });
  expect(await create({ type: 'A', content: '192.0.2.1' })).toMatchObject({ http: 400, code: 'ZONE_RECORD_LIMIT' });
});
