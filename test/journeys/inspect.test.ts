import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Deviations, deviationsSchema, type Inspection, inspectionSchema } from '../../src/core/inspection.ts';
import { NO_CREDENTIALS, openInstallation } from './installation.ts';
import { EAST, effects, WEST } from './live-estate.ts';

const ALIKE = ['ntounix.test', '403gear.test', 'xisx.test'];

let installation: Awaited<ReturnType<typeof openInstallation>>;

beforeAll(async () => {
  installation = await openInstallation();
  for (const name of ALIKE) await installation.domain(name);
  await installation.domain('odd.test', {
    policy: 'none',
    tenant: 'other',
    west: false,
    without: ['autoconfig CNAME', '@ MX'],
    records: [{ name: '@', type: 'MX', content: 'aspmx.l.google.com', priority: 1, ttl: 3600 }],
  });
});
afterAll(() => installation.stage.close());

async function inspect(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const ran = await installation.stage.run(['inspect', ...args, '--json'], env);
  return { ...ran, found: inspectionSchema.parse(JSON.parse(ran.stdout)) as Inspection };
}

const valuesOf = ({ pattern }: Pick<Inspection, 'pattern'>) =>
  Object.fromEntries(pattern.map((one) => [one.aspect, one.values]));
const statusOf = (found: Inspection, aspect: 'ses' | 'zone' | 'mx' | 'dkim') =>
  found.domains.map((one) => one[aspect].status);
const file = (name: string) => join(dirname(installation.stage.state), name);

describe('three domains that are alike', () => {
  it('are said to be, and nothing is touched', async () => {
    const { stage } = installation;
    const mark = await stage.mark();
    const { exit, found, stderr } = await inspect(ALIKE);
    expect(exit).toBe(0);
    expect(found.differences).toEqual([]);
    expect(found.unseen).toEqual([]);
    expect(valuesOf(found)).toMatchObject({
      'dns.host': ['Cloudflare'],
      mx: ['10 mxwest.xisx.org', '20 mxeast.xisx.org'],
      spf: ['mx', 'include:amazonses.com', '~all'],
      'dkim.signers': ['Amazon SES', 'own key (dkim)'],
      'dmarc.policy': ['quarantine'],
      mailFrom: [`mail-us-west-2.<domain> (${WEST})`, `mail.<domain> (${EAST})`],
      'ses.regions': [EAST, WEST],
      'ses.dkim': [`replicated from ${EAST}`],
      'ses.tenant': ['xisx'],
      'ses.configurationSet': ['xisx'],
    });
    expect(stderr).toContain('… 3/3');
    expect(effects((await stage.ledger(undefined, mark)).filter((row) => row.system !== 'dns'))).toEqual([]);
  });
  it('give a profile that brings up a new one like them', async () => {
    const { stage } = installation;
    expect((await stage.run(['inspect', ...ALIKE, '--write-profile', 'xisx.yaml'])).exit).toBe(0);
    const text = readFileSync(file('xisx.yaml'), 'utf8');
    expect(parse(text)).toEqual({
      mailFrom: 'mail',
      dmarc: { policy: 'quarantine', rua: ['dmarc@xisx.org'], ruf: ['dmarc@xisx.org'], fo: '1' },
      spf: { root: 'merge' },
      ses: {
        account: '111122223333',
        regions: [EAST, WEST],
        tenant: 'xisx',
        configurationSet: 'xisx',
        dkim: 'replicated',
        mailFrom: 'per-region',
        onMxFailure: 'USE_DEFAULT_VALUE',
      },
      mx: ['mxwest.xisx.org:10', 'mxeast.xisx.org:20'],
      mailHost: 'mooker.xisx.org',
      dns: { provider: 'cloudflare' },
    });
    expect(text).toContain('# SPF has mx besides');
    // For those that it was drawn from there is nothing to do by it.
    const plan = await stage.run(['plan', 'xisx.test', '--profile', 'xisx.yaml', '--json']);
    expect([plan.exit, plan.report.operations]).toEqual([0, []]);
    await stage.zone('fresh.test');
    const up = await stage.run(['up', 'fresh.test', '--profile', 'xisx.yaml', '--yes', '--wait=60s']);
    expect(up.exit, up.stdout + up.stderr).toBe(0);
    // What the profile can't say: SPF's mx, the key of the mail host, and its names for mail programs.
    const check = await stage.run(['check', 'fresh.test', '--against', ALIKE.join(), '--json']);
    const { domains } = deviationsSchema.parse(JSON.parse(check.stdout));
    expect(domains[0]?.deviations.map((one) => [one.aspect, one.severity, one.missing])).toEqual([
      ['spf', 'warning', ['mx']],
      ['dkim.signers', 'error', ['own key (dkim)']],
      ['clients', 'warning', expect.any(Array)],
    ]);
  });
  it('do not cost anybody a profile that is there', async () => {
    const { stage } = installation;
    writeFileSync(file('mine.yaml'), 'mailFrom: mine\n');
    const refused = await stage.run(['inspect', 'xisx.test', '--write-profile', 'mine.yaml']);
    expect(refused.exit).toBe(4);
    expect(refused.stderr).toContain('mine.yaml is there already');
    expect(readFileSync(file('mine.yaml'), 'utf8')).toBe('mailFrom: mine\n');
    expect((await stage.run(['inspect', 'xisx.test', '--write-profile', 'mine.yaml', '--force'])).exit).toBe(0);
    expect(parse(readFileSync(file('mine.yaml'), 'utf8'))).toMatchObject({ mailFrom: 'mail' });
    expect(readdirSync(dirname(stage.state)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect((await stage.run(['inspect', 'xisx.test', '--write-profile', 'nowhere/p.yaml'])).exit).toBe(2);
    expect(existsSync(file('nowhere'))).toBe(false);
  });
});

describe('an odd one among them', () => {
  it('is named with what is other, and its profile holds only what is shared', async () => {
    const { found } = await inspect([...ALIKE, 'odd.test']);
    const odd = found.differences.map((one) => [one.aspect, one.groups[1]?.domains, one.groups[1]?.values]);
    expect(odd).toEqual([
      ['mx', ['odd.test'], ['1 aspmx.l.google.com']],
      ['dmarc.policy', ['odd.test'], ['none']],
      ['mailFrom', ['odd.test'], [`mail.<domain> (${EAST})`]],
      ['ses.regions', ['odd.test'], [EAST]],
      ['ses.dkim', ['odd.test'], ['easy']],
      ['ses.tenant', ['odd.test'], ['other']],
      ['clients', ['odd.test'], ['autodiscover.<domain> → mooker.xisx.org']],
    ]);
    expect(found.recommendations.map((one) => one.id)).toEqual(
      expect.arrayContaining(['dmarc.none', 'align.mx', 'align.ses.regions', 'align.ses.tenant', 'tls-rpt.missing']),
    );
    expect(found.profile).not.toHaveProperty('mx');
    expect(found.profileNotes).toContainEqual(
      expect.stringMatching(/^MX differs: .*1 aspmx\.l\.google\.com \(odd\.test\)$/),
    );
    expect(found.domains[3]?.mx).toMatchObject({ value: [{ service: 'Google Workspace' }] });
  });
  it('fails a check against them, and is shown in words and in Markdown', async () => {
    const { stage } = installation;
    const check = await stage.run(['check', 'odd.test', '--against', ALIKE.join()]);
    expect(check.exit).toBe(1);
    expect(check.stdout).toMatch(/✗ MX\n.*10 mxwest\.xisx\.org, 20 mxeast\.xisx\.org\n.*1 aspmx\.l\.google\.com/);
    const alike = await stage.run(['check', 'xisx.test', '--against', 'ntounix.test,403gear.test']);
    expect([alike.exit, alike.stdout]).toEqual([0, expect.stringContaining('Nothing deviates')]);
    const markdown = await stage.run(['inspect', ...ALIKE, 'odd.test', '--markdown']);
    expect(markdown.stdout).toContain('| SES tenant | `other` | odd.test |');
    expect(markdown.stdout).toMatch(/^## odd\.test$/m);
  });
  it('is checked by nobody’s wish at the same time', async () => {
    const ran = await installation.stage.run([
      'check',
      'odd.test',
      '--against',
      'xisx.test',
      '--mx',
      'mx-else.mx.test',
    ]);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain('--mx can’t stand beside --against');
  });
});

describe('without any credentials', () => {
  it('DNS tells what it can, and everything else is unknown, not missing', async () => {
    const { exit, found } = await inspect(ALIKE, NO_CREDENTIALS);
    expect(exit).toBe(0);
    expect(statusOf(found, 'ses')).toEqual(['unknown', 'unknown', 'unknown']);
    expect(statusOf(found, 'zone')).toEqual(['unknown', 'unknown', 'unknown']);
    expect(found.unseen.map((one) => [one.what, one.reason, one.domains])).toEqual([
      ['Amazon SES', expect.stringContaining('No AWS credentials'), []],
      ['DNS provider', expect.stringContaining('served by Cloudflare'), []],
    ]);
    expect(found.pattern.find((one) => one.aspect === 'dkim.signers')).toMatchObject({
      values: ['own key (dkim)'],
      partial: true,
    });
    expect(found.profile).toMatchObject({ ses: { regions: [EAST, WEST] }, mx: expect.any(Array) });
    expect(found.recommendations.map((one) => one.id)).toEqual(['tls-rpt.missing']);
  });
  it('a check against others ends pending, because it could not see all', async () => {
    const ran = await installation.stage.run(
      ['check', 'xisx.test', '--against', 'ntounix.test,403gear.test', '--json'],
      NO_CREDENTIALS,
    );
    const found = JSON.parse(ran.stdout) as Deviations;
    // What nobody could see is in no pattern, and deviates from none.
    expect([ran.exit, found.domains[0]?.deviations]).toEqual([3, []]);
    expect(found.pattern.map((one) => one.aspect)).not.toContain('ses.tenant');
    expect(found.unseen).toHaveLength(2);
  });
});

describe('what can’t be read', () => {
  it('a provider that refuses costs the zone alone', async () => {
    const { exit, found } = await inspect(ALIKE, { CLOUDFLARE_API_TOKEN: 'x'.repeat(40) });
    expect(exit).toBe(0);
    expect(statusOf(found, 'zone')).toEqual(['unknown', 'unknown', 'unknown']);
    expect(found.unseen).toMatchObject([{ what: 'DNS provider', domains: [] }]);
    expect(valuesOf(found)).toMatchObject({ 'ses.tenant': ['xisx'], 'dkim.signers': ['Amazon SES', 'own key (dkim)'] });
  });
  it('a region that refuses is named, and the others count', async () => {
    const { stage } = installation;
    await stage.control('POST /faults', {
      kind: 'error-before',
      system: 'ses',
      operation: 'ListEmailIdentities',
      region: 'eu-west-1',
    });
    const { found } = await inspect(['xisx.test']);
    await stage.control('DELETE /faults');
    expect(found.unseen).toMatchObject([{ what: 'Amazon SES in eu-west-1' }]);
    expect(found.domains[0]?.ses).toMatchObject({
      status: 'present',
      value: { regions: [{ region: EAST }, { region: WEST }] },
    });
  });
  it('name servers that are silent leave the zone at the provider as witness', async () => {
    const { stage } = installation;
    for (const server of ['ada.ns.cloudflare.com', 'bob.ns.cloudflare.com'])
      await stage.control('POST /control/dns/misbehaviour', { kind: 'hang', server, name: 'xisx.test' });
    const began = performance.now();
    const { exit, found } = await inspect(['xisx.test']);
    const { exit: blind, found: nothing } = await inspect(['xisx.test'], NO_CREDENTIALS);
    await stage.control('DELETE /control/dns/misbehaviour');
    expect(performance.now() - began).toBeLessThan(20_000);
    expect([exit, statusOf(found, 'mx'), statusOf(found, 'dkim')]).toEqual([3, ['present'], ['present']]);
    expect(found.unseen).toMatchObject([{ what: 'Name servers', reason: expect.stringContaining('no answer in 2 s') }]);
    expect([blind, statusOf(nothing, 'mx'), statusOf(nothing, 'dkim')]).toEqual([3, ['unknown'], ['unknown']]);
    expect(nothing.recommendations).toEqual([]);
  });
  it('a domain that nobody delegates says so', async () => {
    const { found } = await inspect(['nobodys.test']);
    expect(found.domains[0]).toMatchObject({
      dns: { status: 'absent' },
      mx: { status: 'unknown' },
      ses: { status: 'absent' },
    });
    expect(found.recommendations.map((one) => one.id)).toEqual(['dns.not-delegated']);
  });
  it('a name that is none, and no name, are refused', async () => {
    const { stage } = installation;
    expect((await stage.run(['inspect', 'com'])).exit).toBe(2);
    expect((await stage.run(['inspect'])).exit).toBe(2);
    expect((await stage.run(['check', '--against', 'xisx.test'])).exit).toBe(2);
  });
});
