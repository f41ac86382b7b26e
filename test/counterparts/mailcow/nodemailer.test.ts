import nodemailer, { type SendMailOptions } from 'nodemailer';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';

const USER = { user: 'post@own.test', pass: 'secret1' };

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  const mailboxes = [
    { address: USER.user, password: USER.pass },
    { address: 'other@own.test', password: 'secret2' },
  ];
  const aliases = [
    { address: 'info@own.test', goto: 'post@own.test,other@own.test' },
    { address: 'off@own.test', goto: 'post@own.test', active: 0 },
  ];
  await stage.control('POST /control/mailcow/domains', { domain: 'own.test', key_size: 2048, mailboxes, aliases });
});
afterAll(() => stage.close());
beforeEach(() => stage.control('DELETE /control/mailcow/mail'));

async function send(message: SendMailOptions, options: { auth?: typeof USER; localAddress?: string } = {}) {
  const door = options.auth ? stage.env.MAILWRIGHT_SUBMISSION : `127.0.1.1:${stage.env.MAILWRIGHT_SMTP_PORT}`;
  const [host, port] = (door ?? '').split(':');
  const transport = nodemailer.createTransport({
    host: host ?? '',
    port: Number(port),
    name: 'client.test',
    ...options,
  });
  try {
    return await transport.sendMail({ from: 'a@client.test', subject: 'hi', text: 'there', ...message });
  } finally {
    transport.close();
  }
}
const mailOf = async (address: string) =>
  ((await stage.control(`GET /control/mailcow/mailbox?address=${address}`)) as { raw: string }[]).map(({ raw }) => raw);

it('has a name in DNS, at an address that no other mail host has', async () => {
  expect(await stage.resolver.resolve4('mail.sandbox.test')).toEqual(['127.0.1.1']);
  await send({ to: 'x@anywhere.test' }).catch(() => {});
  expect(await stage.control('GET /control/inbox')).toEqual([]);
});

it('takes mail for its own, and refuses others by the codes of Postfix', async () => {
  const { accepted, rejected, rejectedErrors } = await send({
    to: ['post+x@own.test', 'info@own.test', 'off@own.test', 'nobody@own.test', 'x@elsewhere.test'],
  });
  expect(accepted).toEqual(['post+x@own.test', 'info@own.test']);
  expect(rejected).toHaveLength(3);
  expect(rejectedErrors?.map(({ response }) => response)).toEqual([
    '550 5.1.1 <off@own.test>: Recipient address rejected: User unknown in virtual mailbox table',
    '550 5.1.1 <nobody@own.test>: Recipient address rejected: User unknown in virtual mailbox table',
    '554 5.7.1 <x@elsewhere.test>: Relay access denied',
  ]);
  expect([await mailOf('post@own.test'), await mailOf('other@own.test')].map(({ length }) => length)).toEqual([1, 1]);
});

it('judges a forwarding host’s mail by where that has it from', async () => {
  await stage.control('POST /control/dns/records', {
    zone: 'far.test',
    name: 'far.test',
    type: 'TXT',
    values: ['v=spf1 ip4:192.0.2.7 -all'],
  });
  const headers = [
    { key: 'Received', value: 'from out.far.test (out.far.test [192.0.2.7]) by relay.test (Postfix) with ESMTPS id 1' },
  ];
  const hand = async () => {
    await send({ from: 'a@far.test', to: USER.user, headers }, { localAddress: '127.0.0.50' });
    return /spf=\w+/.exec((await mailOf(USER.user)).at(-1) ?? '')?.[0];
  };
  expect(await hand()).toBe('spf=fail');
  const body = JSON.stringify({ hostname: '127.0.0.50', filter_spam: '1' });
  const init = {
    method: 'POST',
    headers: { 'x-api-key': stage.env.MAILCOW_API_KEY ?? '', 'content-type': 'application/json' },
    body,
  };
  expect((await fetch(`${stage.env.MAILCOW_URL}/api/v1/add/fwdhost`, init)).status).toBe(200);
  expect(await hand()).toBe('spf=pass');
});

it('submits after a login, as oneself, signed by the domain, straight to the world', async () => {
  await expect(send({ from: USER.user, to: 'f@far.test' }, { auth: { ...USER, pass: 'wrong' } })).rejects.toMatchObject(
    {
      responseCode: 535,
    },
  );
  await expect(send({ from: 'other@own.test', to: 'f@far.test' }, { auth: USER })).rejects.toMatchObject({
    responseCode: 553,
  });
  const api = { headers: { 'x-api-key': stage.env.MAILCOW_API_KEY ?? '' } };
  const dkim = (await (await fetch(`${stage.env.MAILCOW_URL}/api/v1/get/dkim/own.test`, api)).json()) as {
    dkim_txt: string;
  };
  const publish = (name: string, value: string) =>
    stage.control('POST /control/dns/records', { zone: 'own.test', name, type: 'TXT', values: [value] });
  await publish('dkim._domainkey.own.test', dkim.dkim_txt);
  await publish('own.test', 'v=spf1 a:mail.sandbox.test -all');
  await publish('_dmarc.own.test', 'v=DMARC1; p=reject');
  await send({ from: '"Info" <info@own.test>', to: ['f@far.test', 'other@own.test'] }, { auth: USER });
  expect(await stage.control('GET /control/inbox?to=f@far.test')).toMatchObject([
    {
      verdicts: { spf: { result: 'pass' }, dkim: [{ result: 'pass', domain: 'own.test' }], dmarc: { result: 'pass' } },
    },
  ]);
  expect((await mailOf('other@own.test'))[0]).toContain('auth=pass smtp.auth=post@own.test');
});
