import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import nodemailer from 'nodemailer';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Received } from '../mail/main.ts';
import { smtpPasswordOf } from './smtp/password.ts';
import { openTestAws, publishDkim, type TestAws } from './world.fixture.ts';

const EAST = 'us-east-1';
const HERE = `arn:aws:ses:${EAST}:111122223333`;
const TOKENS = ['a', 'b', 'c'].map((letter) => letter.repeat(32));

let t: TestAws;
let iam: IAMClient;
let certificate: string;
let user: { id: string; secret: string };
const open = (region: string) => t.control('POST /aws/smtp', { region }) as Promise<{ starttls: string; tls: string }>;

beforeAll(async () => {
  t = await openTestAws();
  iam = new IAMClient({ region: EAST, endpoint: t.endpoint, credentials: t.credentials, maxAttempts: 1 });
  ({ certificate } = (await t.control('GET /aws/smtp')) as { certificate: string });
  await t.control('POST /aws/account', { region: EAST, maxSendRate: 1000 });
  await t.control('POST /aws/identities', { region: EAST, name: 'live.test', tokens: TOKENS });
  await t.control('POST /aws/identities', { region: EAST, name: 'other.test' });
  await t.control('POST /aws/configuration-sets', { region: EAST, name: 'allowed' });
  await t.control('POST /aws/configuration-sets', { region: EAST, name: 'forbidden' });
  publishDkim(t.internet, 'live.test', TOKENS, 'dkim.amazonses.com');
  await iam.send(new CreateUserCommand({ UserName: 'relay' }));
  const Statement = [
    {
      Effect: 'Allow',
      Action: 'ses:SendRawEmail',
      Resource: [`${HERE}:identity/live.test`, `${HERE}:configuration-set/allowed`],
      Condition: { StringLike: { 'ses:FromAddress': '*@live.test' } },
    },
  ];
  await iam.send(
    new PutUserPolicyCommand({ UserName: 'relay', PolicyName: 'p', PolicyDocument: JSON.stringify({ Statement }) }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'relay' }));
  user = { id: AccessKey?.AccessKeyId ?? '', secret: AccessKey?.SecretAccessKey ?? '' };
});
afterAll(async () => {
  iam.destroy();
  await t.close();
});
beforeEach(() => t.control('DELETE /inbox'));

async function transport(more: { region?: string; secure?: boolean; pass?: string } = {}) {
  const { region = EAST, secure = false, pass = smtpPasswordOf(user.secret, region) } = more;
  const { starttls, tls } = await open(region);
  const [host = '', port = ''] = (secure ? tls : starttls).split(':');
  return nodemailer.createTransport({
    host,
    port: Number(port),
    secure,
    requireTLS: !secure,
    tls: { ca: certificate },
    auth: { user: user.id, pass },
  });
}

const letter = (more: object = {}) => ({
  from: 'Me <me@live.test>',
  to: 'you@else.test',
  subject: 'Grüße',
  text: 'Hällo\n.\nend',
  ...more,
});
const inbox = async () => (await t.control('GET /inbox')) as Received[];
const ledger = () => t.world.ledger.read({ system: 'ses' }).filter((row) => row.operation === 'SMTP');

describe('the password', () => {
  it('is the documented one', () => {
    // Of the example key in AWS's pages, computed with the Python script that they publish.
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    expect(smtpPasswordOf(secret, 'us-east-1')).toBe('BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9');
    expect(smtpPasswordOf(secret, 'eu-west-1')).toBe('BMW5RDrXmmVs0lV7GpI4oLkHXpZ4stDsk6q91z1g38Pk');
  });

  it('belongs to one Region', async () => {
    const wrong = await transport({ pass: smtpPasswordOf(user.secret, 'us-west-2') });
    await expect(wrong.verify()).rejects.toMatchObject({
      responseCode: 535,
      response: '535 Authentication Credentials Invalid',
    });
    await (await transport()).verify();
    await (await transport({ region: 'us-west-2' })).verify();
    await (await transport({ region: 'sa-east-1' })).verify();
    await expect((await transport({ pass: user.secret })).verify()).rejects.toMatchObject({ responseCode: 535 });
  });

  it('of an inactive key opens nothing', async () => {
    const update = (Status: 'Active' | 'Inactive') =>
      iam.send(new UpdateAccessKeyCommand({ UserName: 'relay', AccessKeyId: user.id, Status }));
    await update('Inactive');
    await expect((await transport()).verify()).rejects.toMatchObject({ responseCode: 535 });
    await update('Active');
    await (await transport()).verify();
  });
});

describe('a message', () => {
  it.each([false, true])('arrives signed, by STARTTLS or implicit TLS (%s)', async (secure) => {
    const sent = await (await transport({ secure })).sendMail(letter());
    expect(sent.response).toMatch(/^250 Ok 0100[0-9a-f-]+$/);
    const [message] = await inbox();
    expect(message).toMatchObject({ subject: 'Grüße', text: expect.stringContaining('Hällo\n.\nend') });
    expect(message?.verdicts.dkim).toMatchObject([{ result: 'pass', domain: 'live.test' }, { result: 'pass' }]);
    expect(message?.from.startsWith(sent.response.slice(7))).toBe(true);
    expect(ledger().at(-1)).toMatchObject({ caller: user.id, status: 250, effect: true, region: EAST });
  });

  it('takes configuration set and tenant from its headers, which do not travel', async () => {
    const set = `${HERE}:configuration-set/allowed`;
    const resources = [`${HERE}:identity/live.test`, set];
    await t.control('POST /aws/tenants', { region: EAST, name: 'ours', resources });
    const headers = { 'X-SES-CONFIGURATION-SET': 'allowed', 'X-SES-TENANT': 'ours' };
    await (await transport()).sendMail(letter({ headers }));
    const [message] = await inbox();
    expect(message?.raw).not.toMatch(/^x-ses-(configuration|tenant)/im);
    expect(ledger().at(-1)?.request).toMatchObject({ configurationSet: 'allowed', tenant: 'ours' });
  });

  it('is refused where the policy does not allow sender or configuration set', async () => {
    const relay = await transport();
    const denied = (resource: string) => ({
      responseCode: 554,
      response: `554 Access denied: User \`arn:aws:iam::111122223333:user/relay' is not authorized to perform \`ses:SendRawEmail' on resource \`${HERE}:${resource}'`,
    });
    await expect(relay.sendMail(letter({ from: 'me@other.test' }))).rejects.toMatchObject(
      denied('identity/other.test'),
    );
    // Neither does an envelope of ours make a foreign author ours, nor the other way round.
    const envelope = (from: string) => ({ envelope: { from, to: 'you@else.test' } });
    await expect(relay.sendMail(letter({ from: 'me@other.test', ...envelope('me@live.test') }))).rejects.toMatchObject(
      denied('identity/other.test'),
    );
    await expect(relay.sendMail(letter(envelope('me@other.test')))).rejects.toMatchObject(
      denied('identity/other.test'),
    );
    const headers = { 'X-SES-CONFIGURATION-SET': 'forbidden' };
    await expect(relay.sendMail(letter({ headers }))).rejects.toMatchObject(denied('configuration-set/forbidden'));
    expect(await inbox()).toEqual([]);
  });

  it('is refused by the rules of SES’s sandbox, of quotas and of content', async () => {
    const relay = await transport();
    const refused = (mail: object) =>
      relay.sendMail(letter(mail)).catch((error: { response?: string }) => error.response);
    await t.control('POST /aws/account', { region: EAST, productionAccess: false, maxSendRate: 1000 });
    expect(await refused({})).toBe(
      '554 Message rejected: Email address is not verified. The following identities failed the check in region US-EAST-1: you@else.test',
    );
    await t.control('POST /aws/account', { region: EAST, productionAccess: true, maxSendRate: 0 });
    expect(await refused({})).toBe('454 Throttling failure: Maximum sending rate exceeded.');
    await t.control('POST /aws/account', { region: EAST, maxSendRate: 1000 });
    const to = Array.from({ length: 51 }, (_, n) => `you${n}@else.test`);
    expect(await refused({ to })).toBe('554 Transaction failed: Recipient count exceeds 50.');
    expect(await refused({ envelope: { from: '', to: 'you@else.test' } })).toBe(
      '501 Invalid MAIL FROM address provided',
    );
  });

  it('meets faults', async () => {
    const relay = await transport();
    const fault = (kind: 'throttle' | 'error-before' | 'error-after' | 'drop') =>
      t.world.faults.add({ kind, system: 'ses', operation: 'SMTP', count: 1 });
    fault('throttle');
    await expect(relay.sendMail(letter())).rejects.toMatchObject({ responseCode: 454 });
    fault('error-before');
    await expect(relay.sendMail(letter())).rejects.toMatchObject({ response: '451 Temporary service failure' });
    expect(await inbox()).toHaveLength(0);
    fault('error-after');
    await expect(relay.sendMail(letter())).rejects.toMatchObject({ responseCode: 451 });
    fault('drop');
    await expect(relay.sendMail(letter())).rejects.toThrow();
    expect(await inbox()).toHaveLength(2);
  });
});

describe('the conversation', () => {
  /** Says lines one by one, each after the reply to the one before; the answer is all replies. */
  async function say(lines: readonly string[], tls = false): Promise<string[]> {
    const address = await open(EAST);
    const [host = '', port = ''] = (tls ? address.tls : address.starttls).split(':');
    const socket = tls
      ? connectTls({ host, port: Number(port), ca: certificate })
      : connectPlain({ host, port: Number(port) });
    const replies: string[] = [];
    const left = [...lines];
    await new Promise<void>((resolve, reject) => {
      let heard = '';
      socket.on('error', reject).on('close', () => resolve());
      socket.on('data', (chunk: Buffer) => {
        heard += chunk.toString();
        if (!/^\d{3}(?: .*)?\r\n$/m.test(heard.split('\r\n').slice(-2).join('\r\n'))) return;
        replies.push(heard.trimEnd());
        heard = '';
        const next = left.shift();
        if (next === undefined) socket.end();
        else socket.write(`${next}\r\n`);
      });
    });
    return replies;
  }

  it('offers AUTH and yet wants STARTTLS first', async () => {
    const [hello, ehlo, ...rest] = await say(['EHLO me', 'AUTH LOGIN', 'MAIL FROM:<me@live.test>', 'NOOP', 'QUIT']);
    expect(hello).toMatch(/^220 email-smtp\.amazonaws\.com ESMTP/);
    expect(ehlo?.split('\r\n')).toEqual([
      '250-email-smtp.amazonaws.com',
      '250-8BITMIME',
      '250-SIZE 41943040',
      '250-STARTTLS',
      '250-AUTH PLAIN LOGIN',
      '250 Ok',
    ]);
    const first = '530 Must issue a STARTTLS command first';
    expect(rest).toEqual([first, first, '250 Ok', '221 Bye']);
  });

  it('wants AUTH before a message, knows PLAIN and LOGIN, and the order of commands', async () => {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const password = smtpPasswordOf(user.secret, EAST);
    const rest = (
      await say(
        [
          'EHLO me',
          'MAIL FROM:<me@live.test>',
          'AUTH CRAM-MD5',
          `AUTH PLAIN ${base64(`\0${user.id}\0wrong`)}`,
          'AUTH LOGIN',
          base64(user.id),
          base64(password),
          'RCPT TO:<you@else.test>',
          'MAIL FROM:<me@live.test> SIZE=99999999',
          'MAIL FROM:<me@live.test>',
          'DATA',
          'QUIT',
        ],
        true,
      )
    ).slice(2);
    expect(rest).toEqual([
      '530 Authentication required',
      '504 Unrecognized authentication type',
      '535 Authentication Credentials Invalid',
      '334 VXNlcm5hbWU6',
      '334 UGFzc3dvcmQ6',
      '235 Authentication successful.',
      '503 Error: need MAIL command',
      '552 Message is too long.',
      '250 Ok',
      '503 Error: need RCPT command',
      '221 Bye',
    ]);
  });

  it('leaves no password in the ledger', () => {
    const told = JSON.stringify(t.world.ledger.read());
    expect(told).not.toContain(user.secret);
    expect(told).not.toContain(smtpPasswordOf(user.secret, EAST));
  });
});
