import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportSchema } from '../../src/core/report.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let folder: string;
beforeAll(async () => {
  stage = await openStage();
  folder = mkdtempSync(join(tmpdir(), 'mailwright-cli-'));
  await stage.zone('cli.test');
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('plans', () => {
  it('are printed with accounts, changes and consequences, and touch nothing', async () => {
    const plan = await stage.run(['plan', 'cli.test', '--ses-regions', 'eu-west-1']);
    expect(plan.stdout).toContain('AWS account 111122223333 as arn:aws:iam::');
    expect(plan.stdout).toContain('SES eu-west-1 (SES sandbox: can write to verified addresses only)');
    expect(plan.stdout).toContain(
      '+ identity cli.test, Easy DKIM with keys of its own · nothing visible until its records are seen',
    );
    expect(plan.stdout).toContain('later: 3 CNAME at or under _domainkey.cli.test');
    expect(plan.stdout).toContain('Nothing was touched');
    expect(plan.exit).toBe(5);
  });
  it('are Markdown for a pull request, and JSON in a file', async () => {
    const out = join(folder, 'plan.json');
    const plan = await stage.run(['plan', 'cli.test', '--markdown', '--out', out]);
    expect(plan.stdout).toMatch(/^## Mailwright plan for cli\.test/);
    expect(plan.stdout).toContain('| create | mail.cli.test MX 10 feedback-smtp.us-east-1.amazonses.com |');
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({
      version: 1,
      domains: [{ spec: { domain: 'cli.test' }, plan: { domain: 'cli.test', conflicts: [] } }],
    });
  });
  it('are what up --dry-run gives, and what up without a terminal and without --yes stops at', async () => {
    expect((await stage.run(['up', 'cli.test', '--dry-run', '--yes', '--wait', '--send-test', 'a@b.test'])).exit).toBe(
      5,
    );
    const up = await stage.run(['up', 'cli.test']);
    expect(up.exit).toBe(5);
    expect(up.stdout).toContain('There is no terminal to ask at. To approve: --yes');
    expect((await stage.ledger()).filter((row) => row.effect)).toEqual([]);
  });
});

it('the report is what its schema says, in a file and as lines', async () => {
  const file = join(folder, 'report.json');
  const up = await stage.run(['up', 'cli.test', '--yes', '--wait=60s', `--json=${file}`]);
  expect(up.exit).toBe(0);
  const report = reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  expect(report.records.map((record) => `${record.verb} ${record.type}`).toSorted()).toEqual([
    'create CNAME',
    'create CNAME',
    'create CNAME',
    'create MX',
    'create TXT',
    'create TXT',
  ]);
  expect(report.timings.rounds).toBeGreaterThan(1);
  const lines = await stage.run(['up', 'cli.test', '--yes', '--json=lines']);
  const events = lines.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string });
  expect(events.map((event) => event.kind)).toEqual(['reading', 'planned', 'done']);
});

it('the journal tells each change before it was made, and the ledger what is ours', async () => {
  const { readdirSync } = await import('node:fs');
  const runs = readdirSync(join(stage.state, 'runs')).map((name) => join(stage.state, 'runs', name));
  const entries = runs.flatMap((path) =>
    readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
  const of = (kind: string) => entries.filter((entry) => entry.kind === kind);
  expect(of('settled').length).toBeGreaterThan(5);
  for (const settled of of('settled')) {
    const started = entries.findIndex((entry) => entry.kind === 'started' && entry.id === settled.id);
    expect(started).toBeGreaterThanOrEqual(0);
    expect(started).toBeLessThan(entries.indexOf(settled));
  }
  const owned = JSON.parse(readFileSync(join(stage.state, 'owned', 'cli.test.json'), 'utf8'));
  expect(Object.keys(owned)).toContain('ses us-east-1/identity');
  expect(statSync(join(stage.state, 'owned', 'cli.test.json')).mode & 0o777).toBe(0o600);
});

it('a profile for one domain, aliases of flags, and .env in the working folder', async () => {
  await stage.zone('file.test', [{ name: '@', type: 'MX', content: 'west.x.test', priority: 10, ttl: 300 }]);
  const file = join(folder, 'file.yaml');
  writeFileSync(
    file,
    'domain: file.test\nmail_from_domain: post.file.test\ndmarc: { policy: none, rua: mailto:dmarc@file.test, fo: 1 }\nspf: { include: amazonses.com }\n',
  );
  const plan = await stage.run([
    'plan',
    '--file',
    file,
    '--mxwest',
    'west.x.test',
    '--mxeast',
    'east.x.test',
    '--mooker',
    'mail.file.test',
    '--json',
  ]);
  const records = plan.report.operations.filter((one) => one.system === 'dns').map((one) => one.id);
  expect(records).toEqual([
    'dns file.test MX east.x.test',
    'dns post.file.test MX',
    'dns post.file.test TXT spf',
    'dns _dmarc.file.test TXT',
  ]);
});

it('DMARC: a published policy is kept, the stronger one is offered, and applied on request', async () => {
  await stage.zone('policy.test', [
    { name: '_dmarc', type: 'TXT', content: '"v=DMARC1; p=none; rua=mailto:x@policy.test"', ttl: 300 },
  ]);
  const profile = stage.profile('dmarc: { policy: quarantine }\n');
  const args = ['plan', 'policy.test', '--profile', profile, '--json'];
  const kept = await stage.run(args);
  expect(kept.report.operations.some((one) => one.id.includes('_dmarc'))).toBe(false);
  expect(kept.report.warnings.map((warning) => warning.code)).toContain('dmarc.weaker');
  const raised = await stage.run([...args, '--dmarc-apply']);
  expect(raised.report.operations.find((one) => one.id.includes('_dmarc'))?.after).toMatchObject({
    value: 'v=DMARC1; p=quarantine; rua=mailto:x@policy.test',
  });
});

it('a sub-domain inherits the policy of its parent, and lives in its zone', async () => {
  const plan = await stage.run(['plan', 'news.policy.test', '--json']);
  expect(plan.report.operations.some((one) => one.id.includes('_dmarc'))).toBe(false);
  expect(plan.report.checks.find((check) => check.id === 'dmarc.record')?.seen[0]?.value).toContain(
    'inherited: v=DMARC1; p=none',
  );
  expect(plan.report.about.join()).toContain('zone policy.test');
});

describe('mailwright sandbox', () => {
  it('prints and writes its settings, answers, and ends when it is told to', async () => {
    const env = join(folder, 'sandbox.env');
    const bin = fileURLToPath(new URL('../../bin/mailwright.js', import.meta.url));
    const child = spawn(bin, ['sandbox', '--env-file', env, '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    const description = await new Promise<{ control: string; ledger: string; env: Record<string, string> }>(
      (resolve) => {
        child.stdout.on('data', (chunk: Buffer) => {
          out += chunk.toString();
          if (out.trimEnd().endsWith('}')) resolve(JSON.parse(out));
        });
      },
    );
    expect(await (await fetch(description.ledger)).json()).toEqual([]);
    expect(readFileSync(env, 'utf8')).toContain(`AWS_ENDPOINT_URL_SESV2=${description.env.AWS_ENDPOINT_URL_SESV2}`);
    expect(statSync(env).mode & 0o777).toBe(0o600);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    await expect(fetch(description.ledger)).rejects.toThrow();
  });
  it('writes over no settings of others', async () => {
    const env = join(folder, 'mine.env');
    writeFileSync(env, 'AWS_PROFILE=mine\n');
    const ran = await stage.run(['sandbox', '--env-file', env]);
    expect(ran.exit).toBe(2);
    expect(readFileSync(env, 'utf8')).toBe('AWS_PROFILE=mine\n');
  });
});

it('a run that is interrupted ends after the call under way, says how to go on, and is finished by running again', async () => {
  await stage.zone('stop.test');
  await stage.control('POST /faults', { kind: 'slow', ms: 700, system: 'ses', operation: 'CreateEmailIdentity' });
  const bin = fileURLToPath(new URL('../../bin/mailwright.js', import.meta.url));
  const child = spawn(bin, ['up', 'stop.test', '--yes'], {
    env: { ...stage.env, PATH: process.env.PATH ?? '', MAILWRIGHT_STATE: stage.state },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  while (
    !(await stage.ledger('ses')).some(
      (row) => row.operation === 'CreateEmailIdentity' && row.request.body?.EmailIdentity === 'stop.test',
    )
  ) {
    await new Promise((done) => setTimeout(done, 50));
  }
  child.kill('SIGINT');
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(3);
  expect(out).toMatch(/Stopped by you: 1 of \d+ changes made/);
  expect(out).toContain('to go on: mailwright up stop.test --yes');
  await stage.control('DELETE /faults');
  expect((await stage.run(['up', 'stop.test', '--yes', '--wait=60s', '--json'])).report.status).toBe('done');
});

it('plan ends with the command that does it, whole', async () => {
  await stage.zone('echo.test');
  const plan = await stage.run(['plan', 'echo.test', '--mx', 'echo.mx.test', '--markdown=plan.md', '--out', 'p.json']);
  expect(plan.stdout).toContain('To do it: mailwright up --plan p.json');
  const other = await stage.run(['plan', 'echo.test', '--mx', 'echo.mx.test', '--state', "my dad's", '--json=p.json']);
  expect(other.stdout).not.toContain('To do it: mailwright up echo.test --json');
  const told = await stage.run(['plan', 'echo.test', '--mx', 'echo.mx.test', '--state', "my dad's"]);
  expect(told.stdout).toContain("To do it: mailwright up echo.test --mx echo.mx.test --state 'my dad'\\''s'");
});

it('check takes the wish of the last run where it is not told another', async () => {
  await stage.zone('wish.test');
  const up = await stage.run(['up', 'wish.test', '--mx', 'wish.mx.test', '--mail-from', 'post', '--yes', '--wait=60s']);
  expect(up.exit).toBe(0);
  // What nobody approved, and new keys alone, are no wish.
  await stage.run(['up', 'wish.test', '--mx', 'other-wish.mx.test', '--ses-regions', 'us-west-2']);
  await stage.run(['rotate', 'dkim', 'wish.test', '--ses-regions', 'us-west-2', '--yes']);
  const known = await stage.run(['check', 'wish.test', '--json']);
  expect(known.report.about.join()).not.toContain('us-west-2');
  expect(known.report.checks.map((one) => one.name)).toContain('post.wish.test');
  expect(known.exit).toBe(0);
  const other = await stage.run(['check', 'wish.test', '--ses-regions', 'eu-west-1', '--json']);
  expect(other.report.checks.map((one) => one.region)).toContain('eu-west-1');
});

describe('words and flags that would be ignored', () => {
  const refused: [string[], string][] = [
    [['up', '--plan', 'p.json', '--prune'], 'Leave out --prune'],
    [['up', '--plan', 'p.json', 'wish.test', '--mx', 'a.test'], 'Leave out the domains, --mx'],
    [['up', '--plan', 'p.json', '--dry-run'], 'plan anew'],
    [['list', 'wish.test'], 'one word too many'],
    [['list', '--standing', 'mine'], 'managed, foreign, orphaned, zone'],
    [['check', '--all', 'wish.test'], 'one word too many'],
  ];
  for (const [args, said] of refused) {
    it(`are refused: ${args.join(' ')}`, async () => {
      const ran = await stage.run(args);
      expect(ran.stderr).toContain(said);
      expect(ran.exit).toBe(2);
    });
  }
  it('list and runs write the file that --json names', async () => {
    const list = join(folder, 'list.json');
    const runs = join(folder, 'runs.json');
    await stage.run(['list', `--json=${list}`]);
    await stage.run(['runs', `--json=${runs}`]);
    expect(JSON.parse(readFileSync(list, 'utf8')).domains.length).toBeGreaterThan(0);
    expect(JSON.parse(readFileSync(runs, 'utf8')).length).toBeGreaterThan(0);
  });
  it('a profile names the same domain however it is written', async () => {
    const file = join(folder, 'same.yaml');
    writeFileSync(file, 'domain: Wish.test.\n');
    expect((await stage.run(['plan', 'wish.test', '--file', file])).stderr).toBe('');
  });
});
