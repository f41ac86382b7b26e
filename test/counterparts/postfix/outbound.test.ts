import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { describeClient, POSTFIX_AND_SSHD } from '../installed.ts';
import { until } from '../program.ts';
import { openPostfix, type Postfix } from './postfix.ts';
import { openSink } from './sink.ts';

const PAGE = readFileSync(new URL('../../../docs/outbound.md', import.meta.url), 'utf8');

/** What the page says is to stand in a file: the indented block after the paragraph that begins with its name. */
function blockOf(file: string): string {
  const [, block = ''] = PAGE.split(`\n\`/etc/postfix/${file}\``)[1]?.match(/^.*\n(?:.+\n)*\n((?: {4}.*\n)+)/) ?? [];
  if (block === '') throw new Error(`docs/outbound.md has no block for ${file}`);
  return block.replaceAll(/^ {4}/gm, '');
}

interface Message {
  readonly subject: string;
  readonly raw: string;
}

describeClient(POSTFIX_AND_SSHD, () => {
  let stage: Stage;
  let relay: Postfix;
  let sink: Awaited<ReturnType<typeof openSink>>;
  beforeAll(async () => {
    stage = await openStage();
    sink = await openSink();
    const region = 'us-east-1';
    const arn = (resource: string) => `arn:aws:ses:${region}:111122223333:${resource}`;
    await stage.control('POST /control/aws/account', { region, productionAccess: true, maxSendRate: 1000 });
    await stage.control('POST /control/aws/identities', { region, name: 'example.com' });
    await stage.control('POST /control/aws/configuration-sets', { region, name: 'ours' });
    const resources = [arn('identity/example.com'), arn('configuration-set/ours')];
    await stage.control('POST /control/aws/tenants', { region, name: 'ours', resources });
    relay = await openPostfix({
      main: { mynetworks: '127.0.0.0/8' },
      files: { transport: `sink.test smtp:[127.0.0.1]:${sink.port}\n` },
    });
    const { certificate } = (await stage.control('GET /control/aws/smtp')) as { certificate: string };
    writeFileSync(join(relay.etc, 'ses.pem'), certificate);
    const passwords = join(relay.etc, 'ses_passwords');
    const make = ['ses', 'smtp-credentials', 'example.com', '--ses-tenant', 'ours', '--out', passwords, '--yes'];
    const made = await stage.run(make);
    expect(made.exit, made.stderr).toBe(0);
    const [, port = ''] = /\[127\.0\.0\.1\]:(\d+)/.exec(readFileSync(passwords, 'utf8')) ?? [];
    // The stand-in instead of AWS; by name, because Postfix proves no addresses.
    const here = (text: string) =>
      text
        .replaceAll(
          /\[email-smtp\.us-east-1\.amazonaws\.com\]:587|\[127\.0\.0\.1\]:\d+(?= AKIA)/g,
          `[localhost]:${port}`,
        )
        .replaceAll('/etc/postfix/', `${relay.etc}/`)
        .replaceAll('/etc/ssl/certs/ca-certificates.crt', join(relay.etc, 'ses.pem'));
    writeFileSync(passwords, here(readFileSync(passwords, 'utf8')));
    chmodSync(passwords, 0o600);
    for (const file of ['ses_senders', 'ses_headers']) relay.write(file, here(blockOf(file)));
    for (const file of ['master.cf', 'main.cf']) relay.write(file, `${relay.read(file)}\n${here(blockOf(file))}`);
    relay.postfix('reload');
  }, 60_000);
  afterAll(async () => {
    await relay?.close();
    await sink?.close();
    await stage?.close();
  });

  const submit = (from: string, to: string, subject: string) =>
    nodemailer
      .createTransport({ host: '127.0.0.1', port: relay.port, ignoreTLS: true })
      .sendMail({ from, to, subject, text: 'Hello', headers: { 'X-SES-TENANT': 'somebody-elses' } });
  const ledger = async () => (await stage.ledger('ses')).filter((row) => row.operation === 'SMTP');

  it('follows the page: mail of the domain leaves by SES, over TLS, as its tenant', async () => {
    await submit('me@example.com', 'you@inbox.test', 'by Postfix');
    const inbox = await until(
      async () => (await stage.control('GET /control/inbox')) as Message[],
      (messages) => messages.length > 0,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${relay.log()}`);
    });
    expect(inbox[0]?.subject).toBe('by Postfix');
    expect(inbox[0]?.raw).not.toMatch(/^x-ses-(tenant|configuration-set)/im);
    const rows = await ledger();
    expect(rows).toMatchObject([{ status: 250, request: { tenant: 'ours', configurationSet: 'ours' } }]);
    expect(relay.log()).toMatch(/postfix\/ses\/smtp.*status=sent \(250 Ok 0100/);
  });

  it('sends all other mail as before, and without those headers', async () => {
    await submit('me@other.test', 'you@sink.test', 'another sender');
    expect(await sink.got('you@sink.test')).not.toContain('X-SES-CONFIGURATION-SET');
    await submit('me@example.com', 'they@sink.test', 'a transport of its own');
    expect(await sink.got('they@sink.test')).not.toContain('X-SES-CONFIGURATION-SET');
    expect(await ledger()).toHaveLength(1);
  });

  it('keeps mail where the certificate proves nothing', async () => {
    relay.write(
      'master.cf',
      relay.read('master.cf').replace(join(relay.etc, 'ses.pem'), '/etc/ssl/certs/ca-certificates.crt'),
    );
    relay.postfix('reload');
    await submit('me@example.com', 'late@inbox.test', 'not sent');
    await until(
      async () => relay.log(),
      (log) => /to=<late@inbox\.test>.*status=deferred \(Server certificate not (trusted|verified)/.test(log),
    );
    expect(await ledger()).toHaveLength(1);
  });
});
