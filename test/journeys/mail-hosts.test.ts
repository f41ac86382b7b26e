import { rmSync } from 'node:fs';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerRow, openStage, type Stage } from './stage.ts';

/** The sandbox's Mailcow. */
const MAILCOW_ADDRESS = '127.0.1.1';
const RELAYS = ['mx1', 'mx2'] as const;

interface Relay {
  readonly host: string;
  readonly address: string;
  readonly hostKey: string;
  readonly puts: number;
  readonly reloads: number;
  readonly tables: Readonly<Record<string, { text: string; index: Readonly<Record<string, string>> | null }>>;
}
interface Letter {
  readonly folder: string;
  readonly raw: string;
}

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  for (const region of ['us-east-1', 'us-west-2'])
    await stage.control('POST /control/aws/account', { region, productionAccess: true });
});
afterAll(() => stage.close());

/** Two relays that take harbour.test, a mail host, and a live zone; every test has hosts of its own, because a relay remembers. */
async function estate(name: string): Promise<{ domain: string; profile: string; hosts: readonly string[] }> {
  const domain = `${name}.test`;
  const mailHost = `post.${domain}`;
  const hosts = RELAYS.map((one) => `${one}.${domain}`);
  const records: object[] = [{ name: mailHost, type: 'A', content: MAILCOW_ADDRESS, ttl: 300 }];
  for (const host of hosts) {
    const { address } = (await stage.control('POST /control/relays', {
      host,
      domains: { 'harbour.test': mailHost },
      files: { relay_domains: '# by hand, since 2011\n' },
    })) as Relay;
    records.push({ name: host, type: 'A', content: address, ttl: 300 });
  }
  await stage.zone(domain, records);
  const profile = stage.profile(
    [
      'ses: { regions: [us-east-1, us-west-2], tenant: acme, configurationSet: acme }',
      `mx: [${hosts.map((host, index) => `'${host}:${10 + 10 * index}'`).join(', ')}]`,
      `mailHost: ${mailHost}`,
      `relays: [${hosts.map((host) => `{ host: ${host}, ssh: { privilege: helper } }`).join(', ')}]`,
      'mailcow: { mailboxes: [keeper@], aliases: { postmaster: keeper, dmarc: keeper }, forwardingHosts: true }',
      'ttl: 60',
    ].join('\n'),
  );
  return { domain, profile, hosts };
}

const relay = async (host: string): Promise<Relay> => {
  const found = ((await stage.control('GET /control/relays')) as Relay[]).find((one) => one.host === host);
  if (!found) throw new Error(`no relay ${host}`);
  return found;
};
const textsOf = async (host: string) => JSON.stringify((await relay(host)).tables);
const inboundMx = async (domain: string) =>
  (await stage.zoneRecords(domain)).filter((one) => one.type === 'MX' && one.name === domain).map((one) => one.content);
const letters = async (address: string) =>
  (await stage.control(`GET /control/mailcow/mailbox?address=${address}`)) as Letter[];
/** Forgets when MX records went, as if their TTL had passed. */
const expire = () => rmSync(join(stage.state, 'facts.json'), { force: true });
/** A letter of the outside world, by the relays. */
async function post(domain: string) {
  const { address } = await relay(`mx1.${domain}`);
  const transport = nodemailer.createTransport({
    host: address,
    port: Number(stage.env.MAILWRIGHT_SMTP_PORT),
    ignoreTLS: true,
  });
  await transport.sendMail({ from: 'friend@elsewhere.example', to: `keeper@${domain}`, text: 'Dear keeper' });
}
const took = (rows: readonly LedgerRow[]) => rows.filter((row) => row.effect);
const up = (domain: string, profile: string, ...more: string[]) =>
  stage.run(['up', domain, '--profile', profile, '--yes', '--json', ...more]);

describe('a whole estate', () => {
  const name = 'whole';
  let profile = '';
  let before = '';
  const domain = `${name}.test`;

  it('comes to life from its zone to its first mailbox, and messages travel through every host of it', async () => {
    const made = await estate(name);
    profile = made.profile;
    before = await textsOf('mx1.whole.test');
    const run = await up(domain, profile, '--wait=60s', '--prove=you@inbox.test');
    expect(run.report.errors).toEqual([]);
    expect(run.exit).toBe(0);
    expect((await inboundMx(domain)).toSorted()).toEqual(['mx1.whole.test', 'mx2.whole.test']);
    expect(run.report.proofs?.map(({ through, direction }) => `${direction} ${through}`).toSorted()).toEqual([
      'in SES us-east-1',
      'in SES us-west-2',
      'in mx1.whole.test',
      'in mx2.whole.test',
      `out keeper@${domain}`,
    ]);
    expect(run.report.proofs?.every(({ error, seconds }) => !error && seconds !== undefined)).toBe(true);
    const { tables } = await relay('mx1.whole.test');
    expect(tables.relay_domains?.text).toContain('# by hand, since 2011\n');
    expect(Object.keys(tables.relay_recipients?.index ?? {})).toEqual(
      expect.arrayContaining(['@harbour.test', `keeper@${domain}`, `postmaster@${domain}`, `dmarc@${domain}`]),
    );
  });

  it('is left alone by the second run: nothing is written, no table edited, no Postfix reloaded', async () => {
    const since = await stage.mark();
    const [east] = [await relay('mx1.whole.test')];
    const again = await up(domain, profile);
    expect(again.exit).toBe(0);
    expect(again.report.operations).toEqual([]);
    expect(took(await stage.ledger(undefined, since))).toEqual([]);
    expect(await relay('mx1.whole.test')).toMatchObject({ puts: east?.puts, reloads: east?.reloads });
  });

  it('is seen by check, inspect and doctor', async () => {
    const check = await stage.run(['check', domain, '--profile', profile, '--json']);
    expect(check.exit).toBe(0);
    const ids = new Set(check.report.checks.filter(({ status }) => status === 'ok').map(({ id }) => id));
    expect([...ids]).toEqual(
      expect.arrayContaining(['relay.domain', 'relay.open', 'mailcow.domain', 'mailcow.mailbox', 'mx.accepts']),
    );
    const seen = await stage.run(['inspect', domain, '--profile', profile]);
    expect(seen.stdout).toContain('mx1.whole.test');
    expect(seen.stdout).toMatch(/keeper@/);
    const one = await stage.run(['inspect', '--relay', 'mx1.whole.test', '--profile', profile, '--json']);
    expect(one.exit).toBe(0);
    expect(one.stdout).toContain('harbour.test');
    for (const named of [[domain], []]) {
      const doctor = await stage.run(['doctor', ...named, '--profile', profile, '--json']);
      const { diagnoses } = JSON.parse(doctor.stdout) as { diagnoses: { system: string; status: string }[] };
      for (const system of ['postfix mx1.whole.test', 'postfix mx2.whole.test', 'mailcow'])
        expect(diagnoses.filter((one) => one.system === system && one.status === 'ok')).not.toEqual([]);
    }
  });

  it('goes without a letter lost, and leaves the relays as they were, byte for byte', async () => {
    await post(domain);
    await expect.poll(async () => (await letters(`keeper@${domain}`)).length, { timeout: 10_000 }).toBe(1);
    const since = await stage.mark();
    const first = await stage.run(['down', domain, '--yes', '--now', '--json']);
    expect(first.exit).toBe(3);
    // While the old MX may be known anywhere, mail still finds its mailbox.
    expect((await relay('mx1.whole.test')).tables.relay_domains?.index).toHaveProperty([domain]);
    expire();
    const down = await stage.run(['down', domain, '--yes', '--now', '--json']);
    expect(down.report.errors).toEqual([]);
    expect(await inboundMx(domain)).toEqual([]);
    expect(await textsOf('mx1.whole.test')).toBe(before);
    expect(await letters(`keeper@${domain}`)).toHaveLength(1);
    const deletes = (await stage.ledger('mailcow', since)).filter((row) =>
      /delete\/(mailbox|domain)/.test(row.operation),
    );
    expect(deletes).toEqual([]);
  });
});

describe('a relay that fails in the middle of up', () => {
  it('never sees mail for the domain: the MX waits, the run says why, the next one finishes', async () => {
    const { domain, profile, hosts } = await estate('middle');
    const [, broken = ''] = hosts;
    await stage.control('POST /faults', { kind: 'error-before', system: 'relay', operation: 'put' });
    const since = await stage.mark();
    const run = await up(domain, profile);
    expect(run.exit).not.toBe(0);
    expect(await inboundMx(domain)).toEqual([]);
    const held = run.report.operations.filter(({ id }) => id.startsWith(`dns ${domain} MX`));
    expect(held.map(({ outcome }) => outcome)).toEqual(['held', 'held']);
    const data = (await stage.ledger('relay', since)).filter(({ operation }) => operation === 'DATA');
    expect(data).toEqual([]);
    await stage.control('DELETE /faults');
    const again = await up(domain, profile, '--wait=60s');
    expect(again.exit).toBe(0);
    expect((await inboundMx(domain)).toSorted()).toEqual(hosts.toSorted());
    expect((await relay(broken)).tables.relay_domains?.index).toHaveProperty([domain]);
  });

  it('whose answer was lost is looked at again, and not edited twice', async () => {
    const { domain, profile, hosts } = await estate('answer');
    await stage.control('POST /faults', { kind: 'error-after', system: 'relay', operation: 'put', count: 2 });
    const run = await up(domain, profile, '--wait=60s');
    await stage.control('DELETE /faults');
    expect(run.exit).toBe(0);
    for (const host of hosts) expect(await relay(host)).toMatchObject({ puts: 1, reloads: 1 });
  });
});

describe('bad luck at a relay has its own sentence, and the next run mends what it left', () => {
  const CASES: readonly [what: string, turn: object, back: object, says: RegExp][] = [
    ['its SSH is down', { sshDown: true }, { sshDown: false }, /refused|can.t be reached|no answer/i],
    ['sudo is refused', { sudo: 'refused' }, { sudo: 'allowed' }, /sudo/i],
    ['its disk is full', { diskFull: true }, { diskFull: false }, /space|disk/i],
  ];
  it.each(CASES)('%s', async (what, turn, back, says) => {
    const { domain, profile, hosts } = await estate(what.toLowerCase().replaceAll(/\W+/g, ''));
    const [, host = ''] = hosts;
    const texts = await textsOf(host);
    await stage.control('POST /control/relays/switch', { host, ...turn });
    const run = await up(domain, profile);
    expect(run.exit).not.toBe(0);
    const said = JSON.stringify([run.report.errors, run.report.operations, run.report.checks]);
    expect(said).toMatch(says);
    expect(said).toContain(host);
    expect(await inboundMx(domain)).toEqual([]);
    await stage.control('POST /control/relays/switch', { host, ...back });
    expect(await textsOf(host)).toBe(texts);
    const again = await up(domain, profile, '--wait=60s');
    expect(again.exit).toBe(0);
    expect((await inboundMx(domain)).toSorted()).toEqual(hosts.toSorted());
  });

  it('a host key that nobody was told of: nothing is sent there, until the new one is named', async () => {
    const { domain, profile, hosts } = await estate('newkey');
    const [, host = ''] = hosts;
    const { hostKey } = (await stage.control('POST /control/relays/switch', { host, hostKey: 'new' })) as Relay;
    const since = await stage.mark();
    const run = await up(domain, profile);
    expect(run.exit).not.toBe(0);
    expect(JSON.stringify(run.report.errors)).toMatch(/host key/i);
    const there = (await stage.ledger('relay', since)).filter(
      (row) => (row.request as { host?: string }).host === host,
    );
    expect(there.filter(({ operation }) => ['show', 'put', 'exec'].includes(operation))).toEqual([]);
    expect(await inboundMx(domain)).toEqual([]);
    const again = await up(domain, profile, '--wait=60s', '--host-key', `${host}=${hostKey}`);
    expect(again.exit).toBe(0);
  });

  it('a line of somebody else’s for the domain is kept and named', async () => {
    const { domain, profile, hosts } = await estate('theirs');
    const [host = ''] = hosts;
    const { tables } = await relay(host);
    const text = `${tables.transport?.text}${domain}\tsmtp:[other.example]\n`;
    await stage.control('POST /control/relays/edit', { host, table: 'transport', text, postmap: true, reload: true });
    const run = await up(domain, profile);
    expect(run.exit).toBe(4);
    expect(JSON.stringify(run.report.errors)).toContain('other.example');
    expect((await relay(host)).tables.transport?.text).toBe(text);
  });
});

describe('undo', () => {
  it('takes back relays, Mailcow, DNS and SES of a run', async () => {
    const { domain, profile, hosts } = await estate('takeback');
    const texts = await Promise.all(hosts.map(textsOf));
    const zone = await stage.zoneRecords(domain);
    const run = await up(domain, profile, '--wait=60s');
    expect(run.exit).toBe(0);
    await stage.run(['undo', run.report.run, '--yes', '--json']);
    expire();
    const undo = await stage.run(['undo', run.report.run, '--yes', '--json']);
    expect(undo.report.errors).toEqual([]);
    expect(await Promise.all(hosts.map(textsOf))).toEqual(texts);
    // The mailbox stays, so Mailcow goes on signing for it, and its key stays published.
    const key = `dkim._domainkey.${domain}`;
    expect((await stage.zoneRecords(domain)).filter(({ name }) => name !== key)).toEqual(zone);
    const { mailboxes } = (await stage.control('GET /control/mailcow')) as {
      mailboxes: { username: string }[];
    };
    expect(mailboxes.filter((one) => one.username.endsWith(`@${domain}`)).map((one) => one.username)).toEqual([
      `keeper@${domain}`,
    ]);
    expect(undo.report.left.map(({ id }) => id)).toContain(`mailcow post.${domain}/${domain}/mailbox keeper`);
  });
});
