import { createHash, X509Certificate } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../../core/resolver.ts';
import type { SecuredSmtp } from '../../../core/smtp-tls.ts';
import { makeCertificate } from '../../../sandbox/aws/smtp/certificate.ts';
import { lookAtTls } from './smtp-tls.ts';

const HOST = 'mx1.good.test';
const YEAR_MS = 365 * 86_400_000;
const GOOD = makeCertificate([HOST, '*.else.test'], []);
const OLD = makeCertificate([HOST], [], Date.now() - 2 * YEAR_MS);

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const present = (...values: string[]): Answer => ({ status: 'present', values, servers: [] });
const absent: Answer = { status: 'absent', values: [], servers: [] };
const unknown: Answer = { status: 'unknown', values: [], servers: [] };

/** Looks at a port of this machine as at an MX host. */
const look = (port: number, more: { ca?: string; host?: string; answers?: Answer[]; timeoutMs?: number } = {}) => {
  const { host = HOST, answers = [present('127.0.0.1')], ...limits } = more;
  return lookAtTls(host, async () => answers, { port, allowPrivate: true, ...limits });
};

/** A real mail server, with TLS as a library does it. */
async function serve(options: SMTPServerOptions): Promise<number> {
  const server = new SMTPServer({ disableReverseLookup: true, authOptional: true, closeTimeout: 10, ...options });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  closing.push(() => void server.close());
  return (server.server.address() as AddressInfo).port;
}

/** A host by hand: what it says to each command, in plain text. */
async function play(says: (line: string, socket: Socket) => string | undefined, greeting = '220 mx ESMTP\r\n') {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write(greeting);
    socket.on('data', (chunk) => {
      for (const line of chunk.toString('latin1').split('\r\n').filter(Boolean)) {
        heard.push(line);
        const answer = says(line, socket);
        if (answer !== undefined) socket.write(answer);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { heard, port: (server.address() as AddressInfo).port };
}

const offering = (then: string) => (line: string) =>
  line.startsWith('EHLO') ? '250-mx\r\n250-starttls\r\n250 SIZE 1\r\n' : line === 'STARTTLS' ? then : undefined;

describe('a mail host with TLS', () => {
  const good = { key: GOOD.key, cert: GOOD.certificate };

  it('shows version, cipher, names, dates, and what TLSA records would match', async () => {
    const shown = (await look(await serve(good), { ca: GOOD.certificate })) as SecuredSmtp;
    expect(shown).toMatchObject({ address: '127.0.0.1', version: 'TLSv1.3', cipher: expect.stringMatching(/^TLS_/) });
    expect(shown.distrust).toBeUndefined();
    const { raw, publicKey, validTo } = new X509Certificate(GOOD.certificate);
    const key = publicKey.export({ type: 'spki', format: 'der' });
    const [own, ...more] = shown.chain;
    expect(more).toEqual([]);
    expect(own).toMatchObject({
      subject: 'CN=Mailwright sandbox',
      issuer: 'CN=Mailwright sandbox',
      names: [HOST, '*.else.test'],
      notAfter: new Date(validTo).toISOString(),
      lifetimeDays: 366,
    });
    expect([364, 365]).toContain(own?.daysLeft);
    const sum = (algorithm: string, data: Buffer) => createHash(algorithm).update(data).digest('hex');
    expect(own?.associations).toEqual([
      `0 0 ${raw.toString('hex')}`,
      `0 1 ${sum('sha256', raw)}`,
      `0 2 ${sum('sha512', raw)}`,
      `1 0 ${key.toString('hex')}`,
      `1 1 ${sum('sha256', key)}`,
      `1 2 ${sum('sha512', key)}`,
    ]);
  });

  it('is greeted again in TLS, sent the name that it was looked up by, and left without a message', async () => {
    const seen: unknown[] = [];
    const port = await serve({
      ...good,
      onConnect: (session, done) => {
        session.id = 'x';
        done();
      },
      onSecure: (_socket, session, done) => {
        seen.push(session.servername);
        done();
      },
      onMailFrom: () => seen.push('MAIL'),
      onClose: ({ hostNameAppearsAs }) => seen.push(hostNameAppearsAs),
    });
    await look(port);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toEqual([HOST, expect.stringContaining('.')]);
  });

  it.each([
    ['self-signed', GOOD, undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT', false],
    ['expired', OLD, OLD.certificate, 'CERT_HAS_EXPIRED', true],
  ] as const)('%s: says why nobody vouches for it', async (_what, { key, certificate }, ca, distrust, isOver) => {
    const port = await serve({ key, cert: certificate });
    const shown = (await look(port, ca ? { ca } : {})) as SecuredSmtp;
    expect(shown.distrust).toBe(distrust);
    expect((shown.chain[0]?.daysLeft ?? 0) < 0).toBe(isOver);
  });

  it.each(['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const)('that ends with %s is seen to', async (version) => {
    const port = await serve({ ...good, minVersion: 'TLSv1', maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' });
    expect(await look(port)).toMatchObject({ version });
  });
});

describe('a mail host without TLS', () => {
  it('does not offer it, in its own words', async () => {
    const port = await serve({ disabledCommands: ['STARTTLS'] });
    expect(await look(port)).toEqual({ address: '127.0.0.1', plain: expect.stringMatching(/^250 .*PIPELINING/) });
    const old = await play(() => '502 5.5.1 what\r\n');
    expect(await look(old.port)).toMatchObject({ plain: '502 5.5.1 what' });
    expect(old.heard).toHaveLength(1);
  });

  it('offers it and then has none', async () => {
    const { port } = await play(offering('454 4.7.0 TLS not available due to local problem\r\n'));
    expect(await look(port)).toEqual({
      address: '127.0.0.1',
      failed: '454 4.7.0 TLS not available due to local problem',
    });
  });

  it.each([
    ['in one piece with its yes', '220 go\r\n250-mx\r\n250 AUTH PLAIN\r\n'],
    ['without an end', '220 go\r\n2'],
  ])('plain text %s is no part of what is secret', async (_what, then) => {
    const { port, heard } = await play(offering(then));
    expect(await look(port)).toEqual({
      address: '127.0.0.1',
      failed: 'it sent plain text after its reply to STARTTLS',
    });
    expect(heard).toHaveLength(2);
  });

  it('plain text that comes later makes no TLS', async () => {
    const { port } = await play((line, socket) => {
      if (line === 'STARTTLS') setTimeout(() => socket.write('250-mx\r\n250 AUTH PLAIN\r\n'), 30);
      return offering('220 go\r\n')(line);
    });
    expect(await look(port)).toEqual({ address: '127.0.0.1', failed: expect.stringMatching(/^(?!.*AUTH).+/) });
  });
});

describe('what nobody can look at', () => {
  it('is unknown, with the reason', async () => {
    expect(await look(1)).toEqual({ silence: '127.0.0.1 port 1: nobody listens there' });
    const { port } = await play(() => undefined, '554 5.7.1 your address is blocked\r\n');
    expect(await look(port)).toMatchObject({ silence: expect.stringContaining('554 5.7.1 your address is blocked') });
    const shy = await play(() => '550 5.7.25 no reverse name\r\n');
    expect(await look(shy.port)).toMatchObject({ silence: expect.stringContaining('550 5.7.25') });
    expect(await look(1, { answers: [absent, absent] })).toEqual({ silence: 'it has no address' });
    expect(await look(1, { answers: [absent, unknown] })).toEqual({ silence: 'its address could not be looked up' });
    expect(await look(1, { host: 'mx\r\nDATA' })).toEqual({ silence: 'it is no name of a host' });
  });

  it('is asked at another address, and at no third', async () => {
    const port = await serve({ key: GOOD.key, cert: GOOD.certificate });
    const answers = [present('127.0.0.9', '127.0.0.1')];
    expect(await look(port, { answers })).toMatchObject({ address: '127.0.0.1' });
    const far = [present('127.0.0.8', '127.0.0.9', '127.0.0.1')];
    expect(await look(port, { answers: far })).toEqual({
      silence: `127.0.0.8 port ${port}: nobody listens there; 127.0.0.9 port ${port}: nobody listens there`,
    });
  });

  it.each(['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', 'fd00::1', '::ffff:10.0.0.1'])(
    'is never asked at %s',
    async (address) => {
      const asked = await lookAtTls(HOST, async () => [present(address)], { port: 25, allowPrivate: false });
      expect(asked).toEqual({ silence: `its address is private (${address})` });
    },
  );
});

describe('a host that wastes time', () => {
  const late = { silence: expect.stringMatching(/ port \d+: it took too long$/) };

  it.each([
    ['says nothing', '', () => undefined],
    ['never answers EHLO', '220 mx\r\n', () => undefined],
    [
      'never answers STARTTLS',
      '220 mx\r\n',
      (line: string) => (line[0] === 'E' ? '250-mx\r\n250 STARTTLS\r\n' : undefined),
    ],
    ['never shakes hands', '220 mx\r\n', offering('220 go\r\n')],
  ])('%s is left when its time is over', async (_what, greeting, says) => {
    const { port } = await play(says, greeting);
    const began = performance.now();
    expect(await look(port, { timeoutMs: 300 })).toEqual(late);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('drop by drop is left as well', async () => {
    const { port } = await play((_line, socket) => {
      const timer = setInterval(() => socket.write('250-x\r\n'), 20);
      socket.once('close', () => clearInterval(timer));
      return undefined;
    });
    expect(await look(port, { timeoutMs: 300 })).toEqual(late);
  });

  it('floods: in its greeting, its answer, and instead of a handshake', async () => {
    const flood = `250-${'x'.repeat(60)}\r\n`.repeat(20_000);
    const greeting = await play(() => undefined, flood.replaceAll('250', '220'));
    expect(await look(greeting.port)).toMatchObject({ silence: expect.stringContaining('a reply without end') });
    const hello = await play(() => flood);
    expect(await look(hello.port)).toMatchObject({ silence: expect.stringContaining('a reply without end') });
    const hands = await play((line, socket) => {
      if (line === 'STARTTLS') setTimeout(() => socket.write(Buffer.alloc(5_000_000, 22)), 20);
      return offering('220 go\r\n')(line);
    });
    expect(await look(hands.port, { timeoutMs: 2000 })).toMatchObject({ failed: expect.any(String) });
  });
});
