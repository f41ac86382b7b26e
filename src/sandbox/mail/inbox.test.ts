import nodemailer from 'nodemailer';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestAws, type TestAws } from '../aws/world.fixture.ts';
import type { Received } from './main.ts';
import { resolverOf } from './resolver.ts';

let t: TestAws;
beforeAll(async () => {
  t = await openTestAws();
});
afterAll(() => t.close());
beforeEach(() => t.control('DELETE /inbox'));

async function deliver(
  from: string,
  to: string[],
  more: { headerFrom?: string; dkim?: object } = {},
): Promise<Received | undefined> {
  const [host = '', port = ''] = (t.inbox.addresses.smtp ?? '').split(':');
  const transport = nodemailer.createTransport({ host, port: Number(port), name: 'client.test', ignoreTLS: true });
  await transport.sendMail({
    envelope: { from, to },
    from: more.headerFrom ?? from,
    to: to.join(', '),
    subject: 'hi',
    text: 'there',
    ...more.dkim,
  });
  transport.close();
  return ((await t.control('GET /inbox')) as Received[]).at(-1);
}

describe('the inbox', () => {
  it('takes mail for anybody, and finds it by recipient', async () => {
    await deliver('a@client.test', ['One@x.test', 'two@y.test']);
    await deliver('a@client.test', ['three@z.test']);
    const found = (await t.control('GET /inbox?to=one@X.test')) as Received[];
    expect(found).toMatchObject([{ from: 'a@client.test', to: ['One@x.test', 'two@y.test'], subject: 'hi' }]);
    expect(await t.control('GET /inbox?messageId=none')).toEqual([]);
    expect(await t.control(`GET /inbox?messageId=${found[0]?.id}`)).toHaveLength(1);
    expect(await t.control('DELETE /inbox')).toEqual({ removed: 2 });
    expect(t.world.ledger.read({ system: 'smtp' }).at(-1)).toMatchObject({
      operation: 'DATA',
      status: 250,
      caller: '127.0.0.1',
      request: { helo: 'client.test', to: ['three@z.test'] },
    });
  });

  it('swallows what goes to the mailbox simulator', async () => {
    expect(await deliver('a@client.test', ['success@simulator.amazonses.com'])).toBeUndefined();
    expect(await deliver('a@client.test', ['bounce+k@SIMULATOR.amazonses.com', 'x@y.test'])).toMatchObject({
      to: ['x@y.test'],
    });
  });

  it('refuses for now where a test says so, before or after it has kept the message', async () => {
    for (const [kind, kept] of [
      ['error-before', 0],
      ['error-after', 1],
    ] as const) {
      t.world.faults.add({ kind, system: 'smtp', operation: 'DATA', count: 1 });
      await expect(deliver('a@client.test', ['x@y.test'])).rejects.toMatchObject({ responseCode: 451 });
      expect(await t.control('GET /inbox')).toHaveLength(kept);
    }
  });

  it('judges SPF by envelope and address, as published', async () => {
    const spf = async (...records: string[]) => {
      t.internet.publish('spf.test', 'spf.test', 'TXT', records);
      return (await deliver('a@spf.test', ['x@y.test']))?.verdicts.spf.result;
    };
    expect((await deliver('a@nothing.test', ['x@y.test']))?.verdicts).toEqual({
      spf: { result: 'none', domain: 'nothing.test' },
      dkim: [],
      dmarc: { result: 'none', alignment: { spf: false, dkim: false } },
    });
    expect(await spf('v=spf1 ip4:127.0.0.1 -all')).toBe('pass');
    expect(await spf('v=spf1 include:amazonses.com -all')).toBe('pass');
    expect(await spf('v=spf1 ip4:192.0.2.1 -all')).toBe('fail');
    expect(await spf('v=spf1 ~all')).toBe('softfail');
    expect(await spf('v=spf1 ip4:127.0.0.1 -all', 'v=spf1 -all')).toBe('permerror');
    expect(await spf('v=spf1 mx -all')).toBe('fail');
    t.internet.forget('spf.test');
    t.internet.publish('spf.test', 'spf.test', 'MX', ['10 feedback-smtp.us-east-1.amazonses.com.']);
    expect(await spf('v=spf1 mx -all')).toBe('pass');
    t.internet.broken.set('spf.test', 'SERVFAIL');
    expect(await spf('v=spf1 -all')).toBe('temperror');
    t.internet.broken.clear();
  });

  it('judges DMARC by alignment', async () => {
    t.internet.publish('env.test', 'env.test', 'TXT', ['v=spf1 ip4:127.0.0.1 -all']);
    t.internet.publish('from.test', '_dmarc.from.test', 'TXT', ['v=DMARC1; p=quarantine']);
    t.internet.publish('env.test', '_dmarc.env.test', 'TXT', ['v=DMARC1; p=reject; aspf=s']);
    expect((await deliver('a@env.test', ['x@y.test'], { headerFrom: 'boss@from.test' }))?.verdicts.dmarc).toEqual({
      result: 'fail',
      policy: 'quarantine',
      alignment: { spf: false, dkim: false },
    });
    expect((await deliver('a@env.test', ['x@y.test']))?.verdicts.dmarc).toMatchObject({
      result: 'pass',
      policy: 'reject',
    });
    expect((await deliver('a@env.test', ['x@y.test'], { headerFrom: 'a@sub.env.test' }))?.verdicts.dmarc.result).toBe(
      'fail',
    );
  });
});

describe('the resolver', () => {
  it('has the codes of dns.promises', async () => {
    const resolve = resolverOf(t.internet);
    await expect(resolve('none.test', 'TXT')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolve('feedback-smtp.us-east-1.amazonses.com', 'TXT')).rejects.toMatchObject({ code: 'ENODATA' });
    t.internet.broken.set('broken.test', 'SERVFAIL');
    await expect(resolve('broken.test', 'A')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    expect(await resolve('amazonses.com', 'TXT')).toEqual([['v=spf1 ip4:127.0.0.0/8 -all']]);
    expect(await resolve('amazonses.com', 'MX')).toEqual([
      { exchange: 'feedback-smtp.us-east-1.amazonses.com', priority: 10 },
    ]);
  });
});
