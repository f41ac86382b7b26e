import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArgsDef } from 'citty';
import pc from 'picocolors';
import { packageFile } from '../app/package-file.ts';
import type { RunReport } from '../core/report.ts';
import { readFlags } from './flags.ts';
import { type SandboxProcess, startSandbox } from './sandbox-process.ts';
import { runUp } from './up.ts';

export const args = {} as const satisfies ArgsDef;

const DOMAIN = 'lighthouse.test';

/** Where the sandbox's Mailcow is. */
const MAILCOW_ADDRESS = '127.0.1.1';

/** A public key as Google Workspace gives one: nobody has the other half. */
const GOOGLE_KEY =
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA5aHLVOSnxXm/Qml7w888gxbAHCUEzrLpaM9XxZVirroHoyRf2J8LY52NYX6JvLaGylCOLTzkOgFruIdtE9r7ctaZ35FKwYVLZ1sASI0et+lE4VzZ+zl+AOoSn/YpZA6phOfc7iNFoL0p5fOzGTbd+oMln/mVTlXHym+kaV12HN3Yx0E+gzULbxPwFUmg4sCjCrEV8yEmsvkL9Og0KCVXDYbBHPjg0N9Dm5zmhjZ47mggJMYaV8LiK95x6mJG8wzsPGulRF+dSjhQDsLoSeAa9T2MK+2R2gF2UsGWz9jm3p8HMJT+oxkZ4MA0QkwMLq9bsTjJpZJbMkhSFJ4MKw+YTwIDAQAB';

/** The zone as its owner left it: Google's mail, SPF and verification records, a web site. None of it is ours. */
const FOREIGN = [
  { name: DOMAIN, type: 'MX', content: 'aspmx.l.google.com', priority: 1, ttl: 3600 },
  { name: DOMAIN, type: 'MX', content: 'alt1.aspmx.l.google.com', priority: 5, ttl: 3600 },
  { name: DOMAIN, type: 'TXT', content: '"v=spf1 include:_spf.google.com ~all"', ttl: 3600 },
  { name: DOMAIN, type: 'TXT', content: '"google-site-verification=Zk3Yx0hQ7wJr5b1v"', ttl: 3600 },
  { name: DOMAIN, type: 'TXT', content: '"MS=ms48103577"', ttl: 3600 },
  { name: DOMAIN, type: 'A', content: '192.0.2.80', proxied: true, ttl: 1 },
  { name: `www.${DOMAIN}`, type: 'CNAME', content: DOMAIN, proxied: true, ttl: 1 },
  {
    name: `google._domainkey.${DOMAIN}`,
    type: 'TXT',
    content: `"v=DKIM1; k=rsa; p=${GOOGLE_KEY.slice(0, 200)}" "${GOOGLE_KEY.slice(200)}"`,
    ttl: 3600,
  },
];

/** The whole story in the sandbox: a live zone, a refusal, a set-up of two regions, a message, and a second run that finds nothing to do. */
export async function run(rawArgs: string[]): Promise<number> {
  readFlags(rawArgs, args);
  const began = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'mailwright-demo-'));
  step('Starting the sandbox: SES, Cloudflare, DNS, two Postfix relays, Mailcow and an inbox, on this machine alone');
  const sandbox = await startSandbox();
  try {
    const environment = { ...sandbox.env, ...(await seed(sandbox)) };
    const up = (...flags: string[]) =>
      runUp(
        [DOMAIN, '--profile', packageFile('examples/profiles/demo.yaml'), '--state', folder, '--yes', ...flags],
        environment,
      ).then(({ reports: [report] }) => report as RunReport);

    step(
      `First try. ${DOMAIN} receives its mail at Google, and the profile names other MX hosts:`,
      'mailwright up lighthouse.test --profile demo',
    );
    const refused = await up();
    if (refused.status !== 'conflict') return unexpected('the old MX should have stopped it', refused);

    step(
      'Refused, and nothing was touched. The owner means it, so; with messages that travel, in and out, when all is up:',
      'mailwright up lighthouse.test --profile demo --take-over-mx --wait --prove=you@inbox.test',
    );
    const done = await up('--take-over-mx', '--wait=60s', '--prove=you@inbox.test');
    writeFileSync(join(folder, 'report.json'), `${JSON.stringify(done, null, 2)}\n`);
    if (done.status !== 'done') return unexpected('the domain should be up', done);

    step('Once more, to see that it is true and stays so:', 'mailwright up lighthouse.test --profile demo');
    const again = await up();
    if (again.status !== 'done' || again.operations.length > 0)
      return unexpected('there should be nothing to do', again);

    const calls = await ledger(sandbox);
    console.log(
      `\n${pc.bold(pc.green('Done'))} in ${((performance.now() - began) / 1000).toFixed(1)} s. The sandbox's ledger counts ${calls}.`,
    );
    console.log(`Report: ${join(folder, 'report.json')}`);
    console.log(`With your own account: ${pc.cyan('mailwright init')} asks for what it takes and tries it.`);
    return 0;
  } finally {
    await sandbox.close();
  }
}

/** Fills the world: the live zone, production access in both regions, and a key with the published IAM policy and nothing more. */
async function seed(sandbox: SandboxProcess): Promise<Record<string, string>> {
  // The zone has been there for years: its servers answer at once. What is changed from now on takes a moment, as in life.
  await post(sandbox, 'cloudflare/edge', { delayMs: 0 });
  const hosts: object[] = [{ name: `post.${DOMAIN}`, type: 'A', content: MAILCOW_ADDRESS, ttl: 3600 }];
  for (const host of [`mx1.${DOMAIN}`, `mx2.${DOMAIN}`]) {
    // Relays that have worked for years, for another domain.
    const relay = (await post(sandbox, 'relays', { host, domains: { 'harbour.test': `post.${DOMAIN}` } })) as {
      address: string;
    };
    hosts.push({ name: host, type: 'A', content: relay.address, ttl: 3600 });
  }
  await post(sandbox, 'zones', { name: DOMAIN, records: [...FOREIGN, ...hosts], delegate: true });
  await post(sandbox, 'cloudflare/edge', { delayMs: 200 });
  for (const region of ['us-east-1', 'us-west-2'])
    await post(sandbox, 'aws/account', { region, productionAccess: true });
  const policy: unknown = JSON.parse(readFileSync(packageFile('docs/iam-policy.json'), 'utf8'));
  const key = (await post(sandbox, 'aws/keys', { policy })) as { accessKeyId: string; secretAccessKey: string };
  return { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
}

async function post(sandbox: SandboxProcess, path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(`${sandbox.control}/control/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the sandbox refused ${path}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

async function ledger(sandbox: SandboxProcess): Promise<string> {
  const answer = await fetch(`${sandbox.control}/ledger`);
  const body = (await answer.json()) as { system: string }[] | { entries: { system: string }[] };
  const entries = Array.isArray(body) ? body : body.entries;
  const of = (system: string) => entries.filter((entry) => entry.system === system).length;
  return `${of('ses') + of('sts')} calls to AWS, ${of('cloudflare')} to Cloudflare, ${of('mailcow')} to Mailcow, ${of('relay')} to relays and ${of('dns')} DNS questions`;
}

function step(text: string, command?: string): void {
  console.log(`\n${pc.bold(pc.cyan('▸'))} ${pc.bold(text)}`);
  if (command) console.log(pc.dim(`   $ ${command}`));
  console.log('');
}

function unexpected(what: string, report: RunReport): number {
  console.error(pc.red(`\nThe demo did not go as it should: ${what}, but it ended as "${report.status}".`));
  return 1;
}
