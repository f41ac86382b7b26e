import { afterEach, describe, expect, it } from 'vitest';
import { Problem } from '../../core/problem.ts';
import { type MailcowClient, openClient } from './client.ts';
import { parseFingerprint } from './pinned.ts';
import { openPlayer, type Played, said } from './server.fixture.ts';

const KEY = 'AABBCC-112233-DDEEFF-445566-778899';
const WHAT = { about: 'domain example.com' };
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function opened(play: (path: string) => Played, more: { tls?: boolean; pin?: string; timeoutMs?: number } = {}) {
  const player = await openPlayer(({ path }) => play(path), more.tls);
  const pin = more.pin ?? (more.tls ? player.fingerprint : undefined);
  const fingerprint = pin === undefined || pin === '' ? undefined : parseFingerprint(pin);
  const { timeoutMs = 2000 } = more;
  const client: MailcowClient = openClient({
    host: 'mail.example.org',
    url: player.url,
    apiKey: KEY,
    timeoutMs,
    ...(fingerprint ? { fingerprint } : {}),
  });
  closing.push(
    () => client.close(),
    () => player.close(),
  );
  return { client, player };
}

const problemOf = (work: Promise<unknown>) =>
  work.then(
    (value) => {
      throw new Error(`no Problem, but ${JSON.stringify(value)}`);
    },
    (error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      return error;
    },
  );

describe('reads', () => {
  it('are data, and nothing where Mailcow says {} or []', async () => {
    const { client, player } = await opened((path) => ({
      body: path.endsWith('a') ? { x: 1 } : path.endsWith('b') ? {} : [],
    }));
    expect([await client.get('get/a', WHAT), await client.get('get/b', WHAT), await client.get('get/c', WHAT)]).toEqual(
      [{ x: 1 }, undefined, undefined],
    );
    expect(player.heard[0]).toEqual({ method: 'GET', path: 'get/a', key: KEY, body: undefined });
  });

  it('that Mailcow refuses in HTTP 200 are Problems', async () => {
    const { client } = await opened(() => ({ body: { type: 'error', msg: 'access_denied' } }));
    expect(await problemOf(client.get('get/a', WHAT))).toMatchObject({
      code: 'mailcow.access-denied',
      fix: expect.any(String),
    });
  });

  it.each([
    ['an empty body, as without a key', { body: '' }, { kind: 'account', code: 'mailcow.no-key' }],
    ['a page of a proxy', { status: 502, body: '<html>bad gateway</html>' }, { kind: 'unknown', code: 'mailcow.down' }],
    ['a page in HTTP 200', { body: '<html>login</html>' }, { kind: 'unknown', code: 'mailcow.down' }],
    [
      'a way elsewhere',
      { status: 301, headers: { location: 'https://x.test/' } },
      { kind: 'failed', code: 'mailcow.redirect' },
    ],
    ['no such route', { status: 404, body: { type: 'error', msg: 'route not found' } }, { code: 'mailcow.route' }],
    ['a closed connection', 'drop' as const, { kind: 'unknown', code: 'mailcow.unreachable' }],
  ])('that get %s are Problems with a way out', async (_what, play, problem) => {
    const { client } = await opened(() => play);
    expect(await problemOf(client.get('get/a', WHAT))).toMatchObject({ ...problem, fix: expect.any(String) });
  });

  it('end after their time', async () => {
    const { client } = await opened(() => 'hang', { timeoutMs: 80 });
    expect(await problemOf(client.get('get/a', WHAT))).toMatchObject({
      kind: 'unknown',
      message: expect.stringContaining('0.08 s'),
    });
  });
});

describe('writes', () => {
  const write = (client: MailcowClient) =>
    client.write('add/domain', { domain: 'example.com' }, { ...WHAT, expect: ['domain_added'] });

  it('are good where an expected word is said and none is bad; warnings are given back', async () => {
    const body = [
      ...said('success', 'dkim_added', 'example.com'),
      ...said('warning', 'tag_limit_exceeded', 'x'),
      ...said('success', 'domain_added', 'example.com'),
    ];
    const { client, player } = await opened(() => ({ body }));
    expect((await write(client)).map((one) => [one.type, one.code])).toEqual([
      ['success', 'dkim_added'],
      ['warning', 'tag_limit_exceeded'],
      ['success', 'domain_added'],
    ]);
    expect(player.heard[0]).toMatchObject({ method: 'POST', body: { domain: 'example.com' } });
  });

  it('are refused by a danger among successes, and nothing of the echo is kept', async () => {
    const body = [
      ...said('success', 'domain_added', 'example.com'),
      ...said('danger', 'max_mailbox_exceeded', '10', '10'),
    ];
    const { client } = await opened(() => ({ body }));
    const problem = await problemOf(write(client));
    expect(problem).toMatchObject({ code: 'mailcow.max-mailbox-exceeded', fix: expect.stringContaining('limits') });
    expect(JSON.stringify(problem)).not.toContain('echo');
  });

  it('are not known to be done where no expected word is said', async () => {
    const { client } = await opened(() => ({ body: { type: 'success', msg: 'Task completed' } }));
    expect(await problemOf(write(client))).toMatchObject({ kind: 'unknown', code: 'mailcow.answer' });
  });

  it('go once: what became of a lost one is for the next look', async () => {
    const { client, player } = await opened(() => 'drop');
    expect(await problemOf(write(client))).toMatchObject({ kind: 'unknown' });
    expect(player.heard).toHaveLength(1);
  });

  it('of a key that is only for reading are told so', async () => {
    const { client } = await opened(() => ({
      status: 403,
      body: { type: 'error', msg: 'API read/write access denied' },
    }));
    expect(await problemOf(write(client))).toMatchObject({ kind: 'account', code: 'mailcow.access-denied' });
    expect(await client.mayWrite()).toBe(false);
  });

  it('are known to be possible without one', async () => {
    const { client, player } = await opened(() => ({ status: 404, body: { type: 'error', msg: 'route not found' } }));
    expect(await client.mayWrite()).toBe(true);
    expect(player.heard[0]?.path).toBe('add/mailwright-looks');
  });
});

describe('a key that Mailcow refuses', () => {
  it('is shown once, whoever asks at the same time and after', async () => {
    const { client, player } = await opened(() => ({
      status: 401,
      body: { type: 'error', msg: 'authentication failed' },
    }));
    const all = await Promise.all(['a', 'b', 'c'].map((one) => problemOf(client.get(`get/${one}`, WHAT))));
    for (const one of all) expect(one).toMatchObject({ kind: 'account', code: 'mailcow.key' });
    await problemOf(client.get('get/d', WHAT));
    await problemOf(client.mayWrite());
    expect(player.heard).toHaveLength(1);
  });

  it('because of the address is told with the address', async () => {
    const { client } = await opened(() => ({
      status: 401,
      body: { type: 'error', msg: 'api access denied for ip 203.0.113.9' },
    }));
    expect(await problemOf(client.get('get/a', WHAT))).toMatchObject({
      code: 'mailcow.scope',
      fix: expect.stringContaining('203.0.113.9'),
    });
  });

  it('is in no sentence, even where Mailcow repeats it', async () => {
    const { client } = await opened((path) =>
      path.endsWith('a') ? { body: said('danger', `bad ${KEY}`, KEY)[0] } : { status: 500, body: `trace ${KEY}` },
    );
    for (const path of ['get/a', 'get/b'])
      expect(JSON.stringify(await problemOf(client.get(path, WHAT)))).not.toContain(KEY);
  });

  it('lets others go on once it was taken, and waits for the first answer before that', async () => {
    let open = 0;
    let most = 0;
    const { client } = await opened(() => {
      open += 1;
      most = Math.max(most, open);
      open -= 1;
      return { body: { x: 1 } };
    });
    expect(await Promise.all(['a', 'b', 'c'].map((one) => client.get(`get/${one}`, WHAT)))).toHaveLength(3);
    expect(most).toBe(1);
  });
});

describe('TLS', () => {
  it('takes the pinned certificate that nobody signed', async () => {
    const { client } = await opened(() => ({ body: { version: '2026-08' } }), { tls: true });
    expect(await client.get('get/status/version', WHAT)).toEqual({ version: '2026-08' });
    expect(await client.get('get/status/version', WHAT)).toEqual({ version: '2026-08' });
  });

  it('refuses it without the pin, and says how to pin it', async () => {
    const { client, player } = await opened(() => ({}), { tls: true, pin: '' });
    expect(await problemOf(client.get('get/a', WHAT))).toMatchObject({
      code: 'mailcow.tls',
      fix: expect.stringContaining('MAILCOW_FINGERPRINT'),
    });
    expect(player.heard).toEqual([]);
  });

  it('refuses any other than the pinned one before a byte is sent', async () => {
    const { client, player } = await opened(() => ({}), { tls: true, pin: 'ab'.repeat(32) });
    expect(await problemOf(client.get('get/a', WHAT))).toMatchObject({ kind: 'account', code: 'mailcow.fingerprint' });
    expect(player.heard).toEqual([]);
  });

  it('is not done without, but on this machine itself', () => {
    const open = (url: string) => openClient({ host: 'h', url, apiKey: KEY, timeoutMs: 1 });
    expect(() => open('http://mail.example.org')).toThrow(/not https/);
    for (const url of ['http://localhost:1', 'http://127.0.0.9', 'http://[::1]:8080']) open(url).close();
  });

  it.each([
    [`SHA256 Fingerprint=${'ab:'.repeat(31)}ab`, true],
    [`sha256 Fingerprint=${'AB:'.repeat(31)}AB`, true],
    ['ab'.repeat(32), true],
    ['ab'.repeat(20), false],
    ['', false],
  ])('reads a fingerprint as openssl prints it: %s', (text, good) => {
    expect(parseFingerprint(text)).toBe(good ? Array(32).fill('AB').join(':') : undefined);
  });
});
