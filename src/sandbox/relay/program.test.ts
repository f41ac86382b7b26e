import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sumOf } from './program/show.ts';
import { type Access, editOf, openTestRelays, sectionsOf, type TestRelays } from './relays.fixture.ts';

let t: TestRelays;
let n = 0;
beforeAll(async () => {
  t = await openTestRelays();
});
afterAll(() => t.close());

const fresh = (more: object = {}): Promise<Access> => {
  n += 1;
  return t.make({ host: `mx${n}.sandbox.test`, domains: { 'other.test': '127.0.0.1' }, ...more });
};
const failed = (stdout: string) =>
  Object.entries(sectionsOf(stdout))
    .find(([head]) => head.startsWith('@failed '))
    ?.join(': ') ?? stdout;

describe('the helper program, show', () => {
  it('tells of parameters, services, tables, indexes and what was asked for', async () => {
    const relay = await fresh();
    const { code, stdout } = await t.show(relay, 'other.test\nunknown.test\n$(id)\n');
    const sections = sectionsOf(stdout);
    expect(code).toBe(0);
    expect(Object.keys(sections)[0]).toBe('@mailwright-relay 2');
    expect(Object.keys(sections).at(-1)).toBe('@end');
    expect(sections['@postconf']).toContain(`mydestination = ${relay.host}, localhost\n`);
    expect(sections['@services']).toMatch(/^relay\s+unix\s/m);
    expect(sections).toHaveProperty('@status running');
    const text = 'other.test\tsmtp:[127.0.0.1]\n';
    expect(sections[`@source transport_maps hash /etc/postfix/transport ${sumOf(text)}`]).toBe(text);
    expect(sections['@index transport_maps hash /etc/postfix/transport']).toBe(text.trim());
    expect(sections['@found relay_domains hash:/etc/postfix/relay_domains']).toBe('other.test\tOK');
  });

  it('tells of a missing index, a missing file, and a list in main.cf', async () => {
    const relay = await fresh({
      main: { relay_domains: '$mydestination, listed.test', transport_maps: 'hash:/etc/postfix/elsewhere' },
    });
    await t.control('POST /relays/edit', { host: relay.host, table: 'relay_recipients', removeIndex: true });
    const sections = sectionsOf((await t.show(relay)).stdout);
    expect(sections['@noindex relay_recipient_maps hash /etc/postfix/relay_recipients']).toContain(
      'postmap: fatal: open database /etc/postfix/relay_recipients.db: No such file or directory',
    );
    expect(sections).toHaveProperty('@missing transport_maps hash /etc/postfix/elsewhere');
    expect(sections['@raw']).toContain('relay_domains = $mydestination, listed.test\n');
    expect(sections['@postconf']).toContain(`relay_domains = ${relay.host}, localhost, listed.test\n`);
  });
});

describe('the helper program, put', () => {
  it('makes all edits, in order, and reloads once', async () => {
    const relay = await fresh();
    const { tables } = await t.look(relay.host);
    const input = [
      editOf(tables.relay_recipients, `${tables.relay_recipients.text}@new.test OK\n`),
      editOf(tables.transport, `${tables.transport.text}new.test smtp:[127.0.0.1]\n`),
      editOf(tables.relay_domains, `${tables.relay_domains.text}new.test OK\n`),
    ];
    expect(await t.send(relay, 'a@new.test')).toContain('554 5.7.1 <a@new.test>: Relay access denied');
    expect(await t.put(relay, `${input.join('')}@end\n`)).toMatchObject({ code: 0, stdout: '@done yes\n' });
    expect(await t.send(relay, 'a@new.test')).toMatch(/^250 2\.0\.0 Ok: queued as/);
    expect(await t.look(relay.host)).toMatchObject({ puts: 1, reloads: 1 });
  });

  it('makes none of them where a table is not as it was read', async () => {
    const relay = await fresh();
    const { tables } = await t.look(relay.host);
    const input = `${editOf(tables.transport, 'x.test smtp:[127.0.0.1]\n')}${editOf(tables.relay_domains, 'x.test OK\n')}@end\n`;
    await t.control('POST /relays/edit', { host: relay.host, table: 'relay_domains', text: 'theirs.test OK\n' });
    const ran = await t.put(relay, input);
    expect([ran.code, failed(ran.stdout)]).toEqual([1, '@failed stale: /etc/postfix/relay_domains']);
    expect((await t.look(relay.host)).tables.transport.text).toBe(tables.transport.text);
  });

  it.each([
    ['a.test smtp:[x]\na.test smtp:[y]\n', /^@failed postmap: .*\.db: duplicate entry: "a\.test"$/],
    ['a.test\n', /^@failed postmap: .*, line 1: expected format: key whitespace value$/],
    ['a.test: smtp:[x]\n', /^@failed postmap: .*record is in "key: value" format; is this an alias file\?$/],
    ['a.test smtp:[x]\u0007\n', /^@failed content: 1 control characters in the new text for transport_maps$/],
  ])('refuses %j', async (text, says) => {
    const relay = await fresh();
    const { tables } = await t.look(relay.host);
    expect(failed((await t.put(relay, `${editOf(tables.transport, text)}@end\n`)).stdout)).toMatch(says);
    expect(await t.look(relay.host)).toMatchObject({ reloads: 0, tables });
  });

  it('refuses what is cut off, odd, or not for it', async () => {
    const relay = await fresh();
    const { tables } = await t.look(relay.host);
    const says = async (input: string) => failed((await t.put(relay, input)).stdout);
    expect(await says(editOf(tables.transport, ''))).toMatch(/^@failed cut: /);
    expect(await says(`${editOf(tables.transport, '')}@end`)).toMatch(/^@failed cut: /);
    expect(await says('@end\n')).toBe('@failed usage: no edits');
    expect(await says('@run id\n@end\n')).toBe('@failed usage: unknown line @run id');
    expect(await says(`@edit mynetworks hash /etc/postfix/transport 0\n\n@end\n`)).toBe(
      '@failed usage: mynetworks is not for this program',
    );
    const odd = { ...tables.transport, path: '/etc/shadow' };
    expect(await says(`${editOf(odd, '')}@end\n`)).toBe('@failed usage: transport_maps does not use hash:/etc/shadow');
  });

  it('edits a list in main.cf', async () => {
    const relay = await fresh({ main: { relay_domains: 'a.test' } });
    const inline = (before: string, after: string) =>
      `@inline relay_domains ${sumOf(`${before}\n`)}\n${Buffer.from(after).toString('base64')}\n@end\n`;
    expect(failed((await t.put(relay, inline('b.test', 'c.test'))).stdout)).toBe(
      '@failed stale: relay_domains in /etc/postfix/main.cf',
    );
    expect((await t.put(relay, inline('a.test', 'a.test, new.test'))).stdout).toBe('@done yes\n');
    expect((await t.look(relay.host)).main.relay_domains).toBe('a.test, new.test');
  });

  it('writes nothing on a full disk, and does not start a Postfix that is stopped', async () => {
    const relay = await fresh();
    const { tables } = await t.look(relay.host);
    const input = `${editOf(tables.transport, '# empty\n')}@end\n`;
    await t.control('POST /relays/switch', { host: relay.host, diskFull: true, stopped: true });
    expect(failed((await t.put(relay, input)).stdout)).toMatch(/^@failed write: .*No space left on device$/);
    await t.control('POST /relays/switch', { host: relay.host, diskFull: false });
    expect(await t.put(relay, input)).toMatchObject({ code: 0, stdout: '@done no\n' });
    expect(sectionsOf((await t.show(relay)).stdout)).toHaveProperty('@status stopped');
  });
});

describe('the helper program, mail that leaves by SES', () => {
  const packed = (text: string) => `${Buffer.from(text).toString('base64')}\n`;
  const TABLE = '[email-smtp.test]:587 AKIAONE:secret-word\n';
  const adding = `@ses ses-ours-1a ours ours\n${packed(TABLE)}@senders none\n${packed('@a.test\tses-ours-1a:[email-smtp.test]:587\n')}@end\n`;
  const own = '/etc/postfix/mailwright-senders';

  it('makes a transport and its table of senders, tells of the passwords by their sum alone, and takes both away', async () => {
    const relay = await fresh();
    const before = sectionsOf((await t.show(relay)).stdout);
    expect(await t.put(relay, adding)).toMatchObject({ code: 0, stdout: '@done yes\n' });
    const { stdout } = await t.show(relay);
    const sections = sectionsOf(stdout);
    expect(sections[`@ses ses-ours-1a whole ${sumOf(TABLE)}`]).toBe(
      '/^X-SES-/ IGNORE\n/^From:/ PREPEND X-SES-TENANT: ours\n/^Date:/ PREPEND X-SES-CONFIGURATION-SET: ours\n',
    );
    expect(sections['@raw']).toContain(`sender_dependent_default_transport_maps = texthash:${own}\n`);
    expect(sections['@services']).toMatch(/^ses-ours-1a +unix /m);
    const ledger = JSON.stringify(t.world.ledger.read({ system: 'relay' }));
    for (const told of [...Object.values(sections), ledger]) expect(told).not.toContain('secret-word');

    const sum = sumOf('@a.test\tses-ours-1a:[email-smtp.test]:587\n');
    const away = '@ses ses-ours-1a - -\n\n';
    expect(failed((await t.put(relay, `${away}@senders ${sum}\n\n@end\n`)).stdout)).toBe(
      '@failed swap: senders still leave by ses-ours-1a',
    );
    expect(sectionsOf((await t.show(relay)).stdout)).toEqual(sections);
    expect((await t.put(relay, `@senders ${sum}\n\n${away}@end\n`)).stdout).toBe('@done yes\n');
    expect(sectionsOf((await t.show(relay)).stdout)).toEqual(before);
  });

  it.each([
    [`@ses smtp ours -\n${packed(TABLE)}`, '@failed usage: smtp is not for this program'],
    [`@ses ses-A ours -\n${packed(TABLE)}`, '@failed usage: ses-A is no name for a transport'],
    [`@ses ses-a $(id) -\n${packed(TABLE)}`, "@failed usage: '$(id)' names no tenant or configuration set"],
    [`@ses ses-a ours -\n${packed(`${TABLE}other\n`)}`, '@failed content: a line that is no password of a host'],
    [`@senders 00\n${packed('@a.test x:\n')}`, `@failed stale: ${own}`],
  ])('refuses %j', async (edit, says) => {
    const relay = await fresh();
    expect(failed((await t.put(relay, `${edit}@end\n`)).stdout)).toBe(says);
  });
});

describe('over SSH', () => {
  it('no other command is there, and nobody else comes in', async () => {
    const relay = await fresh();
    for (const command of ['id', 'sudo -n id', 'sudo -n /usr/local/sbin/mailwright-relay show; id', 'sh -c true'])
      expect(await t.run(relay, command)).toMatchObject({ code: 127, stdout: '' });
    await expect(t.run({ ...relay, user: 'root' }, 'id')).rejects.toThrow(/authentication methods failed/);
    expect(failed((await t.run(relay, 'sudo -n /usr/local/sbin/mailwright-relay show /etc')).stdout)).toBe(
      '@failed directory: there is no /etc',
    );
  });

  it('sudo refuses, and the host is down, where a switch says so', async () => {
    const relay = await fresh();
    await t.control('POST /relays/switch', { host: relay.host, sudo: 'refused' });
    expect(await t.show(relay)).toMatchObject({ code: 1, stderr: 'sudo: a password is required\n' });
    await t.control('POST /relays/switch', { host: relay.host, sudo: 'allowed', sshDown: true });
    await expect(t.show(relay)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await t.control('POST /relays/switch', { host: relay.host, sshDown: false });
    expect(await t.show(relay)).toMatchObject({ code: 0 });
  });

  it('is cut before or after the edit, or in the middle of an answer, where a fault says so', async () => {
    const relay = await fresh();
    const fault = (kind: string, operation: string, more: object = {}) =>
      t.world.faults.add({ kind, system: 'relay', operation, count: 1, ...more } as never);
    const text = async () => (await t.look(relay.host)).tables.transport.text;
    const input = `${editOf((await t.look(relay.host)).tables.transport, '# mine\n')}@end\n`;
    fault('error-before', 'put');
    expect(await t.put(relay, input)).toEqual({ stdout: '', stderr: '' });
    expect(await text()).not.toBe('# mine\n');
    fault('error-after', 'put');
    expect(await t.put(relay, input)).toEqual({ stdout: '', stderr: '' });
    expect(await text()).toBe('# mine\n');
    fault('drop', 'show', { bytes: 30 });
    expect(await t.show(relay)).toEqual({ stdout: '@mailwright-relay 2\n@postconf\n', stderr: '' });
    fault('slow', 'show', { ms: 50 });
    expect(await t.show(relay)).toMatchObject({ code: 0 });
    const rows = t.world.ledger
      .read({ system: 'relay' })
      .filter(({ request }) => (request as Access).host === relay.host);
    expect(rows.map(({ operation, effect }) => `${operation} ${effect}`)).toEqual([
      'put false',
      'put true',
      'show false',
      'show false',
    ]);
  });
});
