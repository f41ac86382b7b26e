import { ImapFlow } from 'imapflow';
import nodemailer, { type SendMailOptions } from 'nodemailer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';

const ADDRESS = 'post@imap.test';
const PASSWORD = 'pass "word" \\ 1';
const APP_PASSWORD = 'app-password';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  const mailboxes = [{ address: ADDRESS, password: PASSWORD }];
  await stage.control('POST /control/mailcow/domains', { domain: 'imap.test', key_size: 0, mailboxes });
  for (const subject of ['first', 'zweite Übung'])
    await deliver({ subject, text: `${subject}\nüber`, messageId: `<${subject.slice(0, 3)}@client.test>` });
  await deliver({
    subject: 'with parts',
    text: 'plain',
    html: '<p>rich</p>',
    attachments: [{ filename: 'ä b.txt', content: 'attached' }],
  });
});
afterAll(() => stage.close());

async function deliver(message: SendMailOptions): Promise<void> {
  const port = Number(stage.env.MAILWRIGHT_SMTP_PORT);
  const transport = nodemailer.createTransport({ host: '127.0.1.1', port, name: 'client.test', ignoreTLS: true });
  await transport.sendMail({ from: '"A, B" <a@client.test>', to: ADDRESS, ...message });
  transport.close();
}

async function enter(pass = PASSWORD, more: object = {}): Promise<ImapFlow> {
  const { hostname, port } = new URL(stage.env.MAILWRIGHT_IMAP ?? '');
  const client = new ImapFlow({
    host: hostname,
    port: Number(port),
    secure: false,
    auth: { user: ADDRESS, pass },
    logger: false,
    ...more,
  });
  await client.connect();
  return client;
}

it('logs in by either way, and not with another password', async () => {
  await (await enter()).logout();
  await (await enter(PASSWORD, { auth: { user: ADDRESS, pass: PASSWORD, loginMethod: 'LOGIN' } })).logout();
  await expect(enter('wrong')).rejects.toMatchObject({ authenticationFailed: true });
  const headers = { 'x-api-key': stage.env.MAILCOW_API_KEY ?? '', 'content-type': 'application/json' };
  const asked = { username: ADDRESS, app_name: 'n', app_passwd: APP_PASSWORD, app_passwd2: APP_PASSWORD, active: 1 };
  const body = JSON.stringify({ ...asked, protocols: ['imap_access'] });
  await fetch(`${stage.env.MAILCOW_URL}/api/v1/add/app-passwd`, { method: 'POST', headers, body });
  await (await enter(APP_PASSWORD)).logout();
});

it('lists folders with their uses and counts', async () => {
  const client = await enter();
  const folders = await client.list({ statusQuery: { messages: true, unseen: true } });
  expect(folders.map(({ path, specialUse }) => [path, specialUse])).toEqual(
    expect.arrayContaining([
      ['INBOX', '\\Inbox'],
      ['Sent', '\\Sent'],
      ['Junk', '\\Junk'],
    ]),
  );
  expect(folders.find(({ path }) => path === 'INBOX')?.status).toMatchObject({ messages: 3, unseen: 3 });
  await client.logout();
});

it('finds a message by its header and reads it whole', async () => {
  const client = await enter();
  const lock = await client.getMailboxLock('INBOX');
  try {
    expect(await client.search({ all: true }, { uid: true })).toEqual([1, 2, 3]);
    expect(await client.search({ header: { 'message-id': '<fir@client.test>' } }, { uid: true })).toEqual([1]);
    expect(await client.search({ subject: 'first', since: new Date(Date.now() - 86_400_000) })).toEqual([1]);
    expect(await client.search({ before: new Date('2020-01-01') })).toEqual([]);
    const message = await client.fetchOne('2', {
      envelope: true,
      flags: true,
      internalDate: true,
      size: true,
      source: true,
      headers: ['authentication-results'],
    });
    if (!message) throw new Error('no message');
    expect(message.envelope).toMatchObject({
      subject: 'zweite Übung',
      from: [{ name: 'A, B', address: 'a@client.test' }],
      to: [{ address: ADDRESS }],
      messageId: '<zwe@client.test>',
    });
    expect(message.size).toBe(message.source?.length);
    expect(String(message.headers)).toMatch(/^Authentication-Results: mail\.sandbox\.test;[\s\S]*spf=none/);
    expect(String(message.source)).toContain('Delivered-To: post@imap.test');
  } finally {
    lock.release();
  }
  await client.logout();
});

it('reads parts, marks, and removes', async () => {
  const client = await enter();
  const lock = await client.getMailboxLock('INBOX');
  try {
    const message = await client.fetchOne('3', { bodyStructure: true, bodyParts: ['1.1'] }, { uid: true });
    if (!message) throw new Error('no message');
    const { childNodes = [] } = message.bodyStructure ?? {};
    expect(childNodes.map(({ part, type }) => [part, type])).toEqual([
      ['1', 'multipart/alternative'],
      ['2', 'text/plain'],
    ]);
    expect(childNodes[1]?.dispositionParameters).toMatchObject({ filename: 'ä b.txt' });
    expect(String(message.bodyParts?.get('1.1'))).toContain('plain');
    const { content } = await client.download('3', '2', { uid: true });
    const chunks: Buffer[] = [];
    for await (const chunk of content as AsyncIterable<Buffer>) chunks.push(chunk);
    expect(String(Buffer.concat(chunks))).toBe('attached');
    expect(await client.messageFlagsAdd('1', ['\\Seen', '$Mine'], { uid: true })).toBe(true);
    expect(await client.search({ seen: true })).toEqual([1]);
    expect(await client.search({ keyword: '$Mine' })).toEqual([1]);
    expect(await client.messageDelete('1', { uid: true })).toBe(true);
    expect(await client.search({ all: true }, { uid: true })).toEqual([2, 3]);
  } finally {
    lock.release();
  }
  await client.logout();
});

it('tells of mail as it comes', async () => {
  const client = await enter();
  await client.mailboxOpen('INBOX');
  const came = new Promise((resolve) => client.once('exists', resolve));
  const idling = client.idle();
  await deliver({ subject: 'news' });
  expect(await came).toMatchObject({ path: 'INBOX', count: 3, prevCount: 2 });
  await client.noop();
  await idling;
  await client.append('Sent', 'Subject: kept\r\n\r\nbody\r\n', ['\\Seen']);
  expect(await client.status('Sent', { messages: true, uidNext: true })).toMatchObject({ messages: 1, uidNext: 2 });
  await client.logout();
});
