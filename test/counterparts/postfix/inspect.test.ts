import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DoctorReport } from '../../../src/core/diagnosis.ts';
import type { RelayInspection } from '../../../src/core/inspection.ts';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { describeClient, POSTFIX_AND_SSHD } from '../installed.ts';
import { openPostfix, type Postfix } from './postfix.ts';
import { openSshd } from './sshd.ts';

describeClient(POSTFIX_AND_SSHD, () => {
  let stage: Stage;
  let sshd: Awaited<ReturnType<typeof openSshd>>;
  let relay: Postfix;
  let profile = '';
  beforeAll(async () => {
    stage = await openStage();
    sshd = await openSshd();
    relay = await openPostfix({
      files: {
        relay_domains: 'one.test OK\ntwo.test OK\n',
        transport: 'one.test smtp:[192.0.2.5]\n',
        relay_recipients: '@one.test OK\na@two.test OK\nb@two.test OK\n',
      },
    });
    profile = stage.profile(`
mailHost: mail.sandbox.test
relays:
  - host: mx.lab.test
    configDirectory: ${relay.etc}
    ssh: { address: 127.0.0.1, port: ${sshd.port}, user: root, keyFile: ${sshd.keyFile}, hostKey: "${sshd.hostKey}" }
mailcow: { mailboxes: [brett@] }
`);
  }, 60_000);
  afterAll(async () => {
    await relay?.close();
    await sshd?.close();
    await stage?.close();
  });

  it('inspect --relay shows what a relay takes, and where it goes', async () => {
    const ran = await stage.run(['inspect', '--relay', 'mx.lab.test', '--profile', profile, '--json']);
    expect(ran.exit).toBe(0);
    const { relays } = JSON.parse(ran.stdout) as RelayInspection;
    expect(relays).toMatchObject([
      {
        host: 'mx.lab.test',
        running: true,
        open: false,
        unfinished: [],
        domains: [
          { domain: 'one.test', nextHop: 'smtp:[192.0.2.5]', recipients: 'any', ours: false },
          { domain: 'two.test', nextHop: '', recipients: 2, ours: false },
        ],
      },
    ]);
    appendFileSync(join(relay.etc, 'transport'), 'two.test smtp:[192.0.2.6]\n');
    const words = await stage.run(['inspect', '--relay', 'mx.lab.test', '--profile', profile]);
    expect(words.stdout).toContain('postmap was not run');
    relay.postmap('transport');
  });

  it('a host that nobody describes is reached as ssh would; one that is another is status 4', async () => {
    const bare = await stage.run(['inspect', '--relay', '127.0.0.1.nip.test', '--json']);
    expect(bare.exit).toBe(3);
    const wrong = await stage.run([
      ...['inspect', '--relay', 'mx.lab.test', '--profile', profile, '--json'],
      ...['--host-key', `SHA256:${'B'.repeat(43)}`],
    ]);
    expect(wrong.exit).toBe(4);
  });

  it('doctor looks at relays and Mailcow, each line with its fix', async () => {
    await stage.zone('doctor.test');
    const ran = await stage.run(['doctor', 'doctor.test', '--profile', profile, '--json']);
    const { diagnoses } = JSON.parse(ran.stdout) as DoctorReport;
    const of = (system: string) =>
      diagnoses.filter((one) => one.system === system).map((one) => [one.id, one.about, one.status]);
    expect(of('postfix mx.lab.test')).toEqual([
      ['postfix.reachable', undefined, 'ok'],
      ['postfix.right', undefined, 'warning'],
      ['postfix.version', undefined, 'ok'],
      ['postfix.running', undefined, 'ok'],
      ['postfix.table', 'relay_recipient_maps', 'ok'],
      ['postfix.table', 'transport_maps', 'ok'],
      ['postfix.table', 'relay_domains', 'ok'],
    ]);
    execFileSync('postconf', ['-c', relay.etc, '-e', 'transport_maps = mysql:/etc/postfix/transport.cf']);
    const broken = await stage.run(['doctor', 'doctor.test', '--profile', profile, '--json']);
    expect((JSON.parse(broken.stdout) as DoctorReport).diagnoses).toContainEqual(
      expect.objectContaining({
        about: 'transport_maps',
        status: 'broken',
        says: expect.stringMatching(/mysql.*can’t be asked.*unsupported dictionary type/),
        fix: expect.stringContaining('postmap -q'),
      }),
    );
    expect(of('mailcow').map(([id, , status]) => [id, status])).toEqual(
      expect.arrayContaining([
        ['mailcow.reachable', 'ok'],
        ['mailcow.key', 'ok'],
        ['mailcow.permission', 'ok'],
      ]),
    );
  });
});
