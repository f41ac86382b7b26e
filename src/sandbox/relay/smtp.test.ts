import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Received } from '../mail/main.ts';
import { type Access, openTestRelays, type TestRelays, until } from './relays.fixture.ts';

let t: TestRelays;
let n = 0;
beforeAll(async () => {
  t = await openTestRelays();
  await t.control('POST /mailcow/domains', {
    domain: 'cow.test',
    mailboxes: [{ address: 'info@cow.test', password: 'moo-moo-1' }],
  });
});
afterAll(() => t.close());
beforeEach(() => t.control('DELETE /inbox'));

const fresh = (more: object = {}): Promise<Access> => {
  n += 1;
  return t.make({ host: `smtp${n}.sandbox.test`, ...more });
};
const edit = ({ host }: Access, table: string, more: object) =>
  t.control('POST /relays/edit', { host, table, ...more });
const inbox = (to: string) =>
  until(
    () => t.control<Received[]>(`GET /inbox?to=${to}`),
    (found) => found.length > 0,
  ).then(([first]) => first as Received);

describe('whom a relay takes mail for', () => {
  it('is said by its three tables', async () => {
    const relay = await fresh({ domains: { 'cow.test': 'mail.sandbox.test' }, recipients: ['info@cow.test'] });
    expect(await t.send(relay, 'Info@Cow.test')).toMatch(/^250/);
    expect(await t.send(relay, 'x@cow.test')).toContain(
      '550 5.1.1 <x@cow.test>: Recipient address rejected: User unknown in relay recipient table',
    );
    expect(await t.send(relay, 'x@elsewhere.test')).toContain('554 5.7.1 <x@elsewhere.test>: Relay access denied');
    expect(await t.send(relay, `x@${relay.host}`)).toContain('User unknown in local recipient table');
  });

  it('changes by hand with postmap after a while, for known addresses with the reload alone', async () => {
    const relay = await fresh({ domains: { 'one.test': '127.0.0.1' } });
    expect(await t.send(relay, 'a@two.test')).toContain('Relay access denied');
    await edit(relay, 'relay_recipients', { text: '@one.test OK\n@two.test OK\n', postmap: true });
    await edit(relay, 'transport', { text: '* smtp:[127.0.0.1]\n', postmap: true });
    await edit(relay, 'relay_domains', { text: 'one.test OK\ntwo.test OK\n' });
    t.world.clock.advance(30);
    expect(await t.send(relay, 'b@two.test')).toContain('Relay access denied');
    await edit(relay, 'relay_domains', { postmap: true });
    expect(await t.send(relay, 'c@two.test')).toContain('Relay access denied');
    t.world.clock.advance(10);
    expect(await t.send(relay, 'd@two.test')).toMatch(/^250/);
    expect(await t.send(relay, 'a@two.test')).toContain('Relay access denied');
    await edit(relay, 'relay_domains', { reload: true });
    expect(await t.send(relay, 'a@two.test')).toMatch(/^250/);
  });

  it('is nobody while an index is missing', async () => {
    const relay = await fresh({ domains: { 'one.test': '127.0.0.1', 'two.test': '127.0.0.1' } });
    await edit(relay, 'transport', { removeIndex: true, reload: true });
    for (const to of ['a@one.test', 'a@two.test', 'a@three.test'])
      expect(await t.send(relay, to)).toContain(`451 4.3.0 <${to}>: Temporary lookup failure`);
    expect(await edit(relay, 'transport', { postmap: true, reload: true })).toEqual({ said: [] });
    expect(await t.send(relay, 'a@two.test')).toMatch(/^250/);
  });

  it('postmap warns and leaves out, as the real one does', async () => {
    const relay = await fresh({ domains: { 'one.test': '127.0.0.1' } });
    const said = await edit(relay, 'relay_domains', { text: 'one.test OK\none.test NO\ntwo.test\n', postmap: true });
    expect(said).toEqual({
      said: [
        'postmap: warning: /etc/postfix/relay_domains.db: duplicate entry: "one.test"',
        'postmap: warning: /etc/postfix/relay_domains, line 3: expected format: key whitespace value',
      ],
    });
    expect((await t.look(relay.host)).tables.relay_domains.index).toEqual({ 'one.test': 'OK' });
  });
});

describe('where its mail goes', () => {
  it('is the next hop at once, with a trace on top', async () => {
    const relay = await fresh({ domains: { 'cow.test': 'mail.sandbox.test' } });
    await t.control('DELETE /mailcow/mail');
    expect(await t.send(relay, 'info@cow.test')).toMatch(/^250/);
    const [mail] = await until(
      () => t.control<{ raw: string }[]>('GET /mailcow/mailbox?address=info@cow.test'),
      (found) => found.length > 0,
    );
    expect(mail?.raw).toMatch(
      new RegExp(
        `Received: from ${relay.host} \\(unknown \\[${relay.address}\\]\\)[^]*Received: from client.test \\(unknown \\[127\\.0\\.0\\.1\\]\\)\\r\\n\\tby ${relay.host} \\(Postfix\\) with ESMTP id [0-9A-F]{10}\\r\\n\\tfor <info@cow.test>;`,
      ),
    );
  });

  it('is a bounce where the next hop refuses, in the words that it used', async () => {
    const relay = await fresh({ domains: { 'cow.test': 'mail.sandbox.test' } });
    expect(await t.send(relay, ['nobody@cow.test', 'info@cow.test'], { from: 'me@sender.test' })).toMatch(/^250/);
    const bounce = await inbox('me@sender.test');
    expect(bounce).toMatchObject({ from: '', subject: 'Undelivered Mail Returned to Sender' });
    expect(bounce.text).toContain('<nobody@cow.test>: 550 5.1.1');
    expect(bounce.text).not.toContain('<info@cow.test>:');
  });

  it('never is itself', async () => {
    const relay = await fresh({ domains: { 'loop.test': 'x' }, address: '127.0.2.77' });
    t.world.internet.publish('loop.test', 'loop.test', 'MX', [`10 ${relay.host}.`]);
    for (const [way, named] of [
      ['smtp:[127.0.2.77]', '[127.0.2.77]'],
      ['smtp:loop.test', 'loop.test'],
      ['smtp:', 'loop.test'],
    ]) {
      await t.control('DELETE /inbox');
      await edit(relay, 'transport', { text: `loop.test ${way}\n`, postmap: true, reload: true });
      expect(await t.send(relay, 'a@loop.test', { from: 'me@sender.test' })).toMatch(/^250/);
      expect((await inbox('me@sender.test')).text).toContain(`mail for ${named} loops back to myself`);
    }
  });

  it('waits in the queue while nobody answers there, and goes on by itself', async () => {
    const relay = await fresh({ domains: { 'one.test': '127.0.0.1:1' } });
    expect(await t.send(relay, 'late@one.test')).toMatch(/^250/);
    await until(
      () => t.look(relay.host),
      ({ queue }) => queue.length === 1,
    );
    await edit(relay, 'transport', { text: 'one.test nowhere:[127.0.0.1]\n', postmap: true, reload: true });
    await until(
      () => t.look(relay.host),
      ({ queue }) => queue[0]?.reason.includes('mail transport unavailable') === true,
    );
    await edit(relay, 'transport', { text: 'one.test smtp:[127.0.0.1]:25\n', postmap: true, reload: true });
    expect(await inbox('late@one.test')).toMatchObject({ from: 'a@outside.test' });
    expect((await t.look(relay.host)).queue).toEqual([]);
  });

  it('ends where a message has been through too many hands', async () => {
    const relay = await fresh({ domains: { 'one.test': '127.0.0.1' } });
    const headers = { Received: Array.from({ length: 51 }, (_, hop) => `from a${hop} by b; now`) };
    expect(await t.send(relay, 'a@one.test', { headers })).toContain('554 5.4.0 Error: too many hops');
  });
});

describe('a relay that misbehaves', () => {
  it('is stopped: nobody listens; what it was given waits', async () => {
    const relay = await fresh({ domains: { 'one.test': '127.0.0.1' } });
    await t.control('POST /relays/switch', { host: relay.host, stopped: true });
    expect(await t.send(relay, 'a@one.test')).toContain('ECONNREFUSED');
    await t.control('POST /relays/switch', { host: relay.host, stopped: false });
    expect(await t.send(relay, 'a@one.test')).toMatch(/^250/);
  });

  it('refuses for now, cuts, or forgets that it took a message, where a fault says so', async () => {
    const relay = await fresh({ domains: { 'one.test': '127.0.0.1' } });
    const fault = (kind: string, operation: string) =>
      t.world.faults.add({ kind, system: 'relay', operation, count: 1 } as never);
    fault('error-before', 'RCPT');
    expect(await t.send(relay, 'a@one.test')).toContain('451 4.3.0');
    fault('drop', 'RCPT');
    expect(await t.send(relay, 'a@one.test')).toMatch(/closed|ECONNRESET|EPIPE/i);
    fault('error-before', 'DATA');
    expect(await t.send(relay, 'b@one.test')).toContain('451 4.3.0');
    fault('error-after', 'DATA');
    expect(await t.send(relay, 'c@one.test')).toContain('451 4.3.0');
    expect(await inbox('c@one.test')).toBeDefined();
    expect(await t.control('GET /inbox?to=b@one.test')).toEqual([]);
  });

  it('relays for the whole world where its restrictions are gone', async () => {
    const relay = await fresh({ domains: { 'one.test': '127.0.0.1' }, main: { smtpd_relay_restrictions: '' } });
    expect(await t.send(relay, 'spam@anywhere.test')).toMatch(/^250/);
    expect(await inbox('spam@anywhere.test')).toBeDefined();
  });
});

describe('a host of the sandbox', () => {
  it('is published, and gone when it is taken away', async () => {
    const relay = await fresh();
    const ask = async () => (await t.world.internet.lookup(relay.host, 'A')).records.map(({ value }) => value);
    expect(await ask()).toEqual([relay.address]);
    await expect(t.make({ host: relay.host })).rejects.toThrow(`there is a relay ${relay.host}`);
    expect(await t.control(`DELETE /relays?host=${relay.host}`)).toEqual({ removed: true });
    t.world.internet.forget(relay.host);
    expect(await ask()).toEqual([]);
  });
});
