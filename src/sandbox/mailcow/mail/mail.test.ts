import nodemailer from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestMailcow, type TestMailcow } from '../cow.fixture.ts';

const LOGIN = { user: 'post@a.test', pass: 'secret1' };
let t: TestMailcow;
beforeAll(async () => {
  t = await openTestMailcow();
  const mailboxes = [
    { address: LOGIN.user, password: LOGIN.pass },
    { address: 'other@a.test', password: 'secret2' },
  ];
  await t.control('POST /mailcow/domains', { domain: 'a.test', key_size: 1024, mailboxes });
  await t.control('POST /mailcow/aliases', { address: 'info@a.test', goto: 'post@a.test,other@a.test' });
  await t.control('POST /mailcow/aliases', { address: 'off@a.test', goto: 'post@a.test', active: 0 });
});
afterAll(() => t.close());
beforeEach(() => t.control('DELETE /mailcow/mail'));

interface Sent {
  readonly from?: string;
  readonly to: readonly string[];
  readonly raw?: string;
  readonly auth?: { readonly user: string; readonly pass: string };
  readonly localAddress?: string;
}

/** Sends by the mail host's door, or with a login by submission's; the answer is the server's last word. */
async function send({ from = 'x@client.test', to, raw, auth, localAddress }: Sent): Promise<string> {
  const [host = '', port = ''] = (t.mailcow.addresses[auth ? 'submission' : 'smtp'] ?? '').split(':');
  const options = { host, port: Number(port), name: 'mx.client.test', ...(auth ? { auth } : {}) };
  const transport = nodemailer.createTransport({ ...options, ...(localAddress ? { localAddress } : {}) });
  try {
    const message = raw ?? `From: ${from}\r\nTo: you@a.test\r\nSubject: hi\r\n\r\nthere\r\n`;
    return (await transport.sendMail({ envelope: { from, to: [...to] }, raw: message })).response;
  } catch (error) {
    return error instanceof Error && 'response' in error ? String(error.response) : String(error);
  } finally {
    transport.close();
  }
}

const mailOf = async (address: string) =>
  (await t.control<{ raw: string }[]>(`GET /mailcow/mailbox?address=${address}`)).map(({ raw }) => raw);
const counts = async () => [(await mailOf('post@a.test')).length, (await mailOf('other@a.test')).length];

describe('the door for other mail hosts', () => {
  it('takes mail for mailboxes and active aliases, and for nobody else', async () => {
    expect(await send({ to: ['Post+news@A.test'] })).toMatch(/^250/);
    expect(await send({ to: ['info@a.test', 'post@a.test'] })).toMatch(/^250/);
    expect(await counts()).toEqual([2, 1]);
    expect(await send({ to: ['nobody@a.test'] })).toBe(
      '550 5.1.1 <nobody@a.test>: Recipient address rejected: User unknown in virtual mailbox table',
    );
    expect(await send({ to: ['off@a.test'] })).toMatch(/^550 5\.1\.1/);
    expect(await send({ to: ['post@elsewhere.test'] })).toBe('554 5.7.1 <post@elsewhere.test>: Relay access denied');
  });

  it('takes nothing for what is switched off', async () => {
    await t.edit('mailbox', ['other@a.test'], { active: 0 });
    expect(await send({ to: ['other@a.test'] })).toMatch(/^550 5\.1\.1/);
    await t.edit('mailbox', ['other@a.test'], { active: 1 });
    await t.edit('domain', ['a.test'], { active: 0 });
    expect(await send({ to: ['post@a.test'] })).toMatch(/^554 5\.7\.1/);
    await t.edit('domain', ['a.test'], { active: 1 });
  });

  it('follows alias domains, catch-alls, sinks and circles', async () => {
    await t.add('alias-domain', { alias_domain: 'b.test', target_domain: 'a.test', active: 1 });
    expect(await send({ to: ['post@b.test', 'info@b.test'] })).toMatch(/^250/);
    expect(await counts()).toEqual([1, 1]);
    const [id] = (await t.add('alias', { address: '@a.test', goto: 'other@a.test', active: 1 })).map(
      (one) => one.split(' ')[3],
    );
    expect(await send({ to: ['anybody@a.test', 'anybody@b.test', 'off@a.test'] })).toMatch(/^250/);
    expect(await counts()).toEqual([1, 2]);
    await t.remove('alias', [id]);
    await t.add('alias', { address: 'null@a.test', goto_null: 1, active: 1 });
    expect(await send({ to: ['null@a.test'] })).toMatch(/^250/);
    expect(await counts()).toEqual([1, 2]);
    await t.add('alias', { address: 'c1@a.test', goto: 'c2@a.test', active: 1 });
    await t.add('alias', { address: 'c2@a.test', goto: 'c1@a.test', active: 1 });
    expect(await send({ to: ['c1@a.test'] })).toMatch(/^550/);
  });

  it('writes what it thinks of a message on top of it, and nobody else may', async () => {
    t.world.internet.publish('sender.test', 'sender.test', 'TXT', ['v=spf1 ip4:127.0.0.1 -all']);
    const forged =
      'Authentication-Results: mail.sandbox.test; spf=pass\r\nAuthentication-Results: mx.other.test; spf=fail\r\n';
    await send({ to: ['post@a.test'], from: 'x@sender.test', raw: `${forged}From: x@sender.test\r\n\r\nhi\r\n` });
    const [raw = ''] = await mailOf('post@a.test');
    expect(raw).toMatch(
      /^Return-Path: <x@sender\.test>\r\nDelivered-To: post@a\.test\r\nAuthentication-Results: mail\.sandbox\.test;/,
    );
    expect(raw.match(/Authentication-Results: mail\.sandbox\.test/g)).toHaveLength(1);
    expect(raw).toContain('Authentication-Results: mx.other.test; spf=fail');
    expect(raw).toMatch(/spf=pass [^;]*smtp\.mailfrom=sender\.test/);
    expect(raw).toContain(
      'Received: from mx.client.test (unknown [127.0.0.1])\r\n\tby mail.sandbox.test (Postcow) with ESMTP id',
    );
  });

  it('judges what a forwarding host hands over by where that had it from', async () => {
    t.world.internet.publish('far.test', 'far.test', 'TXT', ['v=spf1 ip4:192.0.2.7 -all']);
    const raw =
      'Received: from out.far.test (unknown [192.0.2.7])\r\n\tby relay.test (Postfix) with ESMTP id 1\r\nFrom: x@far.test\r\n\r\nhi\r\n';
    const hand = async () => {
      await send({ from: 'x@far.test', to: ['post@a.test'], raw, localAddress: '127.0.0.77' });
      return /spf=(\w+)/.exec((await mailOf('post@a.test')).at(-1) ?? '')?.[1];
    };
    expect(await hand()).toBe('fail');
    await t.add('fwdhost', { hostname: '127.0.0.77' });
    expect(await hand()).toBe('pass');
    await t.remove('fwdhost', ['127.0.0.77']);
    expect(await hand()).toBe('fail');
  });

  it('refuses what DMARC says to refuse where it is told so', async () => {
    t.world.internet.publish('strict.test', '_dmarc.strict.test', 'TXT', ['v=DMARC1; p=reject']);
    expect(await send({ from: 'x@strict.test', to: ['post@a.test'] })).toMatch(/^250/);
    await t.control('POST /mailcow/switches', { enforcesDmarc: true });
    expect(await send({ from: 'x@strict.test', to: ['post@a.test'] })).toBe('554 5.7.1 Rejected by DMARC policy');
    await t.control('POST /mailcow/switches', { enforcesDmarc: false });
    expect(await counts()).toEqual([1, 0]);
  });

  it('misbehaves on request, before or after it has kept a message', async () => {
    t.world.faults.add({ kind: 'error-before', system: 'mailcow', operation: 'smtp/DATA', count: 1 });
    expect(await send({ to: ['post@a.test'] })).toMatch(/^451/);
    expect(await counts()).toEqual([0, 0]);
    t.world.faults.add({ kind: 'error-after', system: 'mailcow', operation: 'smtp/DATA', count: 1 });
    expect(await send({ to: ['post@a.test'] })).toMatch(/^451/);
    expect(await counts()).toEqual([1, 0]);
  });
});

describe('the door for people with a mailbox', () => {
  it('asks for a login, an own sender, and a recipient that may be', async () => {
    expect(await send({ from: LOGIN.user, to: ['x@far.test'], auth: { ...LOGIN, pass: 'wrong' } })).toMatch(
      /^535 5\.7\.8/,
    );
    expect(await send({ from: 'other@a.test', to: ['x@far.test'], auth: LOGIN })).toBe(
      '553 5.7.1 <other@a.test>: Sender address rejected: not owned by user post@a.test',
    );
    expect(await send({ from: 'info@a.test', to: ['nobody@a.test'], auth: LOGIN })).toMatch(/^550 5\.1\.1/);
    await t.edit('mailbox', [LOGIN.user], { smtp_access: 0 });
    expect(await send({ from: LOGIN.user, to: ['other@a.test'], auth: LOGIN })).toMatch(/^535/);
    const app = {
      username: LOGIN.user,
      app_name: 'app',
      app_passwd: 'app-secret',
      app_passwd2: 'app-secret',
      active: 1,
    };
    await t.add('app-passwd', { ...app, protocols: ['smtp_access'] });
    expect(await send({ from: LOGIN.user, to: ['other@a.test'], auth: { ...LOGIN, pass: 'app-secret' } })).toMatch(
      /^250/,
    );
    await t.edit('mailbox', [LOGIN.user], { smtp_access: 1 });
    await t.control('DELETE /mailcow/bans');
  });

  it('brings local mail to its mailbox, signed', async () => {
    expect(await send({ from: 'info@a.test', to: ['other@a.test'], auth: LOGIN })).toMatch(/^250/);
    const [raw = ''] = await mailOf('other@a.test');
    expect(raw).toContain('auth=pass smtp.auth=post@a.test');
    expect(raw).toMatch(/DKIM-Signature:[\s\S]*d=a\.test/);
    expect(raw).toContain('with ESMTPA id');
  });

  it('sends straight to the world without a relayhost, with a signature that holds', async () => {
    const { dkim_txt, dkim_selector } = await t.get<Record<string, string>>('get/dkim/a.test');
    t.world.internet.publish('a.test', `${dkim_selector}._domainkey.a.test`, 'TXT', [dkim_txt ?? '']);
    t.world.internet.publish('a.test', 'a.test', 'TXT', ['v=spf1 a:mail.sandbox.test -all']);
    await send({ from: LOGIN.user, to: ['friend@far.test'], auth: LOGIN });
    const [received] = await t.control<object[]>('GET /inbox?to=friend@far.test');
    expect(received).toMatchObject({
      from: LOGIN.user,
      verdicts: { spf: { result: 'pass' }, dkim: [{ result: 'pass', domain: 'a.test', selector: 'dkim' }] },
    });
    expect(t.world.ledger.read().filter(({ operation }) => operation === 'delivery')).toMatchObject([
      { request: { via: 'direct', to: ['friend@far.test'] }, status: 250 },
    ]);
  });

  it('sends through the relayhost of the domain, with its login, and tells the sender what was refused', async () => {
    const seen: unknown[] = [];
    const relay = new SMTPServer({
      authMethods: ['PLAIN'],
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      closeTimeout: 100,
      onAuth: ({ username, password }, session, done) => {
        seen.push(username, password, session.remoteAddress);
        done(null, { user: username });
      },
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('bad') ? new Error('5.1.1 no such user') : null),
      onData(stream, _session, done) {
        stream.resume();
        stream.on('end', () => done());
      },
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    const address = relay.server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    t.world.internet.publish('relay.test', 'smtp.relay.test', 'A', ['127.0.0.1']);
    await t.add('relayhost', { hostname: `[smtp.relay.test]:${port}`, username: 'u', password: 'relay-secret' });
    await t.edit('domain', ['a.test'], { relayhost: 1 });
    expect(await send({ from: LOGIN.user, to: ['good@far.test', 'bad@far.test'], auth: LOGIN })).toMatch(/^250/);
    expect(seen).toEqual(['u', 'relay-secret', '127.0.1.1']);
    expect((await mailOf(LOGIN.user)).at(-1)).toMatch(/Undelivered[\s\S]*<bad@far\.test>: 550 5\.1\.1/);
    await new Promise<void>((resolve) => relay.close(() => resolve()));
    await t.control('DELETE /inbox');
    await send({ from: LOGIN.user, to: ['good@far.test'], auth: LOGIN });
    expect(await t.control('GET /inbox')).toEqual([]);
    expect(t.world.ledger.read().at(-2)).toMatchObject({ operation: 'delivery', status: 'failed', effect: false });
    await t.edit('domain', ['a.test'], { relayhost: 0 });
    expect(JSON.stringify(t.world.ledger.read())).not.toContain('relay-secret');
  });

  it('is shut for an address that fails too often, like all doors', async () => {
    for (let n = 1; n <= 10; n += 1)
      await send({
        from: LOGIN.user,
        to: ['x@far.test'],
        auth: { ...LOGIN, pass: 'wrong' },
        localAddress: '127.0.0.88',
      });
    expect(await t.control('GET /mailcow/bans')).toMatchObject([{ address: '127.0.0.88' }]);
    expect(await send({ to: ['post@a.test'], localAddress: '127.0.0.88' })).not.toMatch(/^\d/);
    expect(await send({ to: ['post@a.test'] })).toMatch(/^250/);
    await t.control('DELETE /mailcow/bans');
  });
});
