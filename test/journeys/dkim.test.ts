import { createPrivateKey } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { both, EAST, type Estates, effects, GOOD, ids, openEstates, tokens, touching, WEST } from './live-estate.ts';
import type { LedgerRow, Stage } from './stage.ts';

const replica = { origin: 'AWS_SES_US_EAST_1', tokens: undefined };

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
    const check = await stage.run(['check', 'own.test', '--profile', path]);
    expect(check.stdout).toMatch(/ses\.dkim-former +own\.test +kept until \d{4}-\d\d-\d\dT/);
    expect(check.stdout).not.toContain('ownership.stale');

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

describe('a key file that was lost', () => {
  const wants = (domain: string, regions: readonly string[]) =>
    stage.profile(`ses: { regions: [${regions.join(', ')}], dkim: byodkim }\ndkim: { keyFile: ${domain}.pem }\n`);
  const key = async (domain: string) =>
    (await stage.zoneRecords(domain)).find((record) => record.name.includes('_domainkey'))?.content;

  it.each([
    ['lost.test', [EAST], [EAST, WEST], []],
    ['lost2.test', [EAST, WEST], [EAST, WEST], ['--migrate-dkim']],
  ] as [string, string[], string[], string[]][])(
    '%s: the record that mail is signed with stays, in the first plan',
    async (domain, before, after, more) => {
      await stage.zone(domain);
      const first = wants(domain, before);
      const up = await stage.run(['up', domain, '--profile', first, '--yes', '--json', '--wait=60s']);
      expect(up.report.status).toBe('done');
      const published = await key(domain);
      const file = join(dirname(first), `${domain}.pem`);
      rmSync(file);

      const kept = await stage.run(['check', domain, '--profile', first, '--json']);
      expect(kept.report.checks.filter((one) => one.id === 'ses.dkim-key-file').map((one) => one.status)).toEqual(
        before.map(() => 'failed'),
      );
      const since = await stage.mark();
      const args = ['up', domain, '--profile', wants(domain, after), ...more, '--yes', '--json'];
      const refused = await stage.run(args);
      expect(refused.exit).toBe(4);
      expect(refused.report.errors).toMatchObject([{ code: 'ses.dkim-key-other' }]);
      expect(effects(await stage.ledger(undefined, since))).toEqual([]);
      expect([existsSync(file), await key(domain)]).toEqual([false, published]);
      expect(await verdicts(domain, first)).toEqual(before.map(() => GOOD));
    },
  );
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
  ).toEqual([[EAST, 'failed']]);
  // Said once, and not of each of its records, too.
  expect(check.report.checks.filter((one) => one.id === 'dkim.key-weak')).toEqual([]);
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
