import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestMailcow, type TestMailcow } from '../cow.fixture.ts';

let t: TestMailcow;
beforeAll(async () => {
  t = await openTestMailcow();
  const mailboxes = [{ address: 'post@a.test', password: 'se"cret\\1' }];
  await t.control('POST /mailcow/domains', { domain: 'a.test', key_size: 0, mailboxes });
});
afterAll(() => t.close());

/** A connection that speaks as a person with telnet does. */
async function dial() {
  const [host = '', port = ''] = (t.mailcow.addresses.imap ?? '').split(':');
  const socket: Socket = connect(Number(port), host);
  let seen = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    seen += chunk;
  });
  const until = async (end: RegExp) => {
    while (!end.test(seen)) await once(socket, 'data', { signal: AbortSignal.timeout(3000) });
    const said = seen;
    seen = '';
    return said;
  };
  await until(/^\* OK .*ready\.\r\n$/);
  let count = 0;
  return {
    until,
    write: (text: string) => socket.write(text, 'latin1'),
    /** Sends a command and gives all lines up to its end. */
    ask(command: string) {
      count += 1;
      socket.write(`a${count} ${command}\r\n`, 'latin1');
      return until(new RegExp(`^a${count} (?:OK|NO|BAD).*\\r\\n$`, 'm'));
    },
    end: () => socket.destroy(),
  };
}

const MIME = [
  'From: "Doe, Jane" <jane@x.test>, bare@x.test',
  'To: post@a.test',
  'Subject: =?utf-8?Q?h=C3=A4?=',
  'Message-ID: <1@x.test>',
  'Date: Thu, 06 Aug 2026 10:00:00 +0200',
  'Content-Type: multipart/mixed; boundary="=b;"',
  '',
  'preamble',
  '--=b;',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'first',
  '--=b;',
  'Content-Type: message/rfc822',
  'Content-Disposition: attachment; filename="a b.eml"',
  '',
  'Subject: inner',
  '',
  'second',
  '--=b;--',
  '',
].join('\r\n');

it('keeps people out, by all ways to say a password', async () => {
  const client = await dial();
  expect(await client.ask('SELECT INBOX')).toContain('a1 NO Please authenticate first');
  expect(await client.ask('LOGIN post@a.test wrong')).toContain('NO [AUTHENTICATIONFAILED]');
  expect(await client.ask('AUTHENTICATE CRAM-MD5')).toContain('NO [CANNOT]');
  client.write('x AUTHENTICATE PLAIN\r\n');
  expect(await client.until(/^\+ \r\n/)).toBe('+ \r\n');
  client.write(`${Buffer.from('\0post@a.test\0se"cret\\1').toString('base64')}\r\n`);
  expect(await client.until(/\r\n$/)).toMatch(/^x OK \[CAPABILITY .*\] Logged in/);
  client.end();
  const other = await dial();
  expect(await other.ask('LOGIN "post@a.test" "se\\"cret\\\\1"')).toContain('a1 OK');
  other.end();
  const third = await dial();
  third.write('x LOGIN {11}\r\n');
  expect(await third.until(/\r\n$/)).toBe('+ OK\r\n');
  third.write('post@a.test {9+}\r\nse"cret\\1\r\n');
  expect(await third.until(/\r\n$/)).toContain('x OK');
  expect(JSON.stringify(t.world.ledger.read())).not.toContain('cret');
  third.end();
});

async function enter(folder = 'INBOX') {
  const client = await dial();
  await client.ask('LOGIN post@a.test "se\\"cret\\\\1"');
  await client.ask(`SELECT ${folder}`);
  return client;
}

it('shows folders, messages and their parts', async () => {
  const client = await enter();
  client.write(`x APPEND Sent (\\Seen) "06-Aug-2026 10:00:00 +0200" {${MIME.length}+}\r\n${MIME}\r\n`);
  expect(await client.until(/^x .*\r\n/m)).toMatch(/x OK \[APPENDUID \d+ 1\]/);
  expect(await client.ask('LIST "" "%"')).toContain('* LIST (\\HasNoChildren \\Sent) "/" "Sent"\r\n');
  expect(await client.ask('LIST "" ""')).toContain('* LIST (\\Noselect) "/" ""\r\n');
  expect(await client.ask('STATUS Sent (MESSAGES UIDNEXT UNSEEN)')).toContain(
    '* STATUS "Sent" (MESSAGES 1 UIDNEXT 2 UNSEEN 0)',
  );
  expect(await client.ask('EXAMINE Nowhere')).toContain('NO [NONEXISTENT]');
  expect(await client.ask('EXAMINE Sent')).toMatch(/\* 1 EXISTS\r\n[\s\S]*OK \[READ-ONLY\]/);
  expect(await client.ask('FETCH 1 ENVELOPE')).toContain(
    '* 1 FETCH (ENVELOPE ("Thu, 06 Aug 2026 10:00:00 +0200" "=?utf-8?Q?h=C3=A4?=" (("Doe, Jane" NIL "jane" "x.test")(NIL NIL "bare" "x.test"))',
  );
  expect(await client.ask('FETCH 1 BODYSTRUCTURE')).toContain(
    '(BODYSTRUCTURE (("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 5 0 NIL NIL NIL NIL)("message" "rfc822" NIL NIL NIL "7bit" 24 (NIL "inner"',
  );
  const section = async (name: string) =>
    /\{(\d+)\}\r\n([\s\S]*)\)\r\na/.exec(await client.ask(`UID FETCH 1 BODY.PEEK[${name}]`))?.[2];
  expect(await section('1')).toBe('first');
  expect(await section('2.MIME')).toContain('filename="a b.eml"');
  expect(await section('2.HEADER')).toBe('Subject: inner\r\n\r\n');
  expect(await section('2.1')).toBe('second');
  expect(await section('7')).toBe('');
  expect(await section('HEADER.FIELDS (message-id to)')).toBe('To: post@a.test\r\nMessage-ID: <1@x.test>\r\n\r\n');
  expect(await section('')).toBe(MIME);
  expect(await client.ask('FETCH 1 BODY.PEEK[]<6.10>')).toContain('BODY[]<6> {10}\r\n"Doe, Jane)');
  expect(await client.ask('FETCH 1 (FLAGS RFC822.SIZE)')).toContain(`(FLAGS (\\Seen) RFC822.SIZE ${MIME.length})`);
  expect(await client.ask('STORE 1 +FLAGS (\\Deleted)')).toContain('NO [READ-ONLY]');
  client.end();
});

it('looks for messages by what they say and when they came', async () => {
  const client = await enter('Sent');
  const found = async (keys: string) => /^\* SEARCH(.*)\r\n/m.exec(await client.ask(`SEARCH ${keys}`))?.[1];
  for (const keys of [
    'ALL',
    'SEEN UNDELETED',
    'HEADER Message-ID 1@X.test',
    'SUBJECT "h=c3"',
    'FROM jane',
    'SENTON 6-Aug-2026',
    'SENTSINCE 1-Aug-2026 SENTBEFORE 7-Aug-2026',
    'OR UNSEEN (UID 1:*)',
    'NOT UNSEEN',
    'CHARSET UTF-8 BODY second',
    'SINCE 1-Jan-2020 LARGER 10',
  ])
    expect(await found(keys)).toBe(' 1');
  for (const keys of ['UNSEEN', 'HEADER X-None ""', 'BEFORE 1-Jan-2020', 'SMALLER 10', 'KEYWORD x'])
    expect(await found(keys)).toBe('');
  expect(await client.ask('SEARCH SINCE yesterday')).toContain('BAD');
  expect(await client.ask('SEARCH')).toContain('BAD');
  client.end();
});

it('marks what is read, removes what is deleted, and keeps numbers in step between two clients', async () => {
  const [one, other] = [await enter('Sent'), await enter('Sent')];
  await one.ask('STORE 1 FLAGS ()');
  expect(await one.ask('FETCH 1 BODY[TEXT]')).toContain('FLAGS (\\Seen)');
  one.write('x APPEND Sent {7}\r\n');
  await one.until(/^\+ OK/);
  one.write('a: b\r\n\r\n\r\n');
  expect(await one.until(/^x OK.*\r\n/m)).toContain('* 2 EXISTS');
  expect(await one.ask('STORE 1:* +FLAGS.SILENT (\\Deleted)')).toMatch(/^a\d+ OK Store completed\.\r\n$/);
  expect(await one.ask('UID EXPUNGE 1')).toContain('* 1 EXPUNGE');
  expect(await other.ask('FETCH 1 UID')).toContain('* 1 FETCH (UID 1)');
  expect(await other.ask('NOOP')).toMatch(/^\* 1 EXPUNGE\r\na\d+ OK/);
  expect(await other.ask('EXPUNGE')).toContain('* 1 EXPUNGE');
  expect(await one.ask('NOOP')).toContain('* 1 EXPUNGE');
  for (const client of [one, other]) client.end();
});

it('tells of what comes while a client idles', async () => {
  const client = await enter('Trash');
  client.write('x IDLE\r\n');
  await client.until(/^\+ idling/);
  const other = await enter('Trash');
  other.write('y APPEND Trash {7+}\r\na: b\r\n\r\n\r\n');
  expect(await client.until(/EXISTS/)).toBe('* 1 EXISTS\r\n');
  client.write('DONE\r\n');
  expect(await client.until(/^x OK/m)).toContain('x OK Idle completed.');
  expect(await client.ask('LOGOUT')).toContain('* BYE');
  other.end();
});

it('refuses what is no command', async () => {
  const client = await enter();
  for (const text of [
    'FROB',
    'FETCH',
    'FETCH x ALL',
    'FETCH 99 (UID FROB)',
    'FETCH 1:2 (',
    'UID FROB 1',
    'STORE 1 FROB (x)',
    'LOGIN "open',
  ])
    expect(await client.ask(text)).toContain('BAD');
  client.end();
});

it('misbehaves on request', async () => {
  t.world.faults.add({ kind: 'error-before', system: 'mailcow', operation: 'imap/NOOP', count: 1 });
  const client = await enter();
  expect(await client.ask('NOOP')).toContain('NO [UNAVAILABLE]');
  expect(await client.ask('NOOP')).toContain('OK');
  client.end();
});
