import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { freePort } from '../free-port.ts';
import { describeClient, POSTFIX_AND_SSHD } from '../installed.ts';
import { openPostfix, type Postfix } from './postfix.ts';
import { openSink } from './sink.ts';
import { openSshd } from './sshd.ts';

type Sshd = Awaited<ReturnType<typeof openSshd>>;

/** Asks a relay over SMTP whether it takes mail for an address. */
async function takes(relay: Postfix, to: string): Promise<string> {
  const transport = nodemailer.createTransport({ host: relay.address, port: relay.port, ignoreTLS: true });
  try {
    const sent = await transport.sendMail({ from: 'a@outside.test', to, subject: 'Hello', text: 'Hello' });
    return sent.response;
  } catch (error) {
    return (error as { response?: string; message: string }).response ?? (error as Error).message;
  } finally {
    transport.close();
  }
}

describeClient(POSTFIX_AND_SSHD, () => {
  let stage: Stage;
  let sshd: Sshd;
  let sink: Awaited<ReturnType<typeof openSink>>;
  let west: Postfix;
  let east: Postfix;
  let id = '';
  const theirs = '# kept by hand since 2019\n\nother.test\tsmtp:[127.0.0.1]:';

  beforeAll(async () => {
    stage = await openStage();
    sshd = await openSshd();
    sink = await openSink();
    const port = await freePort();
    const files = {
      relay_domains: '# domains\nother.test OK\n',
      transport: `${theirs}${sink.port}\n`,
      relay_recipients: '@other.test OK\n',
    };
    west = await openPostfix({ host: 'west.relays.test', address: '127.0.2.1', port, files });
    east = await openPostfix({ host: 'east.relays.test', address: '127.0.2.2', port, files, maps: 'lmdb' });
    await stage.zone('relays.test', [
      { name: 'west', type: 'A', content: '127.0.2.1', ttl: 300 },
      { name: 'east', type: 'A', content: '127.0.2.2', ttl: 300 },
    ]);
  }, 60_000);
  afterAll(async () => {
    await west?.close();
    await east?.close();
    await sink?.close();
    await sshd?.close();
    await stage?.close();
  });

  const ssh = (more = '') =>
    `{ address: 127.0.0.1, port: ${sshd.port}, user: root, keyFile: ${sshd.keyFile}, hostKey: "${sshd.hostKey}"${more} }`;
  const profile = (more = '') =>
    stage.profile(`
mx: [west.relays.test:10, east.relays.test:20]
mailHost: 127-0-0-1.mail.test
ttl: 60
relays:
  - { host: west.relays.test, nextHop: "127.0.0.1:${sink.port}", recipients: any, configDirectory: ${west.etc}, ssh: ${ssh()} }
  - { host: east.relays.test, nextHop: "127.0.0.1:${sink.port}", recipients: any, configDirectory: ${east.etc}, ssh: ${ssh()} }
${more}`);
  const run = (args: readonly string[]) => stage.run(args, { MAILWRIGHT_SMTP_PORT: String(west.port) });

  describe('a domain comes up behind two relays', () => {
    it('is refused by both before', async () => {
      await stage.zone('one.test');
      expect(await takes(west, 'a@one.test')).toContain('Relay access denied');
      expect(await takes(west, 'a@other.test')).toMatch(/^250/);
    });

    it('is planned without touching anything', async () => {
      const plan = await run(['plan', 'one.test', '--profile', profile(), '--json']);
      expect(plan.report.errors).toEqual([]);
      expect(plan.exit).toBe(5);
      const ids = plan.report.operations.map((one) => one.id);
      expect(ids).toContain('postfix west.relays.test/one.test');
      expect(ids).toContain('dns one.test MX east.relays.test');
      expect(west.read('transport')).toBe(`${theirs}${sink.port}\n`);
    });

    it('is taken by both, and only then gets its MX; other domains keep working meanwhile', async () => {
      let ended = false;
      const refusals: string[] = [];
      const others = (async () => {
        for (let n = 0; !ended; n += 1) {
          const answer = await takes(n % 2 ? west : east, `u${n}@other.test`);
          if (!answer.startsWith('250')) refusals.push(answer);
        }
      })();
      const up = await run(['up', 'one.test', '--profile', profile(), '--yes', '--wait=60s', '--json']);
      ended = true;
      await others;
      expect(refusals).toEqual([]);
      id = up.report.run;
      expect(up.report.errors).toEqual([]);
      expect(up.report.status).toBe('done');
      for (const relay of [west, east]) expect(await takes(relay, 'brett@one.test')).toMatch(/^250/);
      expect(await takes(east, 'brett@unknown.test')).toContain('Relay access denied');
      await sink.got('brett@one.test');
      expect((await stage.resolver.resolveMx('one.test')).map((one) => one.exchange).toSorted()).toEqual([
        'east.relays.test',
        'west.relays.test',
      ]);
      const order = up.report.operations
        .filter((one) => one.outcome === 'done')
        .map((one) => [one.id, one.startedAt] as const);
      const at = (id: string) => order.find(([other]) => other === id)?.[1] ?? '';
      expect(at('postfix east.relays.test/one.test') < at('dns one.test MX east.relays.test')).toBe(true);
      // Their lines are as they were, byte for byte; ours stand between marks.
      for (const relay of [west, east])
        expect(relay.read('transport').startsWith(`${theirs}${sink.port}\n# mailwright begin`)).toBe(true);
    });

    it('has nothing to do the second time', async () => {
      const again = await run(['up', 'one.test', '--profile', profile(), '--yes', '--json']);
      expect(again.report).toMatchObject({ status: 'done', operations: [] });
    });

    it('is taken back: MX first, the relays when it has expired everywhere', async () => {
      const undo = await run(['undo', id, '--yes', '--json']);
      expect(undo.exit).toBe(3);
      expect(undo.report.operations.find((one) => one.id === 'postfix west.relays.test/one.test')).toMatchObject({
        outcome: 'held',
        waitsFor: expect.stringContaining('the removed MX records to expire'),
      });
      expect(
        (await stage.zoneRecords('one.test')).filter((one) => one.type === 'MX' && one.name === 'one.test'),
      ).toEqual([]);
      // A letter on its way still finds its mailbox.
      expect(await takes(west, 'late@one.test')).toMatch(/^250/);
      // As if the TTL were over.
      rmSync(join(stage.state, 'facts.json'));
      const later = await run(['undo', id, '--yes', '--json']);
      expect(later.report.errors).toEqual([]);
      for (const relay of [west, east]) {
        expect(await takes(relay, 'late@one.test')).toContain('Relay access denied');
        expect(relay.read('transport')).toBe(`${theirs}${sink.port}\n`);
        expect(relay.read('relay_domains')).toBe('# domains\nother.test OK\n');
      }
    }, 60_000);
  });

  it('a relay that fails in the middle of `up` never sees mail for the domain', async () => {
    await stage.zone('middle.test');
    east.postfix('stop');
    const up = await run(['up', 'middle.test', '--profile', profile(), '--yes', '--json', '--mx-unproved']);
    expect(up.report.checks.find((one) => one.id === 'relay.running' && one.status === 'failed')).toBeDefined();
    east.postfix('start');
    // Its tables were written all the same: what is refused from outside counts.
    writeFileSync(join(east.etc, 'relay_domains'), '# domains\nother.test OK\n');
    east.postmap('relay_domains');
    east.postfix('reload');
    await stage.zone('middle2.test');
    const sshless = profile().replace(/$/, '');
    const text = readFileSync(sshless, 'utf8').replace(new RegExp(`(east.*port: )${sshd.port}`), '$11');
    writeFileSync(sshless, text);
    const half = await run(['up', 'middle2.test', '--profile', sshless, '--yes', '--json', '--mx-unproved']);
    expect(half.exit).toBe(3);
    expect(half.report.operations.find((one) => one.id === 'dns middle2.test MX west.relays.test')).toMatchObject({
      outcome: 'held',
      waitsFor: expect.stringContaining('postfix east.relays.test can be read'),
    });
    await expect(stage.resolver.resolveMx('middle2.test')).rejects.toThrow();
    // The next run, with the relay back, finishes it.
    const done = await run(['up', 'middle2.test', '--profile', profile(), '--yes', '--json', '--wait=60s']);
    expect(done.report.status).toBe('done');
  }, 90_000);

  it('fifty domains cost a relay two edits at most, and no more reloads', async () => {
    await stage.zone('fleet.test');
    const names = Array.from({ length: 50 }, (_, n) => `d${n}.fleet.test`);
    const list = join(stage.state, 'fleet.txt');
    writeFileSync(list, names.join('\n'));
    const reloads = () => west.log().split('reload -- version').length - 1;
    const before = reloads();
    const logins = () => sshd.log().split('Accepted publickey').length - 1;
    const since = logins();
    const up = await run([
      'up',
      '--from',
      list,
      '--profile',
      profile('ses: { mailFrom: none }'),
      '--yes',
      '--json',
      '--mx-unproved',
    ]);
    expect([0, 3]).toContain(up.exit);
    expect(reloads() - before).toBe(1);
    // One connection for each relay, whatever the number of domains and looks.
    expect(logins() - since).toBe(2);
    for (const name of [names[0], names[49]]) expect(await takes(west, `x@${name}`)).toMatch(/^250/);
  }, 120_000);

  describe('bad luck', () => {
    it('another host key: nothing is sent, status 4', async () => {
      const path = profile();
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(sshd.hostKey, `SHA256:${'A'.repeat(43)}`));
      await stage.zone('key.test');
      const since = sshd.log().length;
      const up = await run(['up', 'key.test', '--profile', path, '--yes', '--json']);
      expect(up.exit).toBe(4);
      expect(up.report.errors.map((one) => one.code)).toEqual(['ssh.host-key', 'ssh.host-key']);
      expect(sshd.log().slice(since)).not.toContain('Accepted');
    });

    it('a key that nobody knows: status 4 with the fingerprint; --host-key takes it', async () => {
      const path = profile();
      const text = readFileSync(path, 'utf8').replaceAll(/, hostKey: "[^"]*"/g, '');
      writeFileSync(path, text);
      const unknown = await run(['plan', 'key.test', '--profile', path, '--json']);
      expect(unknown.exit).toBe(4);
      expect(unknown.report.errors[0]).toMatchObject({
        code: 'ssh.unknown-host',
        fix: expect.stringContaining(sshd.hostKey),
      });
      const keys = ['west', 'east'].flatMap((name) => ['--host-key', `${name}.relays.test=${sshd.hostKey}`]);
      const known = await run(['plan', 'key.test', '--profile', path, '--json', ...keys]);
      expect(known.exit).toBe(5);
    });

    it('ssh_config and known_hosts are believed: alias, port, user, key', async () => {
      const config = join(sshd.folder, 'ssh_config');
      const hosts = join(sshd.folder, 'known_hosts');
      writeFileSync(hosts, `relays.lab ${sshd.publicKey}\n`);
      execFileSync('ssh-keygen', ['-q', '-H', '-f', hosts]);
      writeFileSync(
        config,
        `Host *.relays.test\n  HostName 127.0.0.1\n  HostKeyAlias relays.lab\n  Port ${sshd.port}\n  User root\n  IdentityFile ${sshd.keyFile}\n  UserKnownHostsFile ${hosts}\n`,
      );
      const path = profile();
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/, ssh: \{[^}]*\}/g, ''));
      const plan = await stage.run(['plan', 'key.test', '--profile', path, '--json'], {
        MAILWRIGHT_SMTP_PORT: String(west.port),
        MAILWRIGHT_SSH_CONFIG: config,
      });
      expect(plan.report.errors).toEqual([]);
      expect(plan.exit).toBe(5);
    });

    it('a user without sudo is told the line for it; with the helper it works', async () => {
      sshd.addUser('relayop');
      const path = profile();
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('user: root', 'user: relayop'));
      const refused = await run(['plan', 'key.test', '--profile', path, '--json']);
      expect(refused.exit).toBe(5);
      expect(refused.report.errors[0]).toMatchObject({
        code: 'postfix west.relays.test.unknown',
        fix: expect.stringContaining('relayop ALL=(root) NOPASSWD: /usr/local/sbin/mailwright-relay'),
      });
      const script = await run(['relay', 'install-helper']);
      writeFileSync('/usr/local/sbin/mailwright-relay', script.stdout, { mode: 0o755 });
      const [line] = /relayop ALL=.*\$/.exec(refused.report.errors[0]?.fix ?? '') ?? [''];
      writeFileSync('/etc/sudoers.d/mailwright-test', `${line}\n`, { mode: 0o440 });
      try {
        await stage.zone('sudo.test');
        const up = await run(['up', 'sudo.test', '--profile', path, '--yes', '--json', '--wait=60s']);
        expect(up.report.errors).toEqual([]);
        expect(up.report.status).toBe('done');
        expect(await takes(east, 'x@sudo.test')).toMatch(/^250/);
        // Nothing but the helper.
        expect(() =>
          execFileSync('su', ['relayop', '-c', 'sudo -n /usr/local/sbin/mailwright-relay show /etc; echo $?'], {
            stdio: 'pipe',
          }).toString(),
        ).not.toThrow();
        expect(() => execFileSync('su', ['relayop', '-c', 'sudo -n cat /etc/shadow'], { stdio: 'pipe' })).toThrow();
      } finally {
        rmSync('/usr/local/sbin/mailwright-relay');
        rmSync('/etc/sudoers.d/mailwright-test');
      }
    }, 60_000);

    it('a table that another tool keeps is refused, with the lines to add there', async () => {
      const before = west.read('transport');
      west.write('transport', `# Ansible managed: do not edit\n${before}`);
      west.postmap('transport');
      const plan = await run(['plan', 'key.test', '--profile', profile(), '--json']);
      expect(plan.exit).toBe(4);
      expect(plan.report.errors[0]).toMatchObject({
        code: 'postfix.managed',
        fix: expect.stringContaining('key.test'),
      });
      west.write('transport', before);
      west.postmap('transport');
    });

    it('somebody’s unfinished edit is not made live by ours', async () => {
      appendFileSync(join(west.etc, 'transport'), 'draft.test smtp:[192.0.2.9]\n');
      const plan = await run(['plan', 'key.test', '--profile', profile(), '--json']);
      expect(plan.report.errors[0]).toMatchObject({
        code: 'postfix.unfinished',
        message: expect.stringContaining('draft.test'),
      });
      west.postmap('transport');
    });

    it('a line of somebody for the same domain is a conflict', async () => {
      appendFileSync(join(west.etc, 'transport'), 'taken.test smtp:[192.0.2.7]\n');
      west.postmap('transport');
      await stage.zone('taken.test');
      const plan = await run(['plan', 'taken.test', '--profile', profile(), '--json']);
      expect(plan.report.errors[0]).toMatchObject({
        code: 'postfix.transport',
        message: expect.stringContaining('192.0.2.7'),
      });
    });
  });
});
