import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestPorkbun } from './registrar.fixture.ts';

let stage: Awaited<ReturnType<typeof openTestPorkbun>>;
beforeAll(async () => {
  stage = await openTestPorkbun();
  stage.seed('access.test');
});
afterAll(() => stage.close());

const headers = () => ({ 'x-api-key': stage.keys.apikey, 'x-secret-api-key': stage.keys.secretapikey });

it('answers ping: valid keys, no keys, wrong keys both ways', async () => {
  expect(await stage.api('/ping')).toMatchObject({ http: 200, status: 'SUCCESS', credentialsValid: true });
  const bare = await stage.send('POST', '/ping', {}, {});
  expect(bare).toMatchObject({ http: 200, status: 'SUCCESS', yourIp: '127.0.0.1' });
  expect(bare).not.toHaveProperty('credentialsValid');
  const wrong = { secretapikey: 'sk1_wrong' };
  expect(await stage.api('/ping', wrong)).toMatchObject({ http: 400, status: 'ERROR', code: 'INVALID_API_KEYS_001' });
  stage.control('POST /porkbun/switches', { ping: 'tells' });
  expect(await stage.api('/ping', wrong)).toMatchObject({ http: 200, status: 'SUCCESS', credentialsValid: false });
  stage.control('POST /porkbun/switches', { ping: 'refuses' });
  expect(await stage.send('GET', '/ping', headers())).toMatchObject({ credentialsValid: true });
});

it('reads keys from the headers only where the body has none', async () => {
  expect((await stage.send('GET', '/dns/retrieve/access.test', headers())).http).toBe(200);
  expect((await stage.send('POST', '/dns/retrieve/access.test', headers(), {})).http).toBe(200);
  expect((await stage.send('POST', '/dns/retrieve/access.test', headers())).http).toBe(200);
  const wrong = { apikey: 'pk1_wrong', secretapikey: 'sk1_wrong' };
  expect(await stage.send('POST', '/dns/retrieve/access.test', headers(), wrong)).toMatchObject({
    code: 'INVALID_API_KEYS_001',
  });
});

it('refuses what lacks keys, is no JSON, no call, or the wrong method', async () => {
  const path = '/dns/retrieve/access.test';
  expect(await stage.send('POST', path, {}, {})).toMatchObject({ http: 400, code: 'API_KEY_REQUIRED' });
  const half = { apikey: stage.keys.apikey };
  expect(await stage.send('POST', path, {}, half)).toMatchObject({ http: 400, code: 'MISSING_SECRETAPIKEY' });
  expect(await stage.send('POST', path, {})).toMatchObject({ http: 400, code: 'INVALID_OR_EMPTY_JSON' });
  expect(await stage.send('POST', path, {}, '{no')).toMatchObject({ http: 400, code: 'INVALID_OR_EMPTY_JSON' });
  expect(await stage.send('GET', '/dns/create/access.test', headers())).toMatchObject({
    http: 405,
    code: 'METHOD_NOT_ALLOWED',
  });
  expect(await stage.api('/dns/nonsense/access.test')).toMatchObject({ http: 404, status: 'ERROR' });
});

it('carries an id, the version and the way to the documentation', async () => {
  const answer = await stage.api('/ping');
  expect(answer.headers.get('x-api-version')).toMatch(/^3\./);
  expect(answer.headers.get('x-request-id')).toBe(answer.requestId);
  expect(answer.headers.get('link')).toContain('rel="describedby"');
});

it('keeps accounts and keys limited to domains apart', async () => {
  const other = stage.control<{ apiKey: string; secretApiKey: string }>('POST /porkbun/accounts', {
    name: 'Other',
    domains: ['theirs.test'],
  });
  for (const name of ['theirs.test', 'second.test']) stage.seed(name, { account: 'Other' });
  const theirs = { apikey: other.apiKey, secretapikey: other.secretApiKey };
  expect(await stage.api('/dns/retrieve/access.test', theirs)).toMatchObject({ http: 400, code: 'INVALID_DOMAIN' });
  expect(await stage.api('/dns/retrieve/theirs.test')).toMatchObject({ http: 400, code: 'INVALID_DOMAIN' });
  expect(await stage.api('/dns/retrieve/nobody.test')).toMatchObject({ http: 400, code: 'INVALID_DOMAIN' });
  expect((await stage.api('/dns/retrieve/theirs.test', theirs)).http).toBe(200);
  expect(await stage.api('/dns/retrieve/second.test', theirs)).toMatchObject({ http: 403, code: 'DOMAIN_NOT_ALLOWED' });
  expect(stage.ledger.read().at(-1)).toMatchObject({ caller: 'Other' });
});

it('lists domains by page and filter, and says which are opted in', async () => {
  stage.seed('closed.test', { apiAccess: false });
  const { domains } = await stage.api('/domain/listAll');
  expect(domains).toEqual([
    expect.objectContaining({ domain: 'access.test', status: 'ACTIVE', tld: 'test', apiAccess: '1' }),
    expect.objectContaining({ domain: 'closed.test', apiAccess: '0' }),
  ]);
  expect((await stage.api('/domain/listAll', { start: 1000 })).domains).toEqual([]);
  expect((await stage.api('/domain/listAll', { domain: 'closed.test' })).domains).toHaveLength(1);
  stage.control('POST /porkbun/switches', { apiAccessAs: 'absent' });
  const old = (await stage.api('/domain/listAll', { nameContains: 'closed' })).domains as object[];
  expect(old[0]).not.toHaveProperty('apiAccess');
  stage.control('POST /porkbun/switches', { apiAccessAs: 'text' });
});

it('refuses a domain that is not opted in, by sentence or by code', async () => {
  const refused = await stage.api('/dns/retrieve/closed.test');
  expect(refused).toMatchObject({ http: 400, status: 'ERROR', message: 'Domain is not opted in to API access.' });
  expect(refused).not.toHaveProperty('code');
  expect((await stage.api('/domain/getNs/closed.test')).message).toBe('Domain is not opted in to API access.');
  stage.control('POST /porkbun/switches', { optIn: 'code' });
  expect(await stage.api('/dns/create/closed.test', { type: 'A', content: '192.0.2.1' })).toMatchObject({
    http: 400,
    code: 'API_ACCESS_DISABLED',
    message: 'DOMAIN IS NOT OPTED IN TO API ACCESS.',
  });
  stage.control('POST /porkbun/domains/settings', { domain: 'closed.test', apiAccess: true });
  expect((await stage.api('/dns/retrieve/closed.test')).http).toBe(200);
});

it('answers the third call within a second with a page of the front end', async () => {
  stage.control('POST /porkbun/switches', { callsPerSecond: 2 });
  const answers = [await stage.api('/ping'), await stage.api('/ping'), await stage.api('/ping')];
  expect(answers.map(({ http }) => http)).toEqual([200, 200, 503]);
  expect(answers[2]?.headers.get('content-type')).toBe('text/html');
  expect(answers[2]?.text).toContain('<center>openresty</center>');
  // Somebody else's key is not slowed down by it.
  expect((await stage.send('POST', '/ping', {}, {})).http).toBe(200);
  await new Promise((done) => setTimeout(done, 1050));
  expect((await stage.api('/ping')).http).toBe(200);
  stage.control('POST /porkbun/switches', { callsPerSecond: 0 });
});

it('answers errors as older versions did', async () => {
  stage.control('POST /porkbun/switches', { oldErrors: true });
  const old = await stage.api('/dns/retrieve/nobody.test');
  expect(old).toMatchObject({ http: 200, status: 'ERROR', message: 'Invalid domain.' });
  expect(old).not.toHaveProperty('code');
  stage.control('POST /porkbun/switches', { oldErrors: false });
});

it('misbehaves on request', async () => {
  const fault = (kind: 'throttle' | 'error-before' | 'error-after' | 'html' | 'drop' | 'duplicate') =>
    stage.faults.add({ kind, system: 'porkbun', operation: 'dns.create', count: 1, retryAfter: 7 });
  const create = (name: string) => stage.api('/dns/create/access.test', { name, type: 'TXT', content: 'x' });
  fault('throttle');
  const throttled = await create('a');
  expect(throttled).toMatchObject({ http: 429, code: 'RATE_LIMIT_EXCEEDED', ttlRemaining: 7 });
  expect(throttled.headers.get('retry-after')).toBe('7');
  fault('html');
  expect(await create('a')).toMatchObject({ http: 503, text: expect.stringContaining('openresty') });
  fault('error-before');
  expect(await create('a')).toMatchObject({ http: 500, status: 'ERROR' });
  expect(await stage.list('access.test')).toEqual([]);
  fault('error-after');
  expect(await create('b')).toMatchObject({ http: 500, status: 'ERROR' });
  fault('drop');
  await expect(create('c')).rejects.toThrow();
  fault('duplicate');
  expect(await create('d')).toMatchObject({ http: 400, code: 'DUPLICATE_RECORD' });
  expect((await stage.list('access.test')).map(({ name }) => name)).toEqual([
    'b.access.test',
    'c.access.test',
    'd.access.test',
  ]);
});

it('keeps keys out of the ledger', () => {
  const rows = JSON.stringify(stage.ledger.read({ system: 'porkbun' }));
  expect(rows).toContain('"caller":"Example Estate"');
  expect(rows).not.toContain(stage.keys.apikey);
  expect(rows).not.toContain(stage.keys.secretapikey);
});
