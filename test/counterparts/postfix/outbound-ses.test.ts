import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Ran, type Stage } from '../../journeys/stage.ts';
import { freePort } from '../free-port.ts';
import { describeClient, POSTFIX_AND_SSHD } from '../installed.ts';
import { until } from '../program.ts';
import { openPostfix, type Postfix } from './postfix.ts';
import { openSink } from './sink.ts';
import { openSshd } from './sshd.ts';

const REGIONS = ['us-east-1', 'us-west-2'];

interface Credential {
  region: string;
  host: string;
  port: number;
  username: string;
  password: string;
}

describeClient(POSTFIX_AND_SSHD, () => {
  let stage: Stage;
  let sshd: Awaited<ReturnType<typeof openSshd>>;
  let sink: Awaited<ReturnType<typeof openSink>>;
  /** Names no table of senders, and the other one has its own. */
  let bare: Postfix;
  let full: Postfix;
  let credentials: Credential[];
  const printed: string[] = [];
  const before = new Map<Postfix, Record<string, string>>();
  const theirs = '# senders, by hand\n@else.test\tsmtp:[127.0.0.1]:9\n';

  /** Every file of a configuration; backups of tables are no part of it. */
  const filesOf = ({ etc }: Postfix) =>
    Object.fromEntries(
      readdirSync(etc)
        .filter((name) => !/\.mailwright-|\.db$|mailwright\.lock/.test(name))
        .map((name) => [name, readFileSync(join(etc, name), 'utf8')]),
    );

  beforeAll(async () => {
    stage = await openStage();
    sshd = await openSshd();
    sink = await openSink();
    for (const region of REGIONS)
      await stage.control('POST /control/aws/account', { region, productionAccess: true, maxSendRate: 1000 });
    const main = { mynetworks: '127.0.0.0/8', smtp_tls_CAfile: 'BASE/etc/ses.pem' };
    const files = { transport: `sink.test smtp:[127.0.0.1]:${sink.port}\n` };
    bare = await openPostfix({ host: 'bare.relays.test', address: '127.0.2.11', main, files });
    full = await openPostfix({
      host: 'full.relays.test',
      address: '127.0.2.12',
      // A relay host for everything else must not win over the sender's own way.
      main: {
        ...main,
        sender_dependent_default_transport_maps: 'hash:BASE/etc/senders',
        relayhost: `[127.0.0.1]:${sink.port}`,
      },
      files: { ...files, senders: theirs },
    });
    const { certificate } = (await stage.control('GET /control/aws/smtp')) as { certificate: string };
    for (const relay of [bare, full]) {
      relay.write('ses.pem', certificate);
      before.set(relay, filesOf(relay));
    }
    const file = join(stage.state, '..', 'smtp.json');
    const made = await stage.run([
      'ses',
      'smtp-credentials',
      'ours.test',
      'more.test',
      '--name',
      'relays',
      '--ses-regions',
      REGIONS.join(),
      '--ses-tenant',
      'ours',
      '--out',
      file,
      '--yes',
    ]);
    expect(made.exit, made.stderr).toBe(0);
    // By name, because Postfix proves no addresses.
    credentials = (JSON.parse(readFileSync(file, 'utf8')) as Credential[]).map((one) => ({
      ...one,
      host: 'localhost',
    }));
    save('smtp.json', credentials);
  }, 60_000);
  afterAll(async () => {
    for (const end of [bare, full, sink, sshd, stage]) await end?.close();
  });

  const save = (name: string, all: readonly Credential[]) =>
    writeFileSync(join(stage.state, '..', name), JSON.stringify(all), { mode: 0o600 });
  const profile = (file = 'smtp.json', outbound = 'ses') => {
    const ssh = `{ address: 127.0.0.1, port: ${sshd.port}, user: root, keyFile: ${sshd.keyFile}, hostKey: "${sshd.hostKey}" }`;
    const relay = (one: Postfix, host: string) =>
      `  - { host: ${host}, nextHop: "127.0.0.1:${sink.port}", recipients: any, configDirectory: ${one.etc}, ssh: ${ssh} }\n`;
    return stage.profile(
      `outbound: ${outbound}\nses: { regions: [${REGIONS.join()}], tenant: ours, smtpCredentials: ${file} }\nttl: 60\nrelays:\n${relay(bare, 'bare.relays.test')}${relay(full, 'full.relays.test')}`,
    );
  };
  const run = async (...args: string[]): Promise<Ran> => {
    const ran = await stage.run(args);
    printed.push(ran.stdout, ran.stderr);
    return ran;
  };
  const up = (domain: string, path: string) => run('up', domain, '--profile', path, '--yes', '--wait=60s', '--json');
  const submit = (relay: Postfix, from: string, to: string, subject: string) =>
    nodemailer
      .createTransport({ host: relay.address, port: relay.port, ignoreTLS: true })
      .sendMail({ from, to, subject, text: 'Hello', headers: { 'X-SES-TENANT': 'somebody-elses' } });
  const sentBySes = async (since: number) =>
    (await stage.ledger('ses', since)).filter((row) => row.operation === 'SMTP' && row.status === 250);
  const arrives = (subject: string, relay: Postfix) =>
    until(
      async () => (await stage.control('GET /control/inbox')) as { subject: string; raw: string }[],
      (inbox) => inbox.some((one) => one.subject === subject),
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${relay.log()}`);
    });

  it('comes up on two relays, and the second run is empty', async () => {
    await stage.zone('ours.test');
    const done = await up('ours.test', profile());
    expect(done.report.errors).toEqual([]);
    expect(done.report.status).toBe('done');
    expect(
      done.report.checks
        .filter(({ id }) => id === 'relay.outbound')
        .map(({ status, seen }) => [status, seen[0]?.value]),
    ).toEqual(
      [0, 1].map((n) => {
        const ports = [...credentials.slice(n), ...credentials.slice(0, n)].map(({ port }) => `[localhost]:${port}`);
        return [
          'ok',
          expect.stringMatching(
            new RegExp(`leaves by ses-ours-[0-9a-f]{6}:${ports.join(', ').replaceAll(/[[\]]/g, '\\$&')}$`),
          ),
        ];
      }),
    );
    const again = await up('ours.test', profile());
    expect(again.report.operations).toEqual([]);
    expect((await run('check', 'ours.test')).exit).toBe(0);
    for (const relay of [bare, full]) {
      const [secret = ''] = readdirSync(relay.etc).filter((name) => name.endsWith('.passwords'));
      expect(statSync(join(relay.etc, secret)).mode & 0o777).toBe(0o600);
      expect(relay.postfix('check').toString()).toBe('');
    }
    // Lines of others are as they were.
    expect(full.read('senders').startsWith(theirs)).toBe(true);
  });

  it('mail of the domain leaves by SES, over TLS, as its tenant; each relay goes to a region of its own', async () => {
    for (const [at, relay] of [bare, full].entries()) {
      const since = await stage.mark();
      await submit(relay, 'me@ours.test', 'you@inbox.test', `by relay ${at}`);
      const inbox = await arrives(`by relay ${at}`, relay);
      expect(inbox.find(({ subject }) => subject === `by relay ${at}`)?.raw).not.toMatch(
        /^x-ses-(tenant|configuration-set)/im,
      );
      expect(await sentBySes(since)).toMatchObject([
        { region: REGIONS[at], request: { tenant: 'ours', configurationSet: 'ours' } },
      ]);
    }
  });

  it('mail of others, and mail to domains that the relay knows, leaves as before, without those headers', async () => {
    const since = await stage.mark();
    await submit(bare, 'me@other.test', 'you@sink.test', 'another sender');
    expect(await sink.got('you@sink.test')).not.toContain('X-SES-CONFIGURATION-SET');
    await submit(bare, 'me@ours.test', 'they@sink.test', 'a transport of its own');
    expect(await sink.got('they@sink.test')).not.toContain('X-SES-CONFIGURATION-SET');
    await submit(full, 'me@other.test', 'we@anywhere.test', 'by the relay host');
    await sink.got('we@anywhere.test');
    expect(await sentBySes(since)).toEqual([]);
  });

  it('goes on to the other region where one does not answer', async () => {
    const dead = await freePort();
    save(
      'dead.json',
      credentials.map((one) => (one.region === REGIONS[0] ? { ...one, port: dead } : one)),
    );
    await stage.zone('more.test');
    expect((await up('more.test', profile('dead.json'))).report.status).toBe('done');
    const since = await stage.mark();
    await submit(bare, 'me@more.test', 'you@inbox.test', 'the second region');
    await arrives('the second region', bare);
    expect(await sentBySes(since)).toMatchObject([{ region: REGIONS[1] }]);
    // Two transports now; the first domain's is as it was.
    expect(readdirSync(bare.etc).filter((name) => name.endsWith('.passwords'))).toHaveLength(2);
    expect((await up('ours.test', profile())).report.operations).toEqual([]);
  });

  it('keeps mail where the certificate proves nothing', async () => {
    const certificate = bare.read('ses.pem');
    bare.write('ses.pem', readFileSync('/etc/ssl/certs/ca-certificates.crt', 'utf8'));
    bare.postfix('reload');
    await submit(bare, 'me@ours.test', 'late@inbox.test', 'not sent');
    await until(
      async () => bare.log(),
      (log) => /to=<late@inbox\.test>.*status=deferred \(Server certificate not (trusted|verified)/.test(log),
    );
    bare.write('ses.pem', certificate);
    bare.postfix('reload');
  });

  it('puts right what somebody changed in it, and moves to another transport with other passwords', async () => {
    const names = readdirSync(full.etc).filter((one) => /^ses-ours-.*\.headers$/.test(one));
    bare.write(
      'master.cf',
      bare.read('master.cf').replace('smtp_tls_security_level=secure', 'smtp_tls_security_level=may'),
    );
    for (const name of names) full.write(name, '/^X-SES-/ IGNORE\n');
    const repaired = await up('ours.test', profile());
    expect(repaired.report.operations.map(({ id }) => id).toSorted()).toEqual([
      'postfix bare.relays.test/ours.test/outbound',
      'postfix full.relays.test/ours.test/outbound',
    ]);
    expect(names.filter((name) => full.read(name).includes('X-SES-TENANT: ours'))).toHaveLength(1);
    expect(bare.read('master.cf')).not.toContain('security_level=may');
    const moved = await up('more.test', profile());
    expect(moved.report.status).toBe('done');
    // Both domains leave by one transport, and the former one is gone with its files.
    expect(readdirSync(bare.etc).filter((one) => /^ses-/.test(one))).toHaveLength(2);
    expect(bare.read('master.cf').match(/^ses-/gm)).toHaveLength(1);
  });

  it('is taken back by down, and every file is as it was before, byte for byte', async () => {
    for (const domain of ['more.test', 'ours.test']) {
      const down = await run('down', domain, '--yes', '--now', '--json');
      expect(down.report.errors).toEqual([]);
    }
    for (const relay of [bare, full]) {
      expect(filesOf(relay)).toEqual(before.get(relay));
      expect(relay.postfix('check').toString()).toBe('');
      expect(relay.isRunning()).toBe(true);
    }
  });

  it('is undone, too', async () => {
    const keep = await up('ours.test', profile('smtp.json', 'keep'));
    expect(keep.report.status).toBe('done');
    const without = filesOf(bare);
    const sends = await up('ours.test', profile());
    expect(sends.report.status).toBe('done');
    const undo = await run('undo', sends.report.run, '--yes', '--json');
    expect(undo.report.status).toBe('done');
    expect(filesOf(bare)).toEqual(without);
  });

  it('the passwords were told to nobody', async () => {
    const kept = readdirSync(stage.state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    const told = [...printed, ...kept, bare.log(), full.log()].join('\n');
    for (const { password } of credentials) {
      expect(told).not.toContain(password);
      expect(told).not.toContain(Buffer.from(password).toString('base64').slice(0, 24));
    }
  });
});
