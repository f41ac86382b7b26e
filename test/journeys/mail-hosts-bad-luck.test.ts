import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunReport } from '../../src/core/report.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

let n = 0;

interface Relay {
  readonly address: string;
  readonly hostKey: string;
}

/** What a run says went wrong, wherever its report says it: sentences with their fixes. */
const wordsOf = ({ errors, operations }: RunReport) => JSON.stringify([errors, operations.map((one) => one.error)]);

/** The MX records of the domain itself. */
const mxOf = async (domain: string) =>
  (await stage.zoneRecords(domain)).filter(({ type, name }) => type === 'MX' && name === domain);

describe('a relay: bad luck is said with its fix, no MX leads there, and the next run finishes', () => {
  const theirs = 'other.test\tsmtp:[127.0.0.1]\n';

  async function open() {
    n += 1;
    const host = `mx${n}.luck.test`;
    const domain = `r${n}.test`;
    const relay = (await stage.control('POST /control/relays', {
      host,
      domains: { 'other.test': '127.0.0.1' },
    })) as Relay;
    await stage.zone(domain);
    await stage.zone(host, [{ name: '@', type: 'A', content: relay.address, ttl: 60 }]);
    const profile = (ssh: string) =>
      stage.profile(
        `mx: [${host}:10]\nmailHost: mail.sandbox.test\nttl: 60\nrelays: [{ host: ${host}, recipients: any${ssh} }]\n`,
      );
    return {
      host,
      domain,
      relay,
      turn: (body: object) => stage.control('POST /control/relays/switch', { host, ...body }),
      up: (...flags: string[]) =>
        stage.run(['up', domain, '--profile', profile(', ssh: { privilege: helper }'), '--yes', '--json', ...flags]),
      upAs: (user: string) =>
        stage.run([
          'up',
          domain,
          '--profile',
          profile(`, ssh: { privilege: helper, user: ${user} }`),
          '--yes',
          '--json',
        ]),
      async text() {
        const all = (await stage.control('GET /control/relays')) as {
          host: string;
          tables: Record<string, { text: string }>;
        }[];
        return all.find((one) => one.host === host)?.tables.transport?.text;
      },
      mx: () => mxOf(domain),
    };
  }

  const lucks: readonly (readonly [string, { bad: object; good: object }, RegExp, number])[] = [
    ['sudo refused', { bad: { sudo: 'refused' }, good: { sudo: 'allowed' } }, /sudo asks for a password.*NOPASSWD/, 3],
    [
      'the relay is down',
      { bad: { sshDown: true }, good: { sshDown: false } },
      /can’t be reached by SSH.*Check that the host is up/,
      3,
    ],
    [
      'its disk is full',
      { bad: { diskFull: true }, good: { diskFull: false } },
      /No space left.*nothing was changed.*Make room on the disk/,
      1,
    ],
  ];
  it.each(lucks)(
    '%s',
    async (_title, { bad, good }, says, exit) => {
      const { up, turn, text, mx } = await open();
      await turn(bad);
      const first = await up();
      expect(wordsOf(first.report)).toMatch(says);
      expect(first.exit).toBe(exit);
      expect(await text()).toBe(theirs);
      expect(await mx()).toEqual([]);
      await turn(good);
      const second = await up('--wait=20s');
      expect(second.report).toMatchObject({ status: 'done', errors: [] });
      expect(await mx()).toHaveLength(1);
    },
    60_000,
  );

  it('an account that is locked, or another user', async () => {
    const { up, upAs, text, mx } = await open();
    const first = await upAs('locked');
    expect(wordsOf(first.report)).toMatch(/lets locked not in.*a locked account/);
    expect([first.exit, await text(), await mx()]).toEqual([3, theirs, []]);
    expect((await up('--wait=20s')).report.status).toBe('done');
  }, 60_000);

  it('another host key than the known one: never goes on, whatever is approved', async () => {
    const { up, turn, text, mx } = await open();
    await turn({ hostKey: 'new' });
    const first = await up();
    expect(first.exit).toBe(4);
    expect(first.report.errors[0]).toMatchObject({
      code: 'ssh.host-key',
      message: expect.stringMatching(/nothing was sent to it/),
      fix: expect.stringMatching(/ssh-keygen -R/),
    });
    expect(first.report.operations.filter((one) => one.outcome === 'done')).toEqual([]);
    expect([await text(), await mx()]).toEqual([theirs, []]);
  }, 60_000);

  it('a map that somebody changes while we are at it: theirs stays, ours comes after it', async () => {
    const { host, up, text } = await open();
    await stage.control('POST /faults', { kind: 'slow', ms: 1500, system: 'relay', operation: 'put', count: 1 });
    const run = up('--wait=20s');
    for (let left = 200; left > 0; left -= 1) {
      const puts = await stage.ledger('relay');
      if (puts.some((row) => row.operation === 'show' && JSON.stringify(row).includes(host))) break;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    const table = { host, table: 'transport', text: `${theirs}late.test\tsmtp:[192.0.2.9]\n`, postmap: true };
    await stage.control('POST /control/relays/edit', table);
    expect((await run).report.status).toBe('done');
    expect((await stage.ledger('relay')).filter((row) => row.error === 'stale')).toHaveLength(1);
    expect(await text()).toMatch(/^other\.test.*\nlate\.test.*\n# mailwright begin/);
    await stage.control('DELETE /faults');
  }, 60_000);
});

describe('Mailcow: bad luck is said with its fix, and the next run finishes', () => {
  async function open(mailcow: string) {
    n += 1;
    const domain = `c${n}.test`;
    await stage.zone(domain);
    const up = (text = mailcow, ...flags: string[]) =>
      stage.run([
        ...['up', domain, '--yes', '--wait=20s', '--json', ...flags],
        ...[
          '--profile',
          stage.profile(`mailHost: mail.sandbox.test\nmx: [mail.sandbox.test:10]\nttl: 60\nmailcow: ${text}\n`),
        ],
      ]);
    return { domain, up, mx: () => mxOf(domain) };
  }

  it('a password that the policy does not take', async () => {
    const file = join(stage.state, '..', `password${n}`);
    writeFileSync(file, 'short\n', { mode: 0o600 });
    const { up, mx } = await open(
      `{ mailboxes: [{ local: brett, passwordFile: ${file} }], aliases: { postmaster: brett } }`,
    );
    const first = await up();
    expect(wordsOf(first.report)).toMatch(/not what Mailcow’s password policy asks for.*Put a stronger one/);
    expect(wordsOf(first.report)).not.toContain('"short');
    expect([first.exit, await mx()]).toEqual([1, []]);
    writeFileSync(file, 'A-much-longer-1\n', { mode: 0o600 });
    expect((await up()).report.status).toBe('done');
    expect(await mx()).toHaveLength(1);
  }, 60_000);

  it('a run that makes no mailbox leaves no file for passwords, so that the next may name the same', async () => {
    const { domain, up } = await open('{ mailboxes: [brett@], aliases: { postmaster: brett } }');
    const file = join(stage.state, '..', `new${n}.txt`);
    const key = (
      await stage.run(['up', domain, '--yes', '--passwords-to', file, '--json'], { AWS_SECRET_ACCESS_KEY: 'no' })
    ).exit;
    expect([key, existsSync(file)]).toEqual([2, false]);
    expect((await up(undefined, '--passwords-to', file)).report.status).toBe('done');
    expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`^brett@${domain}\t\\S{24}\n$`));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await up(undefined, '--passwords-to', `${file}.2`);
    expect([again.report.status, existsSync(`${file}.2`)]).toEqual(['done', false]);
  }, 60_000);

  it('a mailbox that is there stays as it is, and gets no password of ours', async () => {
    const { domain, up } = await open('{ mailboxes: [brett@], aliases: { postmaster: brett } }');
    const theirs = { address: `brett@${domain}`, password: 'Their-own-1', name: 'Brett' };
    await stage.control('POST /control/mailcow/domains', { domain, mailboxes: [theirs] });
    const first = await up();
    expect(first.report.status).toBe('done');
    expect(first.stderr).not.toContain('First passwords');
    const boxes = ((await stage.control('GET /control/mailcow')) as { mailboxes: { username: string; name: string }[] })
      .mailboxes;
    expect(boxes.find((one) => one.username === theirs.address)).toMatchObject({ name: 'Brett' });
    expect(first.report.operations.map((one) => one.id).filter((id) => id.includes('mailbox'))).toEqual([]);
  }, 60_000);

  it('a quota that the domain does not have', async () => {
    const { domain, up, mx } = await open(
      '{ mailboxes: [{ local: brett, quota: 4096 }], aliases: { postmaster: brett } }',
    );
    await stage.control('POST /control/mailcow/domains', { domain, defquota: 512, maxquota: 5000, quota: 2048 + 3000 });
    await stage.control('POST /control/mailcow/mailboxes', {
      address: `anna@${domain}`,
      password: 'Her-own-1',
      quota: 2048,
    });
    const first = await up();
    expect(first.exit).toBe(4);
    expect(first.report.errors[0]).toMatchObject({
      code: 'mailcow.limits',
      message: expect.stringContaining('3000 MiB left'),
      fix: expect.stringContaining('Raise the limits'),
    });
    expect(await mx()).toEqual([]);
    expect(
      (await up('{ mailboxes: [{ local: brett, quota: 1024 }], aliases: { postmaster: brett } }')).report.status,
    ).toBe('done');
  }, 60_000);
});
