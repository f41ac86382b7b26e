import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestMailcow, type TestMailcow } from './cow.fixture.ts';

let t: TestMailcow;
beforeAll(async () => {
  t = await openTestMailcow();
});
afterAll(() => t.close());

const json = { 'content-type': 'application/json' };
const call = async (method: string, path: string, headers: Record<string, string>, body?: string) => {
  const { status, text } = await t.send(method, path, headers, body);
  return [status, text];
};

it('bans an address after ten wrong keys, at all doors, for half an hour', async () => {
  const wrong = { 'x-api-key': 'AAAAAA-BBBBBB' };
  for (let n = 1; n <= 10; n += 1)
    expect(await call('GET', 'get/status/version', wrong)).toEqual([
      401,
      '{"type":"error","msg":"authentication failed"}',
    ]);
  await expect(t.get('get/status/version')).rejects.toThrow();
  expect(await t.control('GET /mailcow/bans')).toMatchObject([{ address: '127.0.0.1' }]);
  t.world.clock.advance(1799);
  await expect(t.get('get/status/version')).rejects.toThrow();
  t.world.clock.advance(2);
  expect(await t.get('get/status/version')).toEqual({ version: '2026-08' });
});

it('forgets failures that lie back, and bans nobody where it is told so', async () => {
  const fail = () => t.send('GET', 'get/status/version', { 'x-api-key': 'wrong' });
  for (let n = 1; n <= 9; n += 1) await fail();
  t.world.clock.advance(601);
  expect((await fail()).status).toBe(401);
  await t.control('POST /mailcow/switches', { ban: { attempts: 0 } });
  for (let n = 1; n <= 10; n += 1) await fail();
  expect(await t.get('get/status/version')).toEqual({ version: '2026-08' });
  await t.control('POST /mailcow/switches', { ban: {} });
  await t.control('DELETE /mailcow/bans');
});

it('asks from where a key comes', async () => {
  await t.control('POST /mailcow/keys', { access: 'rw', allowFrom: ['192.0.2.0/24', '2001:db8::/32'] });
  expect(await call('GET', 'get/status/version', { 'x-api-key': t.key })).toEqual([
    401,
    '{"type":"error","msg":"api access denied for ip 127.0.0.1"}',
  ]);
  await t.control('POST /mailcow/keys', { access: 'rw', skipIpCheck: true });
  expect(await t.get('get/status/version')).toEqual({ version: '2026-08' });
  await t.control('POST /mailcow/keys', { access: 'rw', skipIpCheck: false, allowFrom: ['127.0.0.0/8'] });
  expect(await t.get('get/status/version')).toEqual({ version: '2026-08' });
  await t.control('POST /mailcow/keys', { access: 'rw', active: false });
  expect((await t.send('GET', 'get/status/version', { 'x-api-key': t.key })).status).toBe(401);
  await t.control('POST /mailcow/keys', { access: 'rw', active: true });
});

it('may be without a key, and says little then', async () => {
  expect(await call('GET', 'get/domain/all', {})).toEqual([200, '']);
  expect(await call('GET', 'get/nonsense', {})).toEqual([200, '']);
  const denied = '{"type":"error","msg":"API read/write access denied"}';
  expect(await call('POST', 'edit/domain', json, '{"items":[],"attr":{}}')).toEqual([403, denied]);
  expect(await call('POST', 'delete/domain', json, '["a.test"]')).toEqual([403, denied]);
  expect((await t.send('POST', 'add/domain', json, '{"domain":"a.test"}')).said).toEqual(['danger access_denied']);
  await t.control('POST /mailcow/switches', { addWithoutKey: 'forbidden' });
  expect((await t.send('POST', 'add/domain', json, '{"domain":"a.test"}')).status).toBe(403);
  await t.control('POST /mailcow/switches', { addWithoutKey: 'answered' });
});

it('takes JSON where the header says so, else form fields', async () => {
  const headers = { 'x-api-key': t.key };
  const incomplete = '{"type":"error","msg":"Cannot find attributes in post data"}';
  expect(await call('POST', 'add/domain', { ...headers, 'content-type': 'text/plain' }, '{"domain":"a.test"}')).toEqual(
    [200, incomplete],
  );
  expect(await call('POST', 'add/domain', { ...headers, ...json }, '{"domain":')).toEqual([
    400,
    '{"type":"error","msg":"Request body doesn\'t contain valid json!"}',
  ]);
  expect((await t.send('POST', 'add/domain', { ...headers, ...json }, 'null')).status).toBe(400);
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  const fields = new URLSearchParams({ attr: '{"domain":"form.test","key_size":"0"}' });
  expect((await t.send('POST', 'add/domain', form, String(fields))).said).toEqual(['success domain_added form.test']);
});

it('knows methods, routes, and pages that are no API', async () => {
  const headers = { 'x-api-key': t.key, ...json };
  expect(await call('POST', 'get/domain/all', headers, '{}')).toEqual([
    405,
    '{"type":"error","msg":"only GET method is allowed"}',
  ]);
  expect(await call('PUT', 'add/domain', headers, '{}')).toEqual([
    405,
    '{"type":"error","msg":"only POST method is allowed"}',
  ]);
  const none = '{"type":"error","msg":"route not found"}';
  expect(await call('POST', 'add/nonsense', headers, '{}')).toEqual([404, none]);
  expect(await call('GET', 'get/nonsense', headers)).toEqual([404, none]);
  expect(await call('POST', 'nonsense', headers, '{}')).toEqual([404, none]);
  expect(await call('GET', 'get/status/nonsense', headers)).toEqual([200, '']);
  expect((await fetch(`${t.url}/api/v2/get`)).status).toBe(404);
  expect(await call('GET', 'get/status/version', { ...headers, 'sec-fetch-dest': 'empty' })).toEqual([
    200,
    '{"version":"2026-08"}',
  ]);
});

it('keeps passwords and keys out of the ledger and of the control', async () => {
  const password = 'correct horse';
  await t.control('POST /mailcow/domains', { domain: 'secret.test', key_size: 0 });
  await t.add('mailbox', { local_part: 'a', domain: 'secret.test', password, password2: password });
  await t.add('relayhost', { hostname: '[smtp.test]:587', username: 'u', password });
  await t.add('app-passwd', { username: 'a@secret.test', app_name: 'n', app_passwd: password, app_passwd2: password });
  const rows = JSON.stringify(t.world.ledger.read({ system: 'mailcow' }));
  expect(rows).toContain('"caller":"rw key from 127.0.0.1"');
  const shown = JSON.stringify(await t.control('GET /mailcow'));
  for (const text of [rows, shown]) for (const secret of [password, t.key]) expect(text).not.toContain(secret);
});

it('misbehaves on request', async () => {
  const fault = (kind: 'throttle' | 'error-before' | 'error-after' | 'html' | 'drop' | 'duplicate') =>
    t.world.faults.add({ kind, system: 'mailcow', operation: 'add/domain', count: 1, retryAfter: 7 });
  const add = (domain: string) =>
    t.send('POST', 'add/domain', { 'x-api-key': t.key, ...json }, JSON.stringify({ domain, key_size: 0 }));
  fault('throttle');
  expect(await add('f1.test')).toMatchObject({ status: 429, text: expect.stringContaining('nginx') });
  fault('html');
  expect(await add('f1.test')).toMatchObject({ status: 502, text: expect.stringContaining('Bad Gateway') });
  fault('error-before');
  expect(await add('f1.test')).toMatchObject({ status: 500, text: '' });
  expect(await t.get('get/domain/f1.test')).toEqual({});
  fault('error-after');
  expect(await add('f2.test')).toMatchObject({ status: 500, text: '' });
  expect(t.world.ledger.read().at(-1)).toMatchObject({ error: 'error-after', effect: true });
  fault('drop');
  await expect(add('f3.test')).rejects.toThrow();
  fault('duplicate');
  expect((await add('f4.test')).said).toEqual(['danger domain_exists f4.test']);
  for (const domain of ['f2.test', 'f3.test', 'f4.test'])
    expect(await t.get(`get/domain/${domain}`)).toMatchObject({ domain_name: domain });
});
