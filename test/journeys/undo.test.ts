import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(async () => {
  expect((await stage.ledger()).filter((row) => row.forbidden)).toEqual([]);
});

const FOREIGN = [
  { name: '@', type: 'TXT', content: '"v=spf1 include:_spf.google.com ~all"', ttl: 300, comment: 'theirs' },
  { name: '@', type: 'TXT', content: '"google-site-verification=abc"', ttl: 300 },
  { name: '@', type: 'MX', content: 'aspmx.l.google.com', priority: 1, ttl: 300 },
  { name: 'www', type: 'A', content: '192.0.2.1', ttl: 300 },
];
const PROFILE =
  'ses: { regions: [us-east-1, us-west-2], tenant: TENANT, configurationSet: TENANT }\nmx: [west.mx.test:10]\nspf: { root: merge }\n';

/** A zone's records as its editor sees them. */
async function zoneText(name: string): Promise<string[]> {
  const records = await stage.zoneRecords(name);
  return records
    .map((one) => [one.name, one.type, one.priority, one.content, one.ttl, one.comment].join(' '))
    .toSorted();
}

async function identities(name: string): Promise<{ region: string }[]> {
  return ((await stage.control('GET /control/aws/identities')) as { name: string; region: string }[]).filter(
    (one) => one.name === name,
  );
}

async function lastRun(domain: string, verb = 'up'): Promise<string> {
  const runs = JSON.parse((await stage.run(['runs', '--json', '--domain', domain])).stdout) as {
    run: string;
    verb: string;
    changes: unknown[];
  }[];
  return runs.find((one) => one.verb === verb && one.changes.length > 0)?.run ?? '';
}

describe('undo', () => {
  it('takes a whole set-up back, and the zone is what it was', async () => {
    await stage.zone('back.test', FOREIGN);
    const before = await zoneText('back.test');
    const profile = stage.profile(PROFILE.replaceAll('TENANT', 'back'));
    const up = await stage.run([
      'up',
      'back.test',
      '--profile',
      profile,
      '--take-over-mx',
      '--yes',
      '--wait=60s',
      '--json',
    ]);
    expect(up.report.status).toBe('done');
    expect(await identities('back.test')).toHaveLength(2);

    const undone = await stage.run(['undo', await lastRun('back.test'), '--yes', '--json']);
    expect(undone.report.errors).toEqual([]);
    expect(undone.report.left).toEqual([]);
    expect(undone.report.status).toBe('done');
    expect(await zoneText('back.test')).toEqual(before);
    expect(await identities('back.test')).toEqual([]);
    expect(
      ((await stage.control('GET /control/aws/tenants')) as { name: string }[]).map((one) => one.name),
    ).not.toContain('back');
    // Nothing is left to take back, and nothing counts as ours any more.
    const again = await stage.run(['undo', await lastRun('back.test'), '--yes', '--json']);
    expect(again.report).toMatchObject({ status: 'done', operations: [] });
    expect((await stage.run(['list', '--json', '--standing', 'managed'])).stdout).not.toContain('"back.test"');
  });

  it('removes the MX first, associations before identities, replicas before their parent, and keys last', async () => {
    const rows = (await stage.ledger()).filter(
      (row) => row.effect && /^(Delete|Put|dns_records\.batch)/.test(row.operation),
    );
    const undone = rows.slice(rows.findIndex((row) => row.operation.startsWith('Delete')) - 1);
    const order = undone.map((row) => `${row.region ?? row.system} ${row.operation}`);
    const at = (what: string) => order.indexOf(what);
    expect(order[0]).toBe('cloudflare dns_records.batch');
    expect(at('us-west-2 DeleteTenantResourceAssociation')).toBeLessThan(at('us-west-2 DeleteEmailIdentity'));
    expect(at('us-west-2 DeleteEmailIdentity')).toBeLessThan(at('us-east-1 DeleteEmailIdentity'));
    expect(at('us-east-1 DeleteEmailIdentity')).toBeLessThan(order.lastIndexOf('cloudflare dns_records.batch'));
  });

  it('is itself undone by undoing it, as far as keys are not lost', async () => {
    await stage.zone('twice.test', FOREIGN);
    await stage.run(['up', 'twice.test', '--yes', '--wait=60s']);
    await stage.run(['undo', await lastRun('twice.test'), '--yes']);
    const undone = await stage.run(['undo', await lastRun('twice.test', 'undo'), '--yes', '--json']);
    expect(undone.report.status).toBe('done');
    expect((await stage.zoneRecords('twice.test')).filter((one) => one.content.startsWith('"v=DMARC1'))).toHaveLength(
      1,
    );
    // SES would make other keys for the identity: it is made by `up`, not brought back.
    expect(undone.report.left.map((one) => one.id)).toContain('ses us-east-1/identity');
  });

  it('keeps what somebody else changed since, and names it', async () => {
    await stage.zone('kept.test', FOREIGN);
    const profile = stage.profile(PROFILE.replaceAll('TENANT', 'kept'));
    await stage.run(['up', 'kept.test', '--profile', profile, '--take-over-mx', '--yes', '--wait=60s']);
    const run = await lastRun('kept.test');
    const zone = await stage.zoneRecords('kept.test');
    const edit = (match: (one: (typeof zone)[number]) => boolean, change: object) => {
      const id = (zone.find(match) as { id?: string } | undefined)?.id;
      return { ...change, id };
    };
    await stage.edit('kept.test', {
      patches: [
        edit((one) => one.content.startsWith('"v=spf1 include:_spf'), {
          content: '"v=spf1 include:_spf.google.com include:amazonses.com include:sendgrid.net -all"',
        }),
        edit((one) => one.name === '_dmarc.kept.test', { content: '"v=DMARC1; p=reject; rua=mailto:sec@kept.test"' }),
      ],
      posts: [
        { name: 'kept.test', type: 'MX', content: 'backup.elsewhere.example', priority: 50, ttl: 300 },
        { name: 'new.kept.test', type: 'A', content: '192.0.2.77', ttl: 300 },
      ],
    });
    const undone = await stage.run(['undo', run, '--yes', '--json']);
    const after = await zoneText('kept.test');
    expect(undone.report.left.map((one) => one.id).toSorted()).toEqual([
      'dns _dmarc.kept.test TXT',
      'dns kept.test MX west.mx.test',
      'dns kept.test MX west.mx.test without 1 aspmx.l.google.com',
    ]);
    expect(after.join('\n')).toContain('"v=spf1 include:_spf.google.com include:sendgrid.net -all"');
    expect(after.join('\n')).toContain('p=reject');
    expect(after.join('\n')).toContain('backup.elsewhere.example');
    expect(after.join('\n')).toContain('new.kept.test A');
    expect(after.join('\n')).not.toContain('amazonses.com');
  });

  it('of no such run says where to look', async () => {
    const undone = await stage.run(['undo', 'nothing']);
    expect(undone.exit).toBe(2);
    expect(undone.stderr).toContain('`mailwright runs` lists them');
  });
});

describe('drift and leftovers', () => {
  it('what was ours and was changed by somebody is shown with both values, and written over only on request', async () => {
    await stage.zone('drift.test');
    await stage.run(['up', 'drift.test', '--yes', '--wait=60s']);
    const mx = (await stage.zoneRecords('drift.test')).find((one) => one.type === 'MX') as unknown as { id: string };
    await stage.edit('drift.test', { patches: [{ id: mx.id, content: 'mx.elsewhere.example' }] });
    const since = await stage.mark();
    const refused = await stage.run(['up', 'drift.test', '--yes', '--json']);
    expect(refused.exit).toBe(4);
    expect(refused.report.errors[0]).toMatchObject({ code: 'dns.drift' });
    expect(refused.report.errors[0]?.message).toContain('mx.elsewhere.example');
    expect((await stage.ledger('cloudflare', since)).filter((row) => row.effect)).toEqual([]);
    const forced = await stage.run(['up', 'drift.test', '--yes', '--overwrite', '--json', '--wait=60s']);
    expect(forced.report.status).toBe('done');
    expect((await stage.zoneRecords('drift.test')).find((one) => one.type === 'MX')?.content).toBe(
      'feedback-smtp.us-east-1.amazonses.com',
    );
  });

  it('what is no longer asked for is stale, and removed with --prune alone', async () => {
    await stage.zone('stale.test');
    const both = stage.profile(
      'ses: { regions: [us-east-1, us-west-2], tenant: stale }\nmx: [a.mx.test:10, b.mx.test:20]\n',
    );
    const one = stage.profile('ses: { regions: [us-east-1], tenant: stale }\nmx: [a.mx.test:10]\n');
    expect((await stage.run(['up', 'stale.test', '--profile', both, '--yes', '--wait=60s'])).exit).toBe(0);
    const check = await stage.run(['up', 'stale.test', '--profile', one, '--yes', '--json']);
    expect(check.report.operations).toEqual([]);
    const stale = check.report.checks.filter((found) => found.id === 'ownership.stale');
    expect(stale.map((found) => found.name)).toContain('ses us-west-2');
    expect(stale.map((found) => found.name)).toContain('dns stale.test MX b.mx.test');

    const pruned = await stage.run(['up', 'stale.test', '--profile', one, '--yes', '--prune', '--json', '--wait=60s']);
    expect(pruned.report.errors).toEqual([]);
    expect(pruned.report.status).toBe('done');
    expect((await identities('stale.test')).map(({ region }) => region)).toEqual(['us-east-1']);
    const zone = (await zoneText('stale.test')).join('\n');
    expect(zone).not.toContain('b.mx.test');
    expect(zone).not.toContain('us-west-2');
    expect(zone).toContain('feedback-smtp.us-east-1');
    const again = await stage.run(['up', 'stale.test', '--profile', one, '--yes', '--prune', '--json']);
    expect(again.report).toMatchObject({ status: 'done', operations: [] });
  });
});
