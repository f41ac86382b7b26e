import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  both,
  EAST,
  type Estates,
  effects,
  GOOD,
  ids,
  openEstates,
  type Seed,
  tokens,
  touching,
  WEST,
} from './live-estate.ts';
import type { Stage } from './stage.ts';

const OUR_TAGS = ['mailwright:home', 'managed-by'];

let stage: Stage;
let shown: Estates['shown'];
let estate: Estates['estate'];
let verdicts: Estates['verdicts'];
let profile: Estates['profile'];
beforeAll(async () => {
  ({ stage, shown, estate, verdicts, profile } = await openEstates());
});
afterAll(() => stage.close());
afterEach(async () => {
  expect((await stage.ledger()).filter((row) => row.forbidden)).toEqual([]);
});

describe('`up` on what somebody set up by hand', () => {
  const own = { origin: 'EXTERNAL', selector: 'theirs', tokens: undefined };
  it.each([
    ['Easy DKIM in each region', 'each.test', both()],
    [
      'a replica in the first region, its parent in the second',
      'turned.test',
      both({ origin: 'AWS_SES_US_WEST_2', tokens: undefined }),
    ],
    ['a key of their own in both', 'byo.test', both(own, own)],
    ['a key of their own in one, Easy DKIM in the other', 'mixed.test', both(own)],
    [
      'a default configuration set of their own',
      'sets.test',
      both({ configurationSet: 'theirs' }, { configurationSet: 'theirs' }),
    ],
    ['a MAIL FROM that is a host as well', 'host.test', both()],
  ] as [string, string, Seed[]][])('%s: nothing is touched', async (_, domain, seeds) => {
    const host = domain === 'host.test' ? [{ name: 'mail', type: 'A', content: '192.0.2.7', ttl: 300 }] : [];
    for (const region of [EAST, WEST])
      await stage.control('POST /control/aws/configuration-sets', { region, name: 'theirs' });
    await estate(domain, seeds, host);
    const before = await shown(domain);
    const since = await stage.mark();
    const ran = await stage.run(['up', domain, '--profile', profile(), '--yes', '--json', '--wait=60s']);
    expect(ran.report.errors).toEqual([]);
    expect(ran.report.status).toBe('done');
    expect(effects(await stage.ledger('ses', since))).toEqual([]);
    expect(await shown(domain)).toEqual(before);
    // DMARC is all that was missing; no record of theirs has changed.
    expect(ids(ran)).toEqual([`dns _dmarc.${domain} TXT`]);
    if (host.length > 0) expect(ran.report.checks.find((one) => one.id === 'mail-from.host')?.status).toBe('failed');
    expect(ids(await stage.run(['plan', domain, '--profile', profile(), '--json']))).toEqual([]);
  });

  it('one region of two: the other becomes its replica, whatever the order of the list', async () => {
    await estate('single.test', [{ region: WEST, tokens: tokens('w') }]);
    const since = await stage.mark();
    const ran = await stage.run(['up', 'single.test', '--profile', profile(), '--yes', '--json', '--wait=60s']);
    expect(ran.report.status).toBe('done');
    const after = await shown('single.test');
    expect(after[EAST]?.DkimAttributes).toMatchObject({
      SigningAttributesOrigin: 'AWS_SES_US_WEST_2',
      Status: 'SUCCESS',
    });
    expect(after[WEST]?.Tags).toEqual([]);
    expect(touching(await stage.ledger('ses', since))).toEqual([]);
  });

  it('an address of its own and a verified parent: both are named, and stay', async () => {
    await estate('kin.test', [{ region: EAST, tokens: tokens('e') }]);
    await stage.control('POST /control/aws/identities', { region: EAST, name: 'post@kin.test' });
    const one = ['--ses-regions', EAST, '--yes', '--json', '--wait=60s'];
    const ran = await stage.run(['up', 'kin.test', ...one]);
    expect(ran.report.checks.find((check) => check.name === 'post@kin.test')).toMatchObject({ severity: 'warning' });
    const below = await stage.run(['up', 'news.kin.test', ...one]);
    expect(below.report.status).toBe('done');
    expect(below.report.operations.find((op) => op.id === `ses ${EAST}/identity`)?.effect).toContain(
      'is signed by kin.test today',
    );
    expect((await shown('kin.test'))[EAST]?.DkimAttributes.Tokens).toEqual(tokens('e', 'kin.test'));
  });
});

it('a domain that was verified by TXT alone begins to be signed', async () => {
  const bare = { tokens: [], dkimStatus: 'NOT_STARTED', verificationStatus: 'SUCCESS', signingEnabled: false };
  await estate('unsigned.test', both(bare, bare));
  const path = profile();
  const ran = await stage.run(['up', 'unsigned.test', '--profile', path, '--yes', '--json', '--wait=60s']);
  expect(ran.report.errors).toEqual([]);
  expect(ran.report.status).toBe('done');
  const after = await shown('unsigned.test');
  expect(after[EAST]?.DkimAttributes).toMatchObject({ SigningAttributesOrigin: 'AWS_SES', Status: 'SUCCESS' });
  expect(after[WEST]?.DkimAttributes).toMatchObject({
    SigningAttributesOrigin: 'AWS_SES_US_EAST_1',
    Status: 'SUCCESS',
  });
  expect(await verdicts('unsigned.test', path)).toEqual([GOOD, GOOD]);
});

it('signing that an accident left off is switched on by running again', async () => {
  const bare = { region: EAST, tokens: [], dkimStatus: 'NOT_STARTED', verificationStatus: 'SUCCESS' };
  await estate('half.test', [{ ...bare, signingEnabled: false }]);
  const args = ['up', 'half.test', '--ses-regions', EAST, '--yes', '--json'];
  const fault = { system: 'ses', operation: 'PutEmailIdentityDkimAttributes', count: 1 };
  await stage.control('POST /faults', { kind: 'error-before', ...fault });
  await stage.run(args);
  await stage.control('DELETE /faults');
  expect((await shown('half.test'))[EAST]?.DkimAttributes).toMatchObject({ SigningEnabled: false });
  const again = await stage.run([...args, '--wait=60s']);
  expect(again.report.errors).toEqual([]);
  expect(again.report.status).toBe('done');
  expect((await shown('half.test'))[EAST]?.DkimAttributes).toMatchObject({ SigningEnabled: true, Status: 'SUCCESS' });
  expect(ids(await stage.run(['plan', 'half.test', '--ses-regions', EAST, '--json']))).toEqual([]);
});

describe('`adopt`', () => {
  it('marks and remembers, touches nothing that mail could notice, and is over after that', async () => {
    await estate('adopted.test', both({ tags: [{ Key: 'team', Value: 'news' }] }));
    const before = await shown('adopted.test');
    const since = await stage.mark();
    const ran = await stage.run(['adopt', 'adopted.test', '--profile', profile(), '--yes', '--json']);
    expect(ran.report.errors).toEqual([]);
    const rows = effects(await stage.ledger('ses', since));
    expect(rows.map((row) => row.operation)).toEqual(['TagResource', 'TagResource']);
    const after = await shown('adopted.test');
    expect(after[EAST]?.Tags.map((tag) => tag.Key).toSorted()).toEqual([...OUR_TAGS, 'team']);
    expect({ ...after[EAST], Tags: [] }).toEqual({ ...before[EAST], Tags: [] });

    const again = await stage.run(['adopt', 'adopted.test', '--profile', profile(), '--yes', '--json']);
    expect(again.report).toMatchObject({ operations: [] });

    const undone = await stage.run(['undo', ran.report.run, '--yes', '--json']);
    expect(undone.report.errors).toEqual([]);
    expect((await shown('adopted.test'))[EAST]?.Tags).toEqual([{ Key: 'team', Value: 'news' }]);
  });

  it('takes over from another installation, which alone is refused', async () => {
    await estate('moved.test', both());
    await stage.run(['adopt', 'moved.test', '--profile', profile(), '--yes']);
    const other = ['--profile', profile(), '--yes', '--json', '--state', `${stage.state}-other`];
    const refused = await stage.run(['up', 'moved.test', ...other]);
    expect(refused.exit).toBe(4);
    expect(JSON.stringify(refused.report.errors)).toContain('mailwright adopt');
    expect((await stage.run(['adopt', 'moved.test', ...other])).report.errors).toEqual([]);
    expect((await stage.run(['up', 'moved.test', ...other, '--wait=60s'])).report.status).toBe('done');
  });
});

describe('what a run made in SES', () => {
  it('goes again, replicas before their parent, and nothing of others with it', async () => {
    await stage.zone('back.test');
    for (const region of [EAST, WEST])
      await stage.control('POST /control/aws/identities', { region, name: 'neighbour.test' });
    const path = profile(', tenant: back');
    const up = await stage.run(['up', 'back.test', '--profile', path, '--yes', '--json', '--wait=60s']);
    expect(up.report.status).toBe('done');
    const since = await stage.mark();
    const undone = await stage.run(['undo', up.report.run, '--yes', '--json']);
    expect(undone.report.errors).toEqual([]);
    expect(await shown('back.test')).toEqual({});
    const deletes = effects(await stage.ledger('ses', since)).filter((row) => row.operation === 'DeleteEmailIdentity');
    expect(deletes.map((row) => row.region)).toEqual([WEST, EAST]);
    expect(await stage.zoneRecords('back.test')).toEqual([]);
    const tenants = (await stage.control('GET /control/aws/tenants')) as { name: string }[];
    expect(tenants.map((one) => one.name)).not.toContain('back');
    // Other identities of the region may use the set by name.
    const sets = (await stage.control('GET /control/aws/configuration-sets')) as { name: string }[];
    expect(sets.filter((one) => one.name === 'back')).toHaveLength(2);
    expect(undone.stdout).toContain('identities of the region may use it');
  });
});

describe('a region that the profile leaves', () => {
  const regions = (names: readonly string[], more = '') =>
    stage.profile(`ses: { regions: [${names.join(', ')}]${more} }\n`);

  it('is named, and goes with --prune: the identity, its associations, its records', async () => {
    await stage.zone('fewer.test');
    const args = ['--yes', '--json', '--wait=60s'];
    const first = regions([EAST, WEST], ', tenant: fewer');
    expect((await stage.run(['up', 'fewer.test', '--profile', first, ...args])).report.status).toBe('done');
    const path = regions([EAST], ', tenant: fewer');
    const kept = await stage.run(['up', 'fewer.test', '--profile', path, ...args]);
    expect(ids(kept)).toEqual([]);
    const stale = kept.report.checks.filter((one) => one.id === 'ownership.stale');
    expect(stale.find((one) => one.region === WEST)?.seen[0]?.value).toContain('identity');
    expect(stale.map((one) => one.name)).toContain('dns mail-us-west-2.fewer.test MX');

    expect((await stage.run(['up', 'fewer.test', '--profile', path, '--prune', ...args])).report.status).toBe('done');
    expect(Object.keys(await shown('fewer.test'))).toEqual([EAST]);
    const names = (await stage.zoneRecords('fewer.test')).map((record) => record.name);
    expect(names).not.toContain('mail-us-west-2.fewer.test');
    expect(names.filter((name) => name.includes('_domainkey'))).toHaveLength(3);
    expect(await verdicts('fewer.test', path)).toEqual([GOOD]);
  });

  it('whose keys others sign with stays until they have keys of their own', async () => {
    await stage.zone('parent.test');
    const args = ['--yes', '--json', '--wait=60s'];
    expect((await stage.run(['up', 'parent.test', '--profile', regions([EAST, WEST]), ...args])).report.status).toBe(
      'done',
    );
    const path = regions([WEST]);
    const since = await stage.mark();
    const refused = await stage.run(['up', 'parent.test', '--profile', path, '--prune', ...args]);
    expect(refused.exit).toBe(4);
    expect(refused.report.errors).toMatchObject([{ code: 'ses.dkim-parent' }]);
    // Keys that SES makes have no names before the switch: a blanket yes does not answer that.
    expect((await stage.run(['up', 'parent.test', '--profile', path, '--migrate-dkim', ...args])).exit).toBe(4);
    expect(effects(await stage.ledger(undefined, since))).toEqual([]);

    const own = stage.profile(`ses: { regions: [${WEST}], dkim: byodkim }\ndkim: { keyFile: moved.pem }\n`);
    expect((await stage.run(['up', 'parent.test', '--profile', own, '--migrate-dkim', ...args])).report.status).toBe(
      'done',
    );
    await stage.run(['up', 'parent.test', '--profile', own, '--prune', ...args]);
    expect(Object.keys(await shown('parent.test'))).toEqual([WEST]);
    expect(await verdicts('parent.test', own)).toEqual([GOOD]);
  });
});
