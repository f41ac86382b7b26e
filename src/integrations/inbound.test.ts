import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { DomainSpec } from '../core/domain-spec.ts';
import { judge, planInbound } from './inbound.ts';
import { askRecipient } from './wire/smtp/smtp.ts';

const rcpt = (code: number, text: string) => judge({ code, text: `${code} ${text}`, at: 'RCPT' }, 25).verdict;

describe('a mail host’s answer', () => {
  it.each([
    [250, '2.1.5 Ok', 'accepts'],
    [251, 'will forward', 'accepts'],
    [550, '5.1.1 User unknown', 'refuses'],
    [554, '5.7.1 <postmaster@x>: Relay access denied', 'refuses'],
    [450, '4.2.0 Greylisted', 'later'],
    [451, '4.3.0 Temporary lookup failure', 'later'],
    // About who asks, not about the domain.
    [554, '5.7.1 Service unavailable; Client host [198.51.100.7] blocked using zen.spamhaus.org', 'unknown'],
    [450, '4.7.25 Client host rejected: cannot find your hostname, [198.51.100.7]', 'unknown'],
    [450, '4.7.1 <mailwright.invalid>: Helo command rejected: Host not found', 'unknown'],
    [504, '5.5.2 <mailwright>: Helo command rejected: need fully-qualified hostname', 'unknown'],
    [451, '4.7.1 Greylisting in action for your host, come back later', 'later'],
    [550, '5.7.25 reverse DNS does not match', 'unknown'],
    // Words of block lists in the domain's own name are none.
    [550, '5.1.1 <postmaster@marblehead-spamcop.example>: Recipient address rejected', 'refuses'],
    [550, '5.7.1 No such domain garblrbl here', 'refuses'],
    [530, '5.7.0 Must issue a STARTTLS command first', 'unknown'],
  ])('%i %s: %s', (code, text, verdict) => {
    expect(rcpt(code, text)).toBe(verdict);
  });

  it('before RCPT says nothing about the domain', () => {
    expect(judge({ code: 554, text: '554 no', at: 'greeting' }, 25).verdict).toBe('unknown');
    expect(judge({ silence: 'nobody listens there' }, 25)).toEqual({
      verdict: 'unknown',
      said: 'port 25: nobody listens there',
    });
  });
});

describe('MX records', () => {
  const spec = {
    domain: 'example.com',
    ttl: 3600,
    mx: [{ host: 'mx.example.org', preference: 10 }],
    relays: [
      { host: 'mx.example.org', managed: true, ssh: { privilege: 'auto' }, recipients: 'any' },
      { host: 'other.example.org', managed: false, ssh: { privilege: 'auto' }, recipients: 'any' },
    ],
    consents: {},
  } as unknown as DomainSpec;
  const host = { host: 'mx.example.org', preference: 10 };
  const plan = (verdict: 'accepts' | 'refuses' | 'later' | 'unknown', wish = spec) =>
    planInbound(wish, { hosts: [{ host, verdict, said: 'so' }] }).records?.[0];

  it('wait for managed relays, and for hosts that refuse', () => {
    expect(plan('accepts')?.waitsFor).toEqual(['postfix mx.example.org']);
    expect(plan('refuses')?.waitsFor).toEqual(['postfix mx.example.org', 'every MX host to take mail for example.com']);
    expect(plan('later')?.waitsFor).toHaveLength(2);
  });

  it('of hosts that can’t be asked are asked about, unless that was answered', () => {
    expect(plan('unknown')?.ask).toContain('mx.example.org could not be asked');
    expect(plan('unknown')?.waitsFor).toEqual(['postfix mx.example.org']);
    expect(plan('unknown', { ...spec, consents: { ...spec.consents, mxUnproved: true } })?.ask).toBeUndefined();
  });
});

describe('the conversation', () => {
  let server: Server | undefined;
  afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

  async function play(answers: Readonly<Record<string, string>>, greeting = '220 mx ESMTP\r\n') {
    const heard: string[] = [];
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(greeting);
      socket.on('data', (chunk) => {
        for (const line of chunk.toString().split('\r\n').filter(Boolean)) {
          heard.push(line);
          const answer = answers[line.split(/[ :]/)[0] ?? ''];
          if (answer !== undefined) socket.write(answer);
        }
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    return { heard, ask: () => askRecipient({ address: '127.0.0.1', port }, 'postmaster@example.com') };
  }

  const polite = {
    EHLO: '250-mx\r\n250-PIPELINING\r\n250 8BITMIME\r\n',
    MAIL: '250 ok\r\n',
    RSET: '250 ok\r\n',
    QUIT: '221 bye\r\n',
  };

  it('asks and leaves without sending anything', async () => {
    const { heard, ask } = await play({ ...polite, RCPT: '250 2.1.5 ok\r\n' });
    expect(await ask()).toEqual({ code: 250, text: '250 2.1.5 ok', at: 'RCPT' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard.map((line) => line.split(' ')[0])).toEqual(['EHLO', 'MAIL', 'RCPT', 'RSET', 'QUIT']);
    expect(heard[1]).toBe('MAIL FROM:<>');
    expect(heard[2]).toBe('RCPT TO:<postmaster@example.com>');
  });

  it('hears replies of several lines, in pieces, with control characters made harmless', async () => {
    const { ask } = await play(
      { ...polite, RCPT: '550-5.1.1 no\r\n550 such \u001b[31muser\r\n' },
      '220-wel\r\n220 come\r\n',
    );
    const reply = await ask();
    expect(reply).toMatchObject({ code: 550, at: 'RCPT' });
    expect(JSON.stringify(reply)).not.toContain('\\u001b[31m');
  });

  it('has the patience that postscreen asks for: its greeting takes six seconds, in two parts', async () => {
    const { ask } = await play({ ...polite, RCPT: '250 ok\r\n' }, '220-mx ESMTP\r\n');
    server?.once('connection', (socket) => setTimeout(() => socket.write('220 mx ESMTP\r\n'), 6000));
    expect(await ask()).toMatchObject({ code: 250, at: 'RCPT' });
  }, 20_000);

  it('takes a bare code whose line end comes in pieces', async () => {
    const { ask } = await play({ ...polite, RCPT: '250 ok\r\n' }, '220\r');
    server?.once('connection', (socket) => setTimeout(() => socket.write('\n'), 100));
    expect(await ask()).toMatchObject({ code: 250, at: 'RCPT' });
  });

  it('takes HELO where EHLO is not known', async () => {
    const { ask } = await play({
      EHLO: '502 what\r\n',
      HELO: '250 hi\r\n',
      MAIL: '250 ok\r\n',
      RCPT: '250 ok\r\n',
      RSET: '250 ok\r\n',
    });
    expect(await ask()).toMatchObject({ code: 250, at: 'RCPT' });
  });

  it('says what is no mail host, what hangs up, and what never ends', async () => {
    expect(await (await play({}, 'SSH-2.0-OpenSSH\r\n')).ask()).toEqual({ silence: 'it does not speak SMTP' });
    server?.close();
    expect(await (await play({}, `220-${'x'.repeat(40_000)}`)).ask()).toEqual({ silence: 'a reply without end' });
  });

  it('is never made of an address that is a command', async () => {
    await expect(askRecipient({ address: '127.0.0.1', port: 1 }, 'a@b\r\nDATA')).rejects.toThrow(TypeError);
  });
});
