import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FleetReport } from '../../src/core/report.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let folder: string;
beforeAll(async () => {
  stage = await openStage();
  folder = mkdtempSync(join(tmpdir(), 'mailwright-fleet-'));
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  await stage.control('DELETE /faults');
  expect((await stage.ledger()).filter((row) => row.forbidden)).toEqual([]);
});

const fleet = (ran: { report: unknown }) => ran.report as FleetReport;
const names = (label: string, count: number) => Array.from({ length: count }, (_, n) => `${label}${n}.test`);

describe('several domains in one run', () => {
  const domains = names('many', 6);

  it('are planned as one where the same is to be done', async () => {
    for (const name of domains) await stage.zone(name);
    const list = join(folder, 'domains.txt');
    writeFileSync(list, `# our domains\n${domains.join('\n')}\n\n${domains[0]} # twice\n`);
    const since = await stage.mark();
    const plan = await stage.run(['plan', '--from', list]);
    expect(plan.exit).toBe(5);
    expect(plan.stdout).toContain(`The same for 6 domains: ${domains.join(', ')}`);
    expect(plan.stdout.match(/later: 3 CNAME/g)).toHaveLength(1);
    expect((await stage.ledger(undefined, since)).filter((row) => row.effect)).toEqual([]);
    // The account and its identities are asked once, whatever the number of domains.
    expect((await stage.ledger('ses', since)).length).toBe(2);
  });

  it('come up together, with what they share made once', async () => {
    const profile = stage.profile('ses: { regions: [us-east-1, us-west-2], tenant: fleet }\n');
    const since = await stage.mark();
    const up = await stage.run(['up', ...domains, '--profile', profile, '--yes', '--json', '--wait=90s']);
    expect(fleet(up).domains.map((one) => [one.domain, one.status, one.errors])).toEqual(
      domains.map((name) => [name, 'done', []]),
    );
    const ses = await stage.ledger('ses', since);
    const count = (operation: string) => ses.filter((row) => row.operation === operation && row.effect).length;
    expect([count('CreateTenant'), count('CreateConfigurationSet'), count('CreateEmailIdentity')]).toEqual([2, 2, 12]);
    const again = await stage.run(['up', ...domains, '--profile', profile, '--yes', '--json']);
    expect(fleet(again).domains.flatMap((one) => one.operations)).toEqual([]);
    expect(fleet(again)).toMatchObject({ status: 'done', exit: 0 });
  });

  it('are checked all at once, worst first, and the exit status says it', async () => {
    // Each by the wish of its last run, which names both regions and the tenant.
    const all = await stage.run(['check', '--all']);
    const report = fleet(await stage.run(['check', '--all', '--json']));
    expect(report.domains[0]?.checks.filter((one) => one.id === 'ses.tenant').map((one) => one.region)).toEqual([
      'us-east-1',
      'us-west-2',
    ]);
    expect(all.stdout).toMatch(/6 domains: 6 done\./);
    expect(all.exit).toBe(0);
    await stage.edit('many3.test', {
      deletes: (await stage.zoneRecords('many3.test'))
        .filter((one) => one.type === 'CNAME')
        .map((one) => ({ id: (one as unknown as { id: string }).id })),
    });
    const ill = await stage.run(['check', '--all']);
    expect(ill.stdout.trim().split('\n')[0]).toMatch(/✗ many3\.test\s+failed/);
    expect(ill.exit).toBe(1);
  });
});

describe('domains of one zone', () => {
  it('are written in one batch', async () => {
    await stage.zone('shared.test');
    const since = await stage.mark();
    const up = await stage.run([
      'up',
      'a.shared.test',
      'b.shared.test',
      'c.shared.test',
      '--yes',
      '--json',
      '--wait=60s',
    ]);
    expect(fleet(up).status).toBe('done');
    const batches = (await stage.ledger('cloudflare', since)).filter((row) => row.operation === 'dns_records.batch');
    expect(batches).toHaveLength(1);
  });
});

describe('a canary', () => {
  it('goes first, and the others follow', async () => {
    const domains = names('canary', 3);
    for (const name of domains) await stage.zone(name);
    const since = await stage.mark();
    const up = await stage.run(['up', ...domains, '--yes', '--json', '--wait=60s', '--first', '1']);
    expect(fleet(up).status).toBe('done');
    const rows = (await stage.ledger(undefined, since)).filter((row) => row.effect);
    const at = (name: string) => rows.findIndex((row) => JSON.stringify(row.request.body ?? '').includes(name));
    const put = rows.findIndex((row) => row.operation === 'PutEmailIdentityMailFromAttributes');
    expect(at('canary1.test')).toBeGreaterThan(put);
    expect(at('canary2.test')).toBeGreaterThan(put);
  });

  it('that fails keeps the others back, and running again goes on', async () => {
    const domains = names('sick', 3);
    for (const name of domains) await stage.zone(name);
    await stage.control('POST /control/cloudflare/tokens', {
      name: 'two',
      permissions: ['zone:read', 'dns:read'],
      secret: 'x'.repeat(40),
    });
    const up = await stage.run(['up', ...domains, '--yes', '--json', '--first', '1'], {
      CLOUDFLARE_API_TOKEN: 'x'.repeat(40),
    });
    expect(fleet(up).domains.map((one) => one.status)).toEqual(['failed', 'waiting', 'waiting']);
    const identities = (await stage.control('GET /control/aws/identities')) as { name: string }[];
    expect(identities.map((one) => one.name).filter((name) => name.startsWith('sick'))).toEqual(['sick0.test']);
    const again = await stage.run(['up', ...domains, '--yes', '--json', '--wait=60s', '--first', '1']);
    expect(fleet(again).status).toBe('done');
  });
});

describe('a conflict of one domain', () => {
  it('stops all before anything is touched, and names itself', async () => {
    await stage.zone('good.test');
    await stage.zone('bad.test', [{ name: '@', type: 'MX', content: 'theirs.example', priority: 1, ttl: 300 }]);
    const since = await stage.mark();
    const up = await stage.run(['up', 'good.test', 'bad.test', '--mx', 'ours.mx.test', '--yes', '--json']);
    expect(up.exit).toBe(4);
    expect(fleet(up).domains.map((one) => [one.domain, one.status])).toEqual([
      ['good.test', 'waiting'],
      ['bad.test', 'conflict'],
    ]);
    expect((await stage.ledger(undefined, since)).filter((row) => row.effect)).toEqual([]);
  });
  it('with --keep-going leaves only that one out', async () => {
    const up = await stage.run([
      ...['up', 'good.test', 'bad.test', '--mx', 'ours.mx.test', '--yes', '--json', '--wait=60s', '--keep-going'],
    ]);
    expect(up.exit).toBe(4);
    expect(fleet(up).domains.map((one) => [one.domain, one.status])).toEqual([
      ['good.test', 'done'],
      ['bad.test', 'conflict'],
    ]);
    expect((await stage.zoneRecords('bad.test')).map((one) => one.content)).toEqual(['theirs.example']);
  });
});

describe('mailwright list', () => {
  it('joins SES, zones and our memory', async () => {
    await stage.control('POST /control/aws/identities', { region: 'us-east-1', name: 'byhand.test' });
    await stage.zone('justzone.test');
    const list = await stage.run(['list', '--json', '--ses-regions', 'us-east-1,us-west-2']);
    const { domains } = JSON.parse(list.stdout) as {
      domains: { domain: string; standing: string; regions: object[] }[];
    };
    const of = (name: string) => domains.find((one) => one.domain === name);
    expect(of('many0.test')).toMatchObject({ standing: 'managed', zone: 'many0.test', lastRun: { verb: 'up' } });
    expect(of('many0.test')?.regions).toHaveLength(2);
    expect(of('a.shared.test')).toMatchObject({ standing: 'managed', zone: 'shared.test' });
    expect(of('byhand.test')).toMatchObject({ standing: 'foreign' });
    expect(of('justzone.test')).toMatchObject({ standing: 'zone', regions: [] });
    const text = await stage.run(['list']);
    expect(text.stdout).toMatch(/byhand\.test\s+foreign/);
    expect((await stage.run(['list', '--names', '--standing', 'foreign'])).stdout.trim()).toBe('byhand.test');
  });
  it('says which system can’t be asked, and shows the others', async () => {
    const list = await stage.run(['list'], { CLOUDFLARE_API_TOKEN: 'y'.repeat(40) });
    expect(list.exit).toBe(2);
    expect(list.stdout).toContain('byhand.test');
    expect(list.stderr).toContain('Cloudflare');
  });
  it('says which region can’t be asked, and shows the others', async () => {
    await stage.control('POST /faults', { kind: 'error-before', system: 'ses', region: 'us-west-2', operation: '*' });
    const list = await stage.run(['list', '--ses-regions', 'us-east-1,us-west-2', '--json'], {
      MAILWRIGHT_STATE: `${stage.state}-regions`,
    });
    await stage.control('DELETE /faults');
    const { domains, problems } = JSON.parse(list.stdout) as { domains: { domain: string }[]; problems: object[] };
    expect(domains.map((one) => one.domain)).toContain('byhand.test');
    expect(problems).toHaveLength(1);
    expect(list.stderr).toContain('us-west-2');
    expect(list.exit).toBe(3);
  });
});
