import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Diagnosis, type DoctorReport, doctorReportSchema } from '../../src/core/diagnosis.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
const outputs: string[] = [];
beforeAll(async () => {
  stage = await openStage();
  await stage.control('POST /control/porkbun/switches', { callsPerSecond: 0 });
  for (const region of ['us-east-1', 'us-west-2'])
    await stage.control('POST /control/aws/account', { region, productionAccess: true });
  await stage.zone('well.test', [{ name: '@', type: 'TXT', content: '"theirs"', ttl: 300 }]);
});
afterAll(() => stage.close());

const REGIONS = ['--ses-regions', 'us-east-1,us-west-2'];

async function doctor(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}) {
  const file = join(dirname(stage.state), 'doctor.json');
  const ran = await stage.run(['doctor', ...args, `--json=${file}`], env);
  const json = readFileSync(file, 'utf8');
  outputs.push(ran.stdout, ran.stderr, json);
  const report = doctorReportSchema.parse(JSON.parse(json)) as DoctorReport;
  expect(report.exit).toBe(ran.exit);
  for (const one of report.diagnoses)
    if (!['ok', 'unprovable', 'unconfigured'].includes(one.status)) expect(one.fix, one.says).toBeTruthy();
  const find = (match: Partial<Diagnosis>) =>
    report.diagnoses.filter((one) =>
      Object.entries(match).every(([key, value]) => one[key as keyof Diagnosis] === value),
    );
  return { ...ran, told: ran.stdout, report, find };
}

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The environment of an AWS key with these parts of the published policy, and more. */
async function keyWith(parts: RegExp, ...more: object[]): Promise<Record<string, string>> {
  const policy = JSON.parse(readFileSync(new URL('../../docs/iam-policy.json', import.meta.url), 'utf8')) as {
    Statement: { Sid: string }[];
  };
  const Statement = [...policy.Statement.filter((one) => parts.test(one.Sid)), ...more];
  const key = (await stage.control('POST /control/aws/keys', { policy: { Statement } })) as Key;
  return { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
}

const allow = (Action: string | string[]) => ({ Effect: 'Allow', Action, Resource: '*' });

it('all is good: exit 0, whose the accounts are, and nothing is written', async () => {
  const since = await stage.mark();
  const { exit, told, find } = await doctor(['well.test', ...REGIONS]);
  expect(exit).toBe(0);
  expect(told).toContain('AWS account 111122223333 as arn:aws:iam::111122223333:user/mailwright');
  expect(told).toMatch(/user token, active; sees 1 zone of Example Estate \([0-9a-f]{32}\)/);
  expect(told).toContain('Porkbun accepts the keys');
  expect(told).toContain('well.test is delegated to the zone at cloudflare');
  expect(told).toContain('Nothing stands in the way');
  expect(told).toContain('mailwright plan well.test');
  expect(find({ id: 'ses.production-access', status: 'ok' })).toHaveLength(2);
  const reads = find({ id: 'ses.permission.read', about: 'us-west-2' });
  expect(reads.map((one) => [one.permission?.action, one.permission?.proof])).toContainEqual([
    'ses:GetEmailIdentity',
    'call',
  ]);
  expect(find({ id: 'ses.permission.provision' }).every((one) => one.permission?.proof === 'simulation')).toBe(true);
  expect(find({ id: 'cloudflare.permission', status: 'unprovable' })).toMatchObject([
    { permission: { action: 'DNS:Edit' } },
  ]);
  expect(find({ system: 'machine' }).map((one) => one.id)).toEqual([
    'machine.versions',
    'machine.clock',
    'machine.dns-udp',
    'machine.dns-tcp',
    'machine.smtp',
    'machine.state',
    'machine.env-file',
  ]);
  const rows = await stage.ledger(undefined, since);
  expect(rows.filter((row) => row.effect || row.forbidden)).toEqual([]);
});

it('without a domain, what depends on none is looked at', async () => {
  const { exit, find } = await doctor([]);
  expect(exit).toBe(0);
  expect(find({ system: 'dns' })).toEqual([]);
  expect(find({ id: 'ses.permission.provision' })[0]?.permission?.resource).toMatch(/identity\/\*$/);
});

it('what nobody configured is one line each, and no error', async () => {
  const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' };
  const { exit, report } = await doctor([], {
    ...none,
    CLOUDFLARE_API_TOKEN: '',
    PORKBUN_API_KEY: '',
    PORKBUN_SECRET_API_KEY: '',
    MAILCOW_URL: undefined,
    MAILCOW_API_KEY: undefined,
  });
  expect(exit).toBe(0);
  const silent = report.diagnoses.filter((one) => one.system !== 'machine');
  expect(silent.map((one) => [one.system, one.status]).toSorted()).toEqual(
    ['cloudflare', 'porkbun', 'route53', 'ses'].map((system) => [system, 'unconfigured']),
  );
});

it('a domain that nobody who is configured serves is named, without credentials being called wrong', async () => {
  const { exit, find } = await doctor(['well.test'], {
    ...{ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' },
    ...{ CLOUDFLARE_API_TOKEN: '', PORKBUN_API_KEY: '', PORKBUN_SECRET_API_KEY: '' },
  });
  expect(exit).toBe(1);
  expect(find({ id: 'dns.provider', status: 'broken' })[0]?.fix).toContain('mailwright init');
});

describe('Cloudflare', () => {
  const token = async (name: string, more: object) =>
    ({
      CLOUDFLARE_API_TOKEN: (
        (await stage.control('POST /control/cloudflare/tokens', { name, ...more })) as { secret: string }
      ).secret,
    }) as Record<string, string>;

  it('a dead token is wrong credentials', async () => {
    const env = await token('dead', { permissions: ['zone:read', 'dns:edit'], zones: 'all' });
    await stage.control('POST /control/cloudflare/tokens/status', { name: 'dead', status: 'disabled' });
    const { exit, find } = await doctor(['well.test'], env);
    expect(exit).toBe(2);
    expect(find({ system: 'cloudflare', status: 'credentials' })).toHaveLength(1);
    const unknown = await doctor(['well.test'], { CLOUDFLARE_API_TOKEN: 'x'.repeat(40) });
    expect(unknown.exit).toBe(2);
  });

  it('without DNS:Edit reads are proved, the write only by the test, which is refused', async () => {
    const env = await token('reader', { permissions: ['zone:read', 'dns:read'], zones: 'all' });
    const looked = await doctor(['well.test'], env);
    expect(looked.exit).toBe(0);
    expect(looked.find({ system: 'cloudflare', status: 'unprovable' })).toHaveLength(1);
    const tried = await doctor(['well.test', '--write-test'], env);
    expect(tried.exit).toBe(1);
    expect(tried.find({ system: 'cloudflare', status: 'unprovable' })).toEqual([]);
    expect(tried.find({ id: 'cloudflare.write-test', status: 'refused' })[0]?.fix).toContain('DNS:Edit');
    const blind = await doctor(['well.test'], await token('blind', { permissions: ['zone:read'], zones: 'all' }));
    expect(blind.exit).toBe(1);
    expect(blind.find({ status: 'refused' })).toMatchObject([{ permission: { action: 'DNS:Read' } }]);
  });

  it('a token of an account is known as such', async () => {
    const accounts = (await stage.control('GET /control/cloudflare/accounts')) as { name: string }[];
    const permissions = ['zone:read', 'dns:edit'];
    const env = await token('owned', { family: 'account', account: accounts[0]?.name, permissions, zones: 'all' });
    const { exit, find } = await doctor(['well.test'], env);
    expect(exit).toBe(0);
    expect(find({ id: 'cloudflare.token' })[0]?.says).toContain('account token, active');
  });
});

describe('Porkbun', () => {
  it('a domain that expires soon is worth a look, with what to do about it', async () => {
    await stage.control('POST /control/porkbun/domains', { name: 'late.test', expiresInDays: 12, autoRenew: false });
    await stage.control('POST /control/porkbun/domains', { name: 'renews.test', expiresInDays: 12 });
    const late = (await doctor(['late.test', 'renews.test', '--dns', 'porkbun', ...REGIONS])).find({
      id: 'porkbun.expiry',
    });
    expect(late.map((one) => [one.about, one.status])).toEqual([
      ['late.test', 'warning'],
      ['renews.test', 'warning'],
    ]);
    expect(late[0]?.says).toMatch(/^late\.test expires in 1[12] days/);
    expect(late[0]?.fix).toContain('auto-renewal on');
    expect(late[1]?.fix).toContain('pay for it');
    expect((await doctor(['shortly.test', '--dns', 'porkbun', ...REGIONS])).find({ id: 'porkbun.expiry' })).toEqual([]);
  });
  it('says that the API is off for the domain, and where it is switched on', async () => {
    await stage.control('POST /control/porkbun/domains', { name: 'shut.test', apiAccess: false });
    // Named, because whether the public sees the new delegation already is another matter.
    const { exit, report } = await doctor(['shut.test', '--dns', 'porkbun']);
    expect(exit).toBe(1);
    const off = { system: 'porkbun', status: 'broken', fix: expect.stringContaining('API ACCESS') };
    expect(report.diagnoses).toContainEqual(expect.objectContaining(off));
    const wrong = await doctor(['shut.test'], { PORKBUN_API_KEY: 'pk1_wrong' });
    expect(wrong.exit).toBe(2);
  });
});

describe('AWS', () => {
  it('a key with read rights: writes are refused by simulation', async () => {
    const env = await keyWith(/^Read/, allow('iam:SimulatePrincipalPolicy'));
    const { exit, told, find } = await doctor(['well.test', '--ses-tenant', 'acme'], env);
    expect(exit).toBe(1);
    expect(find({ id: 'ses.permission.read' }).every((one) => one.status === 'ok')).toBe(true);
    const refused = find({ id: 'ses.permission.provision', status: 'refused' });
    expect(refused.map((one) => one.permission?.action)).toContain('ses:CreateTenant');
    expect(refused[0]?.fix).toMatch(/^Allow ses:\w+ on arn:aws:ses:us-east-1:111122223333:/);
    expect(told).toContain('refused, by IAM’s simulation');
    // Who takes nothing back can do without.
    expect(find({ id: 'ses.permission.remove' }).every((one) => one.status === 'warning')).toBe(true);
    // Credentials that came by way of SES, and that Route 53 refuses, are nobody's wish.
    expect(find({ system: 'route53' }).map((one) => one.status)).not.toContain('refused');
  });

  it('without the right to simulate, writes are not provable; a read that is missing is refused by the call', async () => {
    const { exit, find } = await doctor(['well.test'], await keyWith(/^Read/));
    expect(exit).toBe(0);
    const open = find({ id: 'ses.permission.provision' });
    expect(open.every((one) => one.status === 'unprovable')).toBe(true);
    expect(open[0]?.says).toContain('may not ask IAM (iam:SimulatePrincipalPolicy)');
    const blind = await doctor(['well.test'], await keyWith(/^ReadAccount/));
    expect(blind.exit).toBe(1);
    expect(blind.find({ status: 'refused' }).map((one) => one.permission?.action)).toEqual(['ses:GetEmailIdentity']);
  });

  it('a region in the SES sandbox is worth a look, and no failure', async () => {
    const { exit, find } = await doctor(['well.test', '--ses-regions', 'us-east-1,eu-west-1']);
    expect(exit).toBe(0);
    expect(find({ id: 'ses.production-access' }).map((one) => one.status)).toEqual(['ok', 'warning']);
    expect(find({ about: 'eu-west-1', status: 'warning' })[0]?.fix).toContain('production access for eu-west-1');
  });

  it('wrong keys, and the keys of another account than the profile’s, are wrong credentials', async () => {
    const wrong = await doctor([], { AWS_SECRET_ACCESS_KEY: 'this-is-another-secret' });
    expect(wrong.exit).toBe(2);
    const profile = stage.profile('ses: { account: "999988887777" }\n');
    const other = await doctor(['well.test', '--profile', profile]);
    expect(other.exit).toBe(2);
    expect(other.told).toContain('the profile wants account 999988887777');
  });

  it('Route 53 that denies: the action that is missing, and where it is listed', async () => {
    await stage.control('POST /control/route53/zones', { name: 'denied.test' });
    const simulate = allow('iam:SimulatePrincipalPolicy');
    const none = await doctor(['denied.test'], await keyWith(/^/, simulate));
    expect(none.exit).toBe(1);
    expect(none.find({ system: 'route53', status: 'refused' })[0]?.fix).toContain(
      'Allow route53:ListHostedZonesByName on *',
    );
    const reads = allow(['route53:List*', 'route53:Get*']);
    const reader = await doctor(['denied.test'], await keyWith(/^/, simulate, reads));
    expect(reader.exit).toBe(1);
    expect(reader.find({ system: 'route53', status: 'refused' })).toMatchObject([
      { permission: { action: 'route53:ChangeResourceRecordSets', proof: 'simulation' } },
    ]);
  });
});

describe('the zone', () => {
  it('that nobody is sent to', async () => {
    await stage.zone('away.test', [], { delegate: false });
    await stage.control('POST /control/porkbun/domains', { name: 'away.test' });
    const { exit, find } = await doctor(['away.test', '--dns', 'cloudflare']);
    expect(exit).toBe(1);
    expect(find({ id: 'dns.delegation', status: 'broken' })[0]?.says).toMatch(
      /served by \w+\.ns\.porkbun\.com.*, not by the zone at cloudflare/,
    );
    // Whoever is not asked is not called unconfigured.
    expect(find({ status: 'unconfigured' })).toEqual([]);
  });

  it('DNS that is blocked is unknown, port 25 that is closed only worth a look', async () => {
    const { exit, find } = await doctor(['well.test', '--dns', 'cloudflare'], {
      MAILWRIGHT_DNS_PUBLIC_RESOLVERS: '127.0.0.1:9',
      MAILWRIGHT_DNS_ROOTS: '127.0.0.99',
      MAILWRIGHT_SMTP_PROBE: '127.0.0.1:9',
    });
    expect(exit).toBe(3);
    expect(find({ status: 'unknown' }).map((one) => one.id)).toEqual([
      'machine.dns-udp',
      'machine.dns-tcp',
      'dns.delegation',
    ]);
    expect(find({ id: 'machine.smtp' })[0]?.status).toBe('warning');
    expect(find({ status: 'broken' })).toEqual([]);
  });
});

describe('the machine', () => {
  const folder = () => dirname(stage.state);

  it('a .env that others can read, and a state folder that they can look into', async () => {
    const env = join(folder(), '.env');
    writeFileSync(env, '# nothing\n', { mode: 0o644 });
    chmodSync(env, 0o644);
    mkdirSync(join(folder(), 'open-state'), { mode: 0o755 });
    const { exit, find } = await doctor(['--state', 'open-state']);
    rmSync(env);
    expect(exit).toBe(0);
    expect(find({ id: 'machine.env-file', status: 'warning' })[0]?.fix).toBe('chmod 600 .env');
    expect(find({ id: 'machine.state', status: 'warning' })[0]?.fix).toBe('chmod 700 open-state');
  });

  it('a look makes no state folder', async () => {
    await doctor(['--state', 'fresh-state']);
    expect(existsSync(join(folder(), 'fresh-state'))).toBe(false);
  });
});

describe('--write-test', () => {
  it('leaves nothing behind at any of the DNS hosts, nor on an identity of ours', async () => {
    await stage.control('POST /control/porkbun/domains', { name: 'pig.test', records: [] });
    await stage.control('POST /control/route53/zones', { name: 'five.test' });
    expect((await stage.run(['up', 'well.test', '--yes', '--wait=60s'])).exit).toBe(0);
    const world = async () => [
      await stage.zoneRecords('well.test'),
      await stage.control('GET /control/porkbun/records?domain=pig.test'),
      await stage.control('GET /control/route53/sets?zone=five.test'),
      ((await stage.control('GET /control/aws/identities')) as { Tags: unknown }[]).map((one) => one.Tags),
    ];
    const before = await world();
    const since = await stage.mark();
    const ran = await stage.run(['doctor', 'well.test', 'pig.test', 'five.test', '--write-test', '--json']);
    expect(ran.exit).toBe(0);
    const written = (await stage.ledger(undefined, since)).filter((row) => row.effect);
    expect(written.map((row) => row.operation).toSorted()).toEqual([
      'ChangeResourceRecordSets',
      'ChangeResourceRecordSets',
      'TagResource',
      'UntagResource',
      'dns.create',
      'dns.delete',
      'dns_records.batch',
      'dns_records.batch',
    ]);
    expect(written.filter((row) => row.forbidden)).toEqual([]);
    expect(await world()).toEqual(before);
    const { diagnoses } = ran.report as unknown as DoctorReport;
    expect(
      diagnoses
        .filter((one) => one.permission?.proof === 'write')
        .map((one) => one.system)
        .toSorted(),
    ).toEqual(['cloudflare', 'porkbun', 'route53', 'ses'].flatMap((system) => [system, system]));
    // What was tried is no longer open.
    expect(diagnoses.filter((one) => one.status === 'unprovable').map((one) => one.system)).toEqual([]);
  });

  it('says why no tag was tried, and asks no person to enter a record', async () => {
    await stage.zone('fresh.test');
    const { exit, find } = await doctor(['fresh.test', '--dns', 'manual', '--write-test']);
    expect(exit).toBe(0);
    expect(find({ id: 'ses.write-test' })[0]?.says).toContain('an identity of ours is needed');
    expect(find({ id: 'manual.write-test' })[0]?.says).toContain('a person enters them');
  });

  it('finds again and removes what a lost answer left', async () => {
    await stage.control('POST /faults', {
      kind: 'error-after',
      system: 'cloudflare',
      operation: 'dns_records.batch',
      count: 1,
    });
    const ran = await stage.run(['doctor', 'well.test', '--write-test']);
    await stage.control('DELETE /faults');
    expect(ran.stdout).toContain('proved: it was removed again');
    expect((await stage.zoneRecords('well.test')).filter((one) => one.name.includes('check'))).toEqual([]);
  });

  it('names loudly what it made and could not remove', async () => {
    const env = await keyWith(/^(Read|Provision)/);
    const tagged = await stage.run(['doctor', 'well.test', '--dns', 'cloudflare', '--write-test'], env);
    expect(tagged.exit).toBe(1);
    expect(tagged.stdout).toMatch(/LEFT BEHIND: the tag\s+mailwright-check-[0-9a-f]{8}/);
    expect(tagged.stdout.replaceAll(/\s+/g, ' ')).toContain('aws sesv2 untag-resource --region us-east-1');
    outputs.push(tagged.stdout);
  });
});

it('a clock that is off is named with how much, and what AWS does of it', async () => {
  await stage.control('POST /clock', { advance: 150 });
  const slow = await doctor(['well.test', '--dns', 'cloudflare']);
  expect(slow.find({ id: 'machine.clock' })).toMatchObject([{ status: 'warning' }]);
  await stage.control('POST /clock', { advance: 3600 });
  const { exit, find } = await doctor(['well.test', '--dns', 'cloudflare']);
  expect(exit).toBe(1);
  expect(find({ id: 'machine.clock', status: 'broken' })[0]?.says).toMatch(/6[23] minutes behind/);
});

it('no output holds a secret of the environment', () => {
  const secrets = Object.entries(stage.env).filter(([name]) => /SECRET|TOKEN|API_KEY/.test(name));
  expect(secrets.length).toBeGreaterThan(2);
  for (const [name, value] of secrets) for (const output of outputs) expect(output.includes(value), name).toBe(false);
});
