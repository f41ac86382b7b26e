import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let folder: string;
beforeAll(async () => {
  stage = await openStage();
  folder = mkdtempSync(join(tmpdir(), 'mailwright-guards-'));
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  await stage.control('DELETE /faults');
  expect((await stage.ledger()).filter((row) => row.forbidden)).toEqual([]);
});

/** Runs, and expects nothing to have changed anywhere. */
async function untouched(args: readonly string[]) {
  const since = await stage.mark();
  const ran = await stage.run(args);
  expect((await stage.ledger(undefined, since)).filter((row) => row.effect)).toEqual([]);
  return ran;
}

describe('a plan that would rewrite much of a zone', () => {
  const many = [1, 2, 3, 4, 5, 6].map((n) => ({
    name: '@',
    type: 'MX',
    content: `mx${n}.old.example`,
    priority: n,
    ttl: 300,
  }));
  const rest = [1, 2, 3, 4].map((n) => ({ name: `host${n}`, type: 'A', content: '192.0.2.1', ttl: 300 }));

  it('is refused with the count, and done with --force', async () => {
    await stage.zone('much.test', [...many, ...rest]);
    const args = ['up', 'much.test', '--mx', 'new.mx.test', '--take-over-mx', '--yes', '--json'];
    const refused = await untouched(args);
    expect(refused.report.errors).toMatchObject([
      { code: 'dns.too-many', message: expect.stringContaining('6 of 10 records') },
    ]);
    expect(refused.exit).toBe(4);
    expect((await stage.run([...args, '--force', '--wait=60s'])).report.status).toBe('done');
  });

  it('is not in the way of a small zone, or of a small change', async () => {
    await stage.zone('small.test', [...many.slice(0, 3), ...rest]);
    await stage.zone('big.test', [
      ...many.slice(0, 3),
      ...rest,
      ...rest.map((one) => ({ ...one, content: '192.0.2.2' })),
    ]);
    for (const name of ['small.test', 'big.test'])
      expect((await stage.run(['plan', name, '--mx', 'new.mx.test', '--take-over-mx'])).exit).toBe(5);
  });
});

describe('names that the zone delegates', () => {
  it('are written at whoever serves them, where we have that zone', async () => {
    await stage.zone('cut.test');
    await stage.zone('_domainkey.cut.test');
    const up = await stage.run(['up', 'cut.test', '--yes', '--json', '--wait=60s']);
    expect(up.report.errors).toEqual([]);
    expect(up.report.status).toBe('done');
    expect((await stage.zoneRecords('_domainkey.cut.test')).filter((one) => one.type === 'CNAME')).toHaveLength(3);
    expect((await stage.zoneRecords('cut.test')).filter((one) => one.type === 'CNAME')).toHaveLength(0);
    expect(up.report.about.filter((line) => line.startsWith('DNS '))).toHaveLength(2);
    // One zone look-up for each, and a second run has nothing to do.
    expect((await stage.run(['up', 'cut.test', '--yes', '--json'])).report).toMatchObject({ operations: [] });
  });

  it('are a conflict where we do not', async () => {
    await stage.zone('away.test', [{ name: 'mail', type: 'NS', content: 'ns1.elsewhere.example', ttl: 300 }]);
    const up = await untouched(['up', 'away.test', '--mail-from', 'mail', '--yes', '--json']);
    expect(up.report.errors.map((one) => one.code)).toContain('dns.delegated-away');
  });
});

describe('the address of DMARC reports in another organisation', () => {
  it('brings its consent into the plan where that zone is ours, and stays', async () => {
    await stage.zone('reports.test');
    await stage.zone('sends.test');
    const up = await stage.run([
      'up',
      'sends.test',
      '--dmarc-email',
      'dmarc@reports.test',
      '--yes',
      '--json',
      '--wait=60s',
    ]);
    expect(up.report.status).toBe('done');
    expect(await stage.zoneRecords('reports.test')).toMatchObject([
      { name: 'sends.test._report._dmarc.reports.test', type: 'TXT', content: '"v=DMARC1"' },
    ]);
    const again = await stage.run([
      'up',
      'sends.test',
      '--dmarc-email',
      'dmarc@reports.test',
      '--yes',
      '--prune',
      '--json',
    ]);
    expect(again.report).toMatchObject({ status: 'done', operations: [] });
  });
  it('is shown where it is not', async () => {
    await stage.zone('shown.test');
    const plan = await stage.run(['plan', 'shown.test', '--dmarc-email', 'dmarc@elsewhere.example', '--json']);
    expect(plan.report.checks.find((one) => one.id === 'dmarc.report-consent')).toMatchObject({
      name: 'shown.test._report._dmarc.elsewhere.example',
    });
  });
});

describe('what is worth knowing of a zone', () => {
  it('wildcards are named, with the names at which they stop answering', async () => {
    await stage.zone('wild.test', [{ name: '*', type: 'A', content: '192.0.2.1', ttl: 300 }]);
    const plan = await stage.run(['plan', 'wild.test', '--json', '--mail-from', 'bounce']);
    const found = plan.report.checks.find((one) => one.id === 'dns.wildcard');
    expect(found).toMatchObject({ name: '*.wild.test', severity: 'info' });
    expect(found?.fix).toContain('It no longer answers at');
  });
  it.each([
    ['quiet.test', [], 1],
    ['null.test', [{ name: '@', type: 'MX', content: '.', priority: 0, ttl: 300 }], 1],
    ['mailed.test', [{ name: '@', type: 'MX', content: 'aspmx.l.google.com', priority: 1, ttl: 300 }], 0],
  ])('replies to %s: a sender that receives nothing is told', async (domain, mx, count) => {
    await stage.zone(domain, [{ name: 'www', type: 'A', content: '192.0.2.1', ttl: 300 }, ...mx]);
    const { report } = await untouched(['plan', domain, '--json']);
    expect(report.warnings.filter(({ code }) => code === 'mx.replies')).toHaveLength(count);
  });

  it('a parked MX is named as what it is', async () => {
    await stage.zone('parked.test', [{ name: '@', type: 'MX', content: 'mx.parkingcrew.net', priority: 10, ttl: 300 }]);
    const plan = await stage.run(['plan', 'parked.test', '--json']);
    expect(plan.report.checks.find((one) => one.id === 'mx.parked')?.seen[0]?.value).toContain('parking service');
  });
  it('a change says how long the old value is still seen', async () => {
    await stage.zone('slow.test', [{ name: '@', type: 'MX', content: 'old.mx.example', priority: 10, ttl: 86_400 }]);
    const plan = await stage.run(['plan', 'slow.test', '--mx', 'new.mx.test', '--take-over-mx']);
    expect(plan.stdout).toMatch(/the old value is seen for up to 24 h \(until \d\d:\d\d tomorrow\)/);
  });
});

describe('--ttl-first', () => {
  const args = ['up', 'ttl.test', '--mx', 'new.mx.test', '--take-over-mx', '--yes', '--json'];
  it('lowers the TTL now, changes nothing else of the record, and says when to go on', async () => {
    await stage.zone('ttl.test', [{ name: '@', type: 'MX', content: 'old.mx.example', priority: 10, ttl: 86_400 }]);
    const first = await stage.run([...args, '--ttl-first']);
    expect(first.exit).toBe(3);
    const mx = (await stage.zoneRecords('ttl.test')).filter((one) => one.name === 'ttl.test' && one.type === 'MX');
    expect(mx).toMatchObject([{ content: 'old.mx.example', ttl: 300 }, { content: 'new.mx.test' }].slice(0, mx.length));
    expect(mx[0]).toMatchObject({ content: 'old.mx.example', ttl: 300 });
    expect(first.report.checks.find((one) => one.id === 'dns.ttl-first')?.next).toContain('run again after that');
    const again = await stage.run([...args, '--ttl-first']);
    expect(again.report.operations.filter((one) => one.outcome === 'done')).toEqual([]);
    expect(again.exit).toBe(3);
  });
  it('without it the change is made, and says how long the old value is seen still', async () => {
    const plan = await stage.run(['plan', 'ttl.test', '--mx', 'new.mx.test', '--take-over-mx']);
    expect(plan.stdout).toMatch(/the old value is seen for up to 24 h/);
    expect((await stage.run([...args, '--wait=60s'])).report.status).toBe('done');
  });
});

describe('a reviewed plan', () => {
  it('is done as it was reviewed, without being asked again', async () => {
    await stage.zone('review.test');
    const file = join(folder, 'plan.json');
    expect((await stage.run(['plan', 'review.test', '--out', file])).exit).toBe(5);
    const up = await stage.run(['up', '--plan', file, '--json', '--wait=60s']);
    expect(up.report).toMatchObject({ status: 'done', domain: 'review.test' });
    const journal = JSON.parse((await stage.run(['runs', '--json', '--domain', 'review.test'])).stdout) as {
      run: string;
    }[];
    const text = readFileSync(join(stage.state, 'runs', `${journal[0]?.run}.jsonl`), 'utf8');
    expect(text).toContain('"kind":"approved"');
    expect(text).toContain('"by":"plan"');
  });
  it('is refused whole when the world moved', async () => {
    await stage.zone('moved.test', [{ name: '@', type: 'TXT', content: '"v=spf1 ip4:192.0.2.1 ~all"', ttl: 300 }]);
    const file = join(folder, 'moved.json');
    const profile = stage.profile('spf: { root: merge }\n');
    await stage.run(['plan', 'moved.test', '--profile', profile, '--out', file]);
    const [spf] = (await stage.zoneRecords('moved.test')) as unknown as { id: string }[];
    await stage.edit('moved.test', { patches: [{ id: spf?.id, content: '"v=spf1 ip4:192.0.2.2 ~all"' }] });
    const up = await untouched(['up', '--plan', file, '--json']);
    expect(up.exit).toBe(4);
    expect(up.report.errors).toMatchObject([{ code: 'plan.moved' }]);
    expect(up.report.errors[0]?.message).toContain('ip4:192.0.2.2');
  });
  it('that is none, or holds a conflict, is refused', async () => {
    const file = join(folder, 'none.json');
    writeFileSync(file, '{}');
    expect((await untouched(['up', '--plan', file])).stderr).toContain('is no plan of this version');
    await stage.zone('busy.test', [{ name: '@', type: 'MX', content: 'theirs.example', priority: 1, ttl: 300 }]);
    await stage.run(['plan', 'busy.test', '--mx', 'new.mx.test', '--out', file]);
    expect((await untouched(['up', '--plan', file])).stderr).toContain('holds a conflict for busy.test');
    expect((await untouched(['up', 'a.test', '--plan', file])).exit).toBe(2);
  });
  it('names undo and effect of each change in Markdown', async () => {
    await stage.zone('md.test');
    const plan = await stage.run(['plan', 'md.test', '--markdown']);
    expect(plan.stdout).toContain('| | change | effect on live mail | undo |');
    expect(plan.stdout).toMatch(
      /\| create \| identity md\.test.*\| nothing visible until its records are seen \| removed again \|/,
    );
  });
});

it('the published read-only policy is enough to plan and check, and nothing more', async () => {
  await stage.zone('read.test');
  const policy = JSON.parse(readFileSync(new URL('../../docs/iam-policy.json', import.meta.url), 'utf8')) as {
    Statement: { Sid: string }[];
  };
  const read = { ...policy, Statement: policy.Statement.filter((one) => one.Sid.startsWith('Read')) };
  const key = (await stage.control('POST /control/aws/keys', { policy: read })) as Record<string, string>;
  const env = { AWS_ACCESS_KEY_ID: key.accessKeyId ?? '', AWS_SECRET_ACCESS_KEY: key.secretAccessKey ?? '' };
  const profile = stage.profile('ses: { regions: [us-east-1, us-west-2], tenant: read, verification: dkim+txt }\n');
  const plan = await stage.run(['plan', 'read.test', '--profile', profile, '--json', '--prune', '--adopt'], env);
  expect([plan.exit, plan.report.errors]).toEqual([5, []]);
  expect((await stage.run(['check', 'read.test', '--profile', profile, '--json'], env)).exit).not.toBe(2);
  const up = await stage.run(['up', 'read.test', '--profile', profile, '--yes', '--json'], env);
  expect(up.exit).not.toBe(0);
  expect(up.report.errors.map((one) => one.code)).toContain('aws.access-denied');
});

describe('credentials of another account', () => {
  const east = 'us-east-1';
  const account = '999988887777';
  let other: Record<string, string>;
  beforeAll(async () => {
    const key = (await stage.control('POST /control/aws/keys', {
      account,
      user: 'other',
      policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ['ses:*'], Resource: ['*'] }] },
    })) as { accessKeyId: string; secretAccessKey: string };
    other = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
    await stage.zone('ours.test');
    expect((await stage.run(['up', 'ours.test', '--ses-regions', east, '--yes', '--wait=30s'])).exit).toBe(0);
    // A domain of the same name that somebody has there.
    await stage.control('POST /control/aws/identities', {
      region: east,
      account,
      name: 'ours.test',
      mailFrom: { domain: 'mail.ours.test' },
    });
  }, 60_000);

  for (const args of [
    ['up', 'ours.test', '--yes'],
    ['plan', 'ours.test', '--prune'],
    ['check', 'ours.test'],
    ['undo'],
  ]) {
    it(`are refused before anything is touched: ${args.join(' ')}`, async () => {
      const since = await stage.mark();
      const [last] = JSON.parse((await stage.run(['runs', '--json', '--domain', 'ours.test'])).stdout) as {
        run: string;
      }[];
      const command = args[0] === 'undo' ? ['undo', last?.run ?? '', '--yes'] : args;
      const ran = await stage.run(command, other);
      expect(ran.exit).toBe(4);
      expect(ran.stdout).toContain(`is in account 111122223333, the credentials are for ${account}`);
      expect((await stage.ledger(undefined, since)).filter((row) => row.effect)).toEqual([]);
      expect(await stage.zoneRecords('ours.test')).not.toEqual([]);
    });
  }
});
