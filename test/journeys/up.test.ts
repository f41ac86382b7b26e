import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { countCalls, openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  for (const region of ['us-east-1', 'us-west-2'])
    await stage.control('POST /control/aws/account', { region, productionAccess: true });
});
afterAll(() => stage.close());
afterEach(async () => {
  await stage.control('DELETE /faults');
  expect((await stage.ledger()).filter((row) => row.forbidden)).toEqual([]);
});

const FOREIGN = [
  { name: '@', type: 'TXT', content: '"v=spf1 include:_spf.google.com ~all"', ttl: 300 },
  { name: '@', type: 'TXT', content: '"google-site-verification=abc"', ttl: 300, comment: 'theirs' },
  { name: '@', type: 'MX', content: 'aspmx.l.google.com', priority: 1, ttl: 300 },
  { name: 'www', type: 'A', content: '192.0.2.1', ttl: 300 },
];

describe('one domain, one region', () => {
  it('is planned without touching anything', async () => {
    await stage.zone('one.test', FOREIGN);
    const since = await stage.mark();
    const plan = await stage.run(['plan', 'one.test', '--json']);
    expect(plan.exit).toBe(5);
    expect(plan.report.operations.every((one) => one.outcome === 'planned')).toBe(true);
    expect((await stage.ledger(undefined, since)).filter((row) => row.effect)).toEqual([]);
  });

  it('comes up, and SES, DNS and the zone say so themselves', async () => {
    const up = await stage.run(['up', 'one.test', '--yes', '--wait=60s', '--json', '--send-test', 'you@inbox.test']);
    expect(up.stderr + JSON.stringify(up.report?.errors)).not.toContain('✗');
    expect(up.report).toMatchObject({ status: 'done', exit: 0, errors: [] });
    expect(up.exit).toBe(0);
    const [sent] = up.report.sent as { verdict: unknown }[];
    expect(sent?.verdict).toEqual({ spf: 'pass', dkim: 'pass', dmarc: 'pass' });

    const identities = (await stage.control('GET /control/aws/identities')) as {
      name: string;
      region: string;
      DkimAttributes: { Status: string; Tokens: string[] };
    }[];
    const identity = identities.find((one) => one.name === 'one.test');
    expect(identity).toMatchObject({ region: 'us-east-1', DkimAttributes: { Status: 'SUCCESS' } });
    for (const token of identity?.DkimAttributes.Tokens ?? []) {
      expect(await stage.resolver.resolveCname(`${token}._domainkey.one.test`)).toEqual([
        `${token}.dkim.amazonses.com`,
      ]);
    }
    expect(await stage.resolver.resolveMx('mail.one.test')).toMatchObject([
      { priority: 10, exchange: 'feedback-smtp.us-east-1.amazonses.com' },
    ]);
    expect(await stage.resolver.resolveTxt('_dmarc.one.test')).toEqual([
      ['v=DMARC1; p=none; rua=mailto:dmarc@one.test'],
    ]);
    // Nobody else's record has moved.
    expect(await stage.resolver.resolveMx('one.test')).toMatchObject([{ priority: 1, exchange: 'aspmx.l.google.com' }]);
    const zone = await stage.zoneRecords('one.test');
    expect(zone.filter((record) => record.comment === 'managed-by=mailwright')).toHaveLength(6);
    expect(zone.find((record) => record.content.includes('google-site'))).toMatchObject({ comment: 'theirs' });
  });

  it('is written in one batch, after one look-up', async () => {
    const rows = await stage.ledger('cloudflare');
    expect(rows.filter((row) => row.operation === 'dns_records.batch')).toHaveLength(1);
    expect(rows.filter((row) => row.operation === 'zones.list')).toHaveLength(2); // one for plan, one for up
  });

  it('has nothing to do the second time, in two calls', async () => {
    const since = await stage.mark();
    const again = await stage.run(['up', 'one.test', '--yes', '--json']);
    expect(again.report).toMatchObject({ status: 'done', operations: [] });
    expect(countCalls(await stage.ledger('ses', since))).toEqual({ 'us-east-1': 1 });
    expect((await stage.ledger(undefined, since)).filter((row) => row.effect)).toEqual([]);
  });

  it('is checked, with the exit status', async () => {
    const check = await stage.run(['check', 'one.test', '--json']);
    expect(check.exit).toBe(0);
    const bad = check.report.checks.filter(({ severity }) => severity === 'blocker' || severity === 'error');
    expect(bad.map((one) => one.status)).not.toContain('failed');
    await stage.control('POST /faults', { kind: 'hang', system: 'dns', operation: 'CNAME' });
    const unknown = await stage.run(['check', 'one.test', '--json']);
    expect(unknown.exit).toBe(3);
    expect(unknown.report.checks.find((one) => one.id === 'dkim.cname')).toMatchObject({ status: 'unknown' });
  });
});

describe('what the wish is not about', () => {
  it('is looked at by the checks of `check` once the domain is up, said, and leaves the exit status alone', async () => {
    const spf = (content: string) => ({ name: '@', type: 'TXT', content, ttl: 300 });
    const mx = { name: '@', type: 'MX', content: 'aspmx.l.google.com', priority: 1, ttl: 300 };
    await stage.zone('beside.test', [spf('"v=spf1 mx -all"'), spf('"v=spf1 a ~all"'), mx]);
    const up = await stage.run(['up', 'beside.test', '--yes', '--wait=60s', '--json']);
    expect(up.report).toMatchObject({ status: 'done', exit: 0 });
    expect(up.report.checks).toContainEqual(
      expect.objectContaining({ id: 'spf.multiple', name: 'beside.test', status: 'failed', severity: 'blocker' }),
    );
    const again = await stage.run(['up', 'beside.test', '--yes']);
    expect(again.exit).toBe(0);
    expect(again.stdout + again.stderr).toContain('What was asked for works; beside it something needs you (✗).');
    const check = await stage.run(['check', 'beside.test', '--json']);
    expect(check.exit).toBe(1);
    const failed = (report: typeof up.report) =>
      report.checks.filter(({ status, severity }) => status === 'failed' && severity === 'blocker').map(({ id }) => id);
    expect(failed(check.report)).toEqual(failed(up.report));
  });
});

describe('two regions with a tenant, over a live zone', () => {
  const args = (...more: string[]) => ['up', 'two.test', '--profile', profile, '--yes', '--json', ...more];
  let profile = '';

  it('is refused whole while the MX is somebody else’s', async () => {
    profile = stage.profile(
      'ses: { regions: [us-east-1, us-west-2], tenant: acme, configurationSet: acme }\nmx: [west.mx.test:10, east.mx.test:20]\nspf: { root: merge }\n',
    );
    await stage.zone('two.test', FOREIGN);
    const since = await stage.mark();
    const refused = await stage.run(args());
    expect(refused.exit).toBe(4);
    expect(refused.report.errors).toMatchObject([{ code: 'mx.foreign' }]);
    expect((await stage.ledger(undefined, since)).filter((row) => row.effect)).toEqual([]);
  });

  it('comes up with three CNAMEs for both, in ten calls a region', async () => {
    await stage.control('DELETE /ledger');
    const since = await stage.mark();
    const up = await stage.run(args('--take-over-mx'));
    expect([0, 3]).toContain(up.exit);
    const calls = countCalls(await stage.ledger('ses', since));
    // Account facts were read by the refused run a moment ago; alone, GetAccount adds one to each.
    expect(calls['us-east-1']).toBeLessThanOrEqual(10);
    expect(calls['us-west-2']).toBeLessThanOrEqual(10);
    const done = await stage.run(args('--take-over-mx', '--wait=60s', '--send-test', 'you@inbox.test'));
    expect(done.report).toMatchObject({ status: 'done' });
    expect(done.report.sent).toMatchObject([{ verdict: { dmarc: 'pass' } }, { verdict: { dmarc: 'pass' } }]);
    expect((await stage.zoneRecords('two.test')).filter((record) => record.type === 'CNAME')).toHaveLength(3);
  });

  it('keeps what was there: SPF grows by a term, verification stays, the old MX is gone', async () => {
    expect((await stage.resolver.resolveTxt('two.test')).map((one) => one.join('')).toSorted()).toEqual([
      'google-site-verification=abc',
      'v=spf1 include:_spf.google.com include:amazonses.com ~all',
    ]);
    expect((await stage.resolver.resolveMx('two.test')).map((mx) => mx.exchange).toSorted()).toEqual([
      'east.mx.test',
      'west.mx.test',
    ]);
  });

  it('has nothing to do the second time, in two calls a region', async () => {
    const since = await stage.mark();
    const again = await stage.run(args());
    expect(again.report).toMatchObject({ status: 'done', operations: [] });
    expect(countCalls(await stage.ledger('ses', since))).toEqual({ 'us-east-1': 2, 'us-west-2': 2 });
  });
});

describe('a fresh installation', () => {
  it('brings up a domain with everything new in ten calls a region', async () => {
    await stage.zone('fresh.test');
    const profile = stage.profile('ses: { regions: [us-east-1, us-west-2], tenant: fresh }\n');
    const since = await stage.mark();
    const up = await stage.run([
      'up',
      'fresh.test',
      '--profile',
      profile,
      '--yes',
      '--json',
      '--state',
      `${stage.state}-fresh`,
    ]);
    expect([0, 3]).toContain(up.exit);
    const calls = countCalls(await stage.ledger('ses', since));
    expect(calls).toEqual({ 'us-east-1': 10, 'us-west-2': 10 });
  });
});

describe('lost answers and killed runs', () => {
  it('an identity that was made before a 500 is found by looking, with the same keys', async () => {
    await stage.zone('lost.test');
    await stage.control('POST /faults', {
      kind: 'error-after',
      system: 'ses',
      operation: 'CreateEmailIdentity',
      count: 1,
    });
    const up = await stage.run(['up', 'lost.test', '--yes', '--json', '--wait=60s']);
    expect(up.report.status).toBe('done');
    const made = (await stage.ledger('ses')).filter(
      (row) => row.operation === 'CreateEmailIdentity' && row.request.body?.EmailIdentity === 'lost.test',
    );
    expect(made).toHaveLength(1);
  });

  it('a batch whose answer was cut off is found by looking', async () => {
    await stage.zone('cut.test');
    await stage.control('POST /faults', {
      kind: 'drop',
      bytes: 10,
      system: 'cloudflare',
      operation: 'dns_records.batch',
      count: 1,
    });
    const up = await stage.run(['up', 'cut.test', '--yes', '--json', '--wait=60s']);
    expect(up.report.status).toBe('done');
    const zone = await stage.zoneRecords('cut.test');
    expect(new Set(zone.map((record) => `${record.name} ${record.type} ${record.content}`)).size).toBe(zone.length);
  });

  it('throttling is waited out', async () => {
    await stage.zone('slow.test');
    await stage.control('POST /faults', {
      kind: 'throttle',
      system: 'ses',
      operation: 'CreateEmailIdentity',
      count: 2,
    });
    await stage.control('POST /faults', {
      kind: 'throttle',
      system: 'cloudflare',
      operation: 'zones.list',
      count: 1,
      retryAfter: 1,
    });
    expect((await stage.run(['up', 'slow.test', '--yes', '--json', '--wait=60s'])).report.status).toBe('done');
  });

  it('a region that can’t be read is unknown, and the run is finished later', async () => {
    await stage.zone('half.test');
    const profile = stage.profile('ses: { regions: [us-east-1, us-west-2] }\n');
    const args = ['up', 'half.test', '--profile', profile, '--yes', '--json', '--wait=60s'];
    await stage.control('POST /faults', { kind: 'error-before', system: 'ses', operation: '*', region: 'us-west-2' });
    const first = await stage.run(['up', 'half.test', '--profile', profile, '--yes', '--json']);
    expect(first.exit).toBe(3);
    expect(first.report.checks.find((check) => check.region === 'us-west-2')).toMatchObject({ status: 'unknown' });
    // The region that can't be read may hold the DKIM parent: no second set of keys is made meanwhile.
    expect(first.report.operations.some((one) => one.id.endsWith('/identity'))).toBe(false);
    await stage.control('DELETE /faults');
    expect((await stage.run(args)).report.status).toBe('done');
  });

  it('what somebody else makes between plan and apply is kept, and nothing is tried again and again', async () => {
    await stage.zone('race.test');
    const profile = stage.profile('ses: { tenant: race }\n');
    await stage.control('POST /faults', { kind: 'error-after', system: 'ses', operation: 'CreateTenant', count: 1 });
    await stage.control('POST /control/aws/switches', { duplicateAssociation: 'refused' });
    await stage.control('POST /faults', {
      kind: 'error-after',
      system: 'ses',
      operation: 'CreateTenantResourceAssociation',
      count: 1,
    });
    const since = await stage.mark();
    const up = await stage.run(['up', 'race.test', '--profile', profile, '--yes', '--json', '--wait=60s']);
    await stage.control('POST /control/aws/switches', { duplicateAssociation: 'accepted' });
    expect(up.report.status).toBe('done');
    const writes = (await stage.ledger('ses', since)).filter((row) => /^(Create|Put)/.test(row.operation));
    expect(writes.length).toBeLessThanOrEqual(9);
  });

  it('writes that get no answer are looked for with pauses, and are pending, not failed', async () => {
    await stage.zone('five.test');
    await stage.control('POST /faults', { kind: 'error-before', system: 'ses', operation: 'CreateEmailIdentity' });
    const since = await stage.mark();
    const up = await stage.run(['up', 'five.test', '--yes', '--json']);
    expect(up.exit).toBe(3);
    expect(
      (await stage.ledger('ses', since)).filter((row) => row.operation === 'CreateEmailIdentity').length,
    ).toBeLessThanOrEqual(5);
    await stage.control('DELETE /faults');
    await stage.control('POST /faults', {
      kind: 'throttle',
      system: 'cloudflare',
      operation: 'dns_records.batch',
      count: 1,
      retryAfter: 1,
    });
    expect((await stage.run(['up', 'five.test', '--yes', '--json', '--wait=60s'])).report.status).toBe('done');
  });

  it('first runs at once on a new state folder have one home', async () => {
    const state = `${stage.state}-parallel`;
    const names = ['p1.test', 'p2.test', 'p3.test'];
    for (const name of names) await stage.zone(name);
    await Promise.all(names.map((name) => stage.run(['up', name, '--yes', '--state', state])));
    for (const name of names) {
      const again = await stage.run(['up', name, '--yes', '--json', '--wait=60s', '--state', state]);
      expect(again.report.errors).toEqual([]);
    }
  });

  it('two domains of one zone at once both come up', async () => {
    await stage.zone('turns.test');
    await Promise.all(['a.turns.test', 'b.turns.test'].map((name) => stage.run(['up', name, '--yes', '--wait=60s'])));
    for (const name of ['a.turns.test', 'b.turns.test']) expect((await stage.run(['check', name])).exit).toBe(0);
  });
});
