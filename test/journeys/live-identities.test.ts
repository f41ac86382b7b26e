import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerRow, openStage, type Ran, type Stage } from './stage.ts';

const EAST = 'us-east-1';
const WEST = 'us-west-2';
const OUR_TAGS = ['mailwright:home', 'managed-by'];

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  for (const region of [EAST, WEST])
    await stage.control('POST /control/aws/account', { region, productionAccess: true });
});
afterAll(() => stage.close());
afterEach(async () => {
  expect((await stage.ledger()).filter((row) => row.forbidden)).toEqual([]);
});

interface Shown {
  readonly region: string;
  readonly publicKey?: string;
  readonly Tags: { Key: string; Value: string }[];
  readonly ConfigurationSetName?: string;
  readonly MailFromAttributes?: { MailFromDomain: string };
  readonly DkimAttributes: {
    Status: string;
    SigningAttributesOrigin: string;
    Tokens: string[];
    NextSigningKeyLength?: string;
  };
}

/** What SES shows of a domain, by region. */
async function shown(domain: string): Promise<Record<string, Shown>> {
  const all = (await stage.control(`GET /control/aws/identities?name=${domain}`)) as Shown[];
  return Object.fromEntries(all.map((one) => [one.region, one]));
}

/** Three tokens that begin with a letter; each domain has its own, because SES publishes a key under each. */
const tokens = (letter: string, domain = '') =>
  ['a', 'b', 'c'].map((last) => `${letter}${(domain.split('.')[0] ?? '').padEnd(30, 'q')}${last}`);

interface Seed {
  readonly region: string;
  readonly [key: string]: unknown;
}

/** A domain that somebody set up by hand: identities as given, each with MAIL FROM, and the records that they need. */
async function estate(domain: string, given: readonly Seed[], records: readonly object[] = []): Promise<void> {
  const seeds = given.map((seed) => {
    const [first] = (seed.tokens as string[] | undefined) ?? [];
    return first === undefined ? seed : { ...seed, tokens: tokens(first.charAt(0), domain) };
  }) as readonly Seed[];
  const cnames = seeds.flatMap((seed) =>
    ((seed.tokens as string[] | undefined) ?? []).map((token) => ({
      name: `${token}._domainkey`,
      type: 'CNAME',
      content: `${token}.dkim.amazonses.com`,
      ttl: 300,
    })),
  );
  const mailFrom = (region: string) => (region === EAST ? 'mail' : `mail-${region}`);
  const envelopes = seeds.flatMap(({ region }) => [
    { name: mailFrom(region), type: 'MX', content: `feedback-smtp.${region}.amazonses.com`, priority: 10, ttl: 300 },
    { name: mailFrom(region), type: 'TXT', content: '"v=spf1 include:amazonses.com ~all"', ttl: 300 },
  ]);
  await stage.zone(domain, [...cnames, ...envelopes, ...records]);
  for (const seed of seeds) {
    await stage.control('POST /control/aws/identities', {
      name: domain,
      mailFrom: { domain: `${mailFrom(seed.region)}.${domain}` },
      ...seed,
    });
  }
}

const both = (east: object = {}, west: object = {}): Seed[] => [
  { region: EAST, tokens: tokens('e'), ...east },
  { region: WEST, tokens: tokens('w'), ...west },
];
const replica = { origin: 'AWS_SES_US_EAST_1', tokens: undefined };

const profile = (text = '') => stage.profile(`ses: { regions: [${EAST}, ${WEST}]${text} }\n`);
/** Calls that would touch a signing key, or take something away. */
const touching = (rows: readonly LedgerRow[]) =>
  rows.filter((row) => row.effect && /Dkim|^Delete|^Untag/.test(row.operation)).map((row) => row.operation);
const effects = (rows: readonly LedgerRow[]) => rows.filter((row) => row.effect);
const ids = (ran: Ran) => ran.report.operations.map((one) => one.id);

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

/** Watches while something runs: how long each region's mail leaves unsigned, and whether all regions ever do at once. */
async function watchSigning<T>(
  domain: string,
  work: () => Promise<T>,
): Promise<{ result: T; longestMs: number; together: boolean }> {
  let on = true;
  let together = false;
  let longestMs = 0;
  const since = new Map<string, number>();
  const watch = (async () => {
    while (on) {
      const all = Object.values(await shown(domain));
      const unsigned = all.filter((one) => one.DkimAttributes.Status !== 'SUCCESS').map((one) => one.region);
      together ||= unsigned.length === all.length;
      for (const { region } of all) {
        if (!unsigned.includes(region)) since.delete(region);
        else longestMs = Math.max(longestMs, Date.now() - (since.get(region) ?? Date.now()));
        if (unsigned.includes(region) && !since.has(region)) since.set(region, Date.now());
      }
      await new Promise((done) => setTimeout(done, 20));
    }
  })();
  const result = await work().finally(() => {
    on = false;
  });
  await watch;
  return { result, longestMs, together };
}

/** A message from each region, and what its receiver says of it. */
async function verdicts(domain: string, path: string): Promise<unknown[]> {
  const ran = await stage.run(['up', domain, '--profile', path, '--yes', '--json', '--send-test', 'you@inbox.test']);
  return (ran.report.sent as { verdict: unknown }[]).map((sent) => sent.verdict);
}
const GOOD = { spf: 'pass', dkim: 'pass', dmarc: 'pass' };

/** Every file below a folder, read. */
function contents(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
}

describe('`up --migrate-dkim`', () => {
  it('whose answer was lost, or that was cut short, goes on from what SES shows', async () => {
    await estate('cut.test', both());
    const path = profile();
    const args = ['up', 'cut.test', '--profile', path, '--migrate-dkim', '--yes', '--json'];
    const fault = { system: 'ses', operation: 'PutEmailIdentityDkimSigningAttributes', count: 1 };
    await stage.control('POST /faults', { kind: 'error-after', ...fault });
    const since = await stage.mark();
    expect(['pending', 'done']).toContain((await stage.run(args)).report.status);
    expect((await stage.run([...args, '--wait=60s'])).report.status).toBe('done');
    await stage.control('DELETE /faults');
    expect(touching(await stage.ledger('ses', since))).toHaveLength(1);
    expect(await verdicts('cut.test', path)).toEqual([GOOD, GOOD]);
  });

  it('from keys of each region to one region’s for both: one switch, no gap that DNS could have closed', async () => {
    await estate('join.test', both());
    const path = profile();
    const since = await stage.mark();
    const { result, longestMs, together } = await watchSigning('join.test', () =>
      stage.run(['up', 'join.test', '--profile', path, '--migrate-dkim', '--yes', '--json', '--wait=60s']),
    );
    expect(result.report.errors).toEqual([]);
    expect(result.report.status).toBe('done');
    const after = await shown('join.test');
    expect(after[EAST]?.DkimAttributes).toMatchObject({
      SigningAttributesOrigin: 'AWS_SES',
      Tokens: tokens('e', 'join.test'),
    });
    expect(after[WEST]?.DkimAttributes).toMatchObject({
      SigningAttributesOrigin: 'AWS_SES_US_EAST_1',
      Status: 'SUCCESS',
    });
    expect(touching(await stage.ledger('ses', since))).toEqual(['PutEmailIdentityDkimSigningAttributes']);
    expect([together, longestMs < 2000]).toEqual([false, true]);
    expect(await verdicts('join.test', path)).toEqual([GOOD, GOOD]);
    // The records of the former keys are theirs, and stay.
    expect((await stage.zoneRecords('join.test')).filter((record) => record.type === 'CNAME')).toHaveLength(6);
    const again = await stage.run(['plan', 'join.test', '--profile', path, '--migrate-dkim', '--json']);
    expect(ids(again)).toEqual([]);
  });

  it('to a key of one’s own: published first, then one region after the other; nobody but its file and SES has it', async () => {
    await stage.zone('own.test');
    const first = profile();
    expect(
      (await stage.run(['up', 'own.test', '--profile', first, '--yes', '--json', '--wait=60s'])).report.status,
    ).toBe('done');

    const path = stage.profile(
      `ses: { regions: [${EAST}, ${WEST}], dkim: byodkim }\ndkim: { keyFile: own.pem, selector: s1 }\n`,
    );
    const keyFile = join(dirname(path), 'own.pem');
    const plan = await stage.run(['plan', 'own.test', '--profile', path, '--migrate-dkim']);
    expect(plan.stdout).toContain(`DKIM key of 2048 bits in ${keyFile}`);
    expect(() => statSync(keyFile)).toThrow();

    const since = await stage.mark();
    const { result, longestMs, together } = await watchSigning('own.test', () =>
      stage.run(['up', 'own.test', '--profile', path, '--migrate-dkim', '--yes', '--json=lines', '--wait=90s']),
    );
    expect(result.exit).toBe(0);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect([together, longestMs < 2000]).toEqual([false, true]);

    // The record was there before the first switch, and the second region waited for the first.
    const rows = (await stage.ledger(undefined, since)).filter((row) => row.effect);
    const batch = rows.findIndex((row) => row.operation === 'dns_records.batch');
    const switches = rows.filter((row) => row.operation === 'PutEmailIdentityDkimSigningAttributes');
    expect(batch).toBeLessThan(rows.indexOf(switches[0] as LedgerRow));
    expect(switches.map((row) => row.region)).toEqual([WEST, EAST]);

    const after = await shown('own.test');
    for (const region of [EAST, WEST])
      expect(after[region]?.DkimAttributes).toMatchObject({
        SigningAttributesOrigin: 'EXTERNAL',
        Status: 'SUCCESS',
        Tokens: ['s1'],
      });
    expect(after[EAST]?.publicKey).toBe(after[WEST]?.publicKey);
    const txt = await stage.resolver.resolveTxt('s1._domainkey.own.test');
    expect(txt.map((one) => one.join(''))).toEqual([`v=DKIM1; k=rsa; p=${after[EAST]?.publicKey}`]);
    expect(await verdicts('own.test', path)).toEqual([GOOD, GOOD]);

    // Former keys are held for a week, also against --prune.
    const pruned = await stage.run(['up', 'own.test', '--profile', path, '--prune', '--yes', '--json']);
    expect(pruned.report.operations).toEqual([]);
    expect(pruned.report.checks.find((one) => one.id === 'ses.dkim-former')?.seen).toHaveLength(3);

    const key = createPrivateKey(readFileSync(keyFile));
    const kept = contents(stage.state) + plan.stdout + result.stdout + result.stderr + JSON.stringify(pruned);
    for (const type of ['pkcs1', 'pkcs8'] as const) {
      const body = (key.export({ type, format: 'der' }) as Buffer).toString('base64');
      for (let at = 0; at + 40 <= body.length; at += 40) {
        const part = body.slice(at, at + 40);
        if (!after[EAST]?.publicKey?.includes(part)) expect(kept).not.toContain(part);
      }
    }
  });
});

describe('a gap that DNS can’t close', () => {
  it('is for a person to approve: --yes is refused, a reviewed plan is carried out', async () => {
    await estate('gap.test', [{ region: EAST, origin: 'EXTERNAL', selector: 'theirs' }]);
    const args = ['gap.test', '--ses-regions', EAST, '--migrate-dkim'];
    const since = await stage.mark();
    const refused = await stage.run(['up', ...args, '--yes', '--json']);
    expect(refused.exit).toBe(4);
    expect(refused.stderr).toContain('leaves without a DKIM signature of gap.test until its new records are published');
    expect(effects(await stage.ledger(undefined, since))).toEqual([]);

    const plan = join(stage.state, 'gap.plan');
    expect((await stage.run(['plan', ...args, '--out', plan])).exit).toBe(5);
    const ran = await stage.run(['up', '--plan', plan, '--yes', '--json', '--wait=60s']);
    expect(ran.report.errors).toEqual([]);
    expect(ran.report.status).toBe('done');
    expect((await shown('gap.test'))[EAST]?.DkimAttributes).toMatchObject({
      SigningAttributesOrigin: 'AWS_SES',
      Status: 'SUCCESS',
    });
    expect(touching(await stage.ledger('ses', since))).toHaveLength(1);
  });
});

describe('a key of one’s own from the start', () => {
  it('serves both regions with one TXT record, published before SES looks', async () => {
    await stage.zone('fresh.test');
    const path = stage.profile(
      `ses: { regions: [${EAST}, ${WEST}], dkim: byodkim, tenant: fresh }\ndkim: { keyFile: fresh.pem }\n`,
    );
    const since = await stage.mark();
    const ran = await stage.run(['up', 'fresh.test', '--profile', path, '--yes', '--json', '--wait=60s']);
    expect(ran.report.errors).toEqual([]);
    expect(ran.report.status).toBe('done');
    const rows = (await stage.ledger(undefined, since)).filter((row) => row.effect).map((row) => row.operation);
    expect(rows.indexOf('dns_records.batch')).toBeLessThan(rows.indexOf('CreateEmailIdentity'));
    expect(
      (await stage.zoneRecords('fresh.test'))
        .filter((record) => record.name.includes('_domainkey'))
        .map((record) => [record.name, record.type]),
    ).toEqual([['mailwright._domainkey.fresh.test', 'TXT']]);
    expect(await verdicts('fresh.test', path)).toEqual([GOOD, GOOD]);
    expect(ids(await stage.run(['plan', 'fresh.test', '--profile', path, '--json']))).toEqual([]);
  });
  it('that others may read is refused before anything is read or touched', async () => {
    const path = stage.profile('ses: { dkim: byodkim }\ndkim: { keyFile: profile-1.yaml }\n');
    const since = await stage.mark();
    const ran = await stage.run(['up', 'fresh.test', '--profile', path, '--yes']);
    expect(ran.exit).toBe(2);
    expect(ran.stdout + ran.stderr).toMatch(/may be read by others \(mode 6[0-7]+\)/);
    expect(effects(await stage.ledger(undefined, since))).toEqual([]);
  });
});

it('dkim+txt: every region’s token is a value of the one TXT set', async () => {
  await stage.zone('token.test', [{ name: '_amazonses', type: 'TXT', content: '"another-account"', ttl: 300 }]);
  const path = profile(', verification: dkim+txt');
  const ran = await stage.run(['up', 'token.test', '--profile', path, '--yes', '--json', '--wait=60s']);
  expect(ran.report.errors).toEqual([]);
  expect(ran.report.status).toBe('done');
  const set = (await stage.resolver.resolveTxt('_amazonses.token.test')).map((one) => one.join(''));
  expect(set).toHaveLength(3);
  expect(set).toContain('another-account');
  expect(ids(await stage.run(['plan', 'token.test', '--profile', path, '--json']))).toEqual([]);
});

it('`rotate dkim` asks SES for longer keys where they are made, and for nothing else', async () => {
  await estate('short.test', both({ keyLength: 'RSA_1024_BIT' }, replica));
  const check = await stage.run(['check', 'short.test', '--profile', profile(), '--json']);
  expect(
    check.report.checks.filter((one) => one.id === 'ses.dkim-key-length').map((one) => [one.region, one.status]),
  ).toEqual([
    [EAST, 'failed'],
    [WEST, 'failed'],
  ]);
  const since = await stage.mark();
  const ran = await stage.run(['rotate', 'dkim', 'short.test', '--profile', profile(), '--yes', '--json']);
  expect(ran.report).toMatchObject({ command: 'rotate', status: 'done' });
  const rows = effects(await stage.ledger(undefined, since));
  expect(rows.map((row) => [row.operation, row.region])).toEqual([['PutEmailIdentityDkimSigningAttributes', EAST]]);
  const after = await shown('short.test');
  expect(after[EAST]?.DkimAttributes).toMatchObject({
    Status: 'SUCCESS',
    Tokens: tokens('e', 'short.test'),
    NextSigningKeyLength: 'RSA_2048_BIT',
  });
  expect(after[WEST]?.DkimAttributes.NextSigningKeyLength).toBe('RSA_2048_BIT');
  expect(
    (await stage.run(['rotate', 'dkim', 'short.test', '--profile', profile(), '--yes', '--json'])).report.operations,
  ).toEqual([]);
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
