import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { reportSchema } from '../../src/core/report.ts';
import { openStage, type Ran, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.zone('busy.test', [{ name: 'mail', type: 'A', content: '192.0.2.9', ttl: 300 }]);
});
afterAll(() => stage.close());
afterEach(() => stage.control('DELETE /faults'));

/** Runs, and expects nothing to have changed anywhere. */
async function refused(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran & { said: string }> {
  const since = await stage.mark();
  const ran = await stage.run(args, env);
  expect((await stage.ledger(undefined, since)).filter((row) => row.effect)).toEqual([]);
  return { ...ran, said: ran.stdout + ran.stderr };
}

describe('bad input is one sentence with the field and the fix', () => {
  it.each([
    ['not a domain', ['up', 'exa mple', '--yes'], 'is not a DNS name', 2],
    ['a public suffix', ['up', 'co.uk', '--yes'], 'is a public suffix', 2],
    ['an IP address', ['up', '192.0.2.1', '--yes'], 'is an IP address', 2],
    ['no domain', ['up', '--yes'], 'No domain is given', 2],
    ['an unknown region', ['up', 'busy.test', '--ses-regions', 'us-est-1'], 'is no region in which SES is offered', 2],
    ['no region at all', ['up', 'busy.test', '--ses-regions', 'moon'], 'is no AWS region', 2],
    ['an unknown DNS provider', ['up', 'busy.test', '--dns', 'cloudfare'], 'is no DNS provider', 2],
    ['a missing profile', ['up', 'busy.test', '--profile', 'nothere'], 'there is no profile "nothere"', 2],
    ['a bad duration', ['up', 'busy.test', '--wait=soon'], 'is no duration', 2],
    ['a bad recipient', ['up', 'busy.test', '--send-test', 'me'], 'is not an e-mail address', 2],
    ['an MX that is no full name', ['up', 'busy.test', '--mx', 'mx1'], 'is not a full host name', 2],
    ['a report that can’t be written', ['plan', 'busy.test', '--json=/nowhere/r.json'], "can't be written", 2],
    [
      'a flag given twice',
      ['up', 'busy.test', '--ses-regions', 'us-east-1', '--ses-regions', 'us-west-2'],
      'takes one value',
      2,
    ],
    ['no region', ['up', 'busy.test', '--ses-regions', ''], 'no region is named', 2],
    [
      'a token of two lines',
      ['plan', 'busy.test'],
      'has white space or a line break inside',
      2,
      { CLOUDFLARE_API_TOKEN: 'line-one\nSECRETTOKEN123' },
    ],
    ['a value without its flag’s equals sign', ['up', 'a.test', '--json', 'lines'], '"lines" is no domain', 2],
    ['a list that is not there', ['up', '--from', '/nowhere/list'], "can't be read", 2],
    ['one MAIL FROM for two', ['up', 'a.test', 'b.test', '--mail-from', 'mail.a.test'], 'is one name', 2],
    [
      'a MAIL FROM elsewhere',
      ['up', 'busy.test', '--mail-from', 'mail.other.test', '--yes'],
      'does not lie below busy.test',
      4,
    ],
  ] as [string, string[], string, number, Record<string, string>?][])('%s', async (_, args, sentence, exit, env) => {
    const ran = await refused(args, env);
    expect(ran.said).not.toContain('SECRETTOKEN123');
    expect(ran.said).toContain(sentence);
    expect(ran.exit).toBe(exit);
    expect(ran.said).not.toContain('at file:');
  });
});

it('a refusal is a report, too, where one is asked for', async () => {
  const ran = await refused(['up', 'co.uk', '--yes', '--json']);
  expect(ran.report).toMatchObject({
    status: 'usage',
    exit: 2,
    domain: 'co.uk',
    errors: [{ code: 'domain.public-suffix' }],
  });
  expect(() => reportSchema.parse(ran.report)).not.toThrow();
});

describe('credentials', () => {
  it('of which half is set are refused', async () => {
    const ran = await refused(['plan', 'busy.test'], { AWS_SECRET_ACCESS_KEY: '' });
    expect(ran.said).toContain('AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not');
    expect(ran.exit).toBe(2);
  });
  it('that are missing: says where they were looked for', async () => {
    const ran = await refused(['plan', 'busy.test'], {
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    expect(ran.said).toContain('No AWS credentials: tried AWS_ACCESS_KEY_ID (not set), the default profile');
    expect(ran.exit).toBe(2);
  });
  it('that AWS does not know', async () => {
    const ran = await refused(['plan', 'busy.test'], { AWS_ACCESS_KEY_ID: 'AKIAAAAAAAAAAAAAAAAA' });
    expect(ran.said).toMatch(/AWS does not accept the credentials/);
    expect(ran.exit).toBe(2);
  });
  it('of another account: both numbers, and nothing is read further', async () => {
    const profile = stage.profile('ses: { account: "999988887777" }\n');
    const since = await stage.mark();
    const ran = await refused(['up', 'busy.test', '--profile', profile, '--yes']);
    expect(ran.said).toContain('belong to AWS account 111122223333');
    expect(ran.said).toContain('the profile wants 999988887777');
    expect(ran.exit).toBe(2);
    expect(await stage.ledger('ses', since)).toEqual([]);
  });
  it('with the read part of the policy: plan works, up says what is missing', async () => {
    await stage.zone('readonly.test');
    const policy = JSON.parse(readFileSync(new URL('../../docs/iam-policy.json', import.meta.url), 'utf8'));
    const read = {
      ...policy,
      Statement: policy.Statement.filter((one: { Sid: string }) => one.Sid.startsWith('Read')),
    };
    const key = (await stage.control('POST /control/aws/keys', { policy: read })) as {
      accessKeyId: string;
      secretAccessKey: string;
    };
    const env = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
    const args = ['readonly.test', '--ses-tenant', 'acme', '--profile', stage.profile('ses: { tenant: acme }\n')];
    expect((await refused(['plan', ...args], env)).exit).toBe(5);
    const up = await stage.run(['up', ...args, '--yes'], env);
    expect(up.exit).toBe(1);
    expect(up.stdout).toContain('docs/iam-policy.json');
    // What depends on nothing that failed goes on: the policy, and nothing of SES.
    expect((await stage.zoneRecords('readonly.test')).map((record) => record.name)).toEqual(['_dmarc.readonly.test']);
  });
  it('with the whole policy: up needs nothing more', async () => {
    await stage.zone('least.test');
    const policy = JSON.parse(readFileSync(new URL('../../docs/iam-policy.json', import.meta.url), 'utf8'));
    const key = (await stage.control('POST /control/aws/keys', { policy })) as {
      accessKeyId: string;
      secretAccessKey: string;
    };
    const profile = stage.profile('ses: { tenant: least, regions: [us-east-1, eu-west-1] }\n');
    const env = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
    const ran = await stage.run(
      [
        'up',
        'least.test',
        '--profile',
        profile,
        '--yes',
        '--wait=60s',
        '--json',
        '--send-test',
        'success@simulator.amazonses.com',
      ],
      env,
    );
    expect(ran.report.errors).toEqual([]);
    expect(ran.report.status).toBe('done');
  });
});

describe('Cloudflare', () => {
  it('zone not in the account, dead token, token without rights and a malformed one are told apart', async () => {
    const missing = await refused(['plan', 'elsewhere.test']);
    expect(missing.said).toContain('no zone for elsewhere.test');
    expect(missing.said).toContain('the token is valid but does not see it');
    expect(missing.exit).toBe(4);
    const dead = await refused(['plan', 'busy.test'], { CLOUDFLARE_API_TOKEN: 'A'.repeat(40) });
    expect(dead.said).toMatch(/token is dead/);
    expect(dead.exit).toBe(2);
    await stage.control('POST /control/cloudflare/tokens', {
      name: 'reader',
      secret: 'r'.repeat(40),
      permissions: ['zone:read', 'dns:read'],
    });
    await stage.zone('noedit.test');
    const up = await stage.run(['up', 'noedit.test', '--yes'], { CLOUDFLARE_API_TOKEN: 'r'.repeat(40) });
    expect(up.stdout).toContain('lacks the right for this');
    expect(up.exit).toBe(1);
    expect((await stage.zoneRecords('noedit.test')).filter((record) => record.comment)).toEqual([]);
    const malformed = await refused(['plan', 'busy.test'], { CLOUDFLARE_API_TOKEN: 'x' });
    expect(malformed.said).toContain('does not have the form of a token');
  });
  it('a zone that nobody is delegated to is a conflict, or prepared on request', async () => {
    await stage.control('POST /control/zones', { name: 'parked.test', delegate: false });
    const ran = await refused(['up', 'parked.test', '--yes']);
    expect(ran.exit).toBe(4);
    expect(ran.said).toContain('what is written there is seen by nobody');
    expect((await stage.run(['up', 'parked.test', '--yes', '--zone-not-live'])).exit).toBe(3);
  });
});

describe('DNS that can’t be asked, or is somebody else’s', () => {
  it('an inherited policy is read from the zone, and where nobody can be asked nothing weaker is written', async () => {
    await stage.zone('corp.test', [{ name: '_dmarc', type: 'TXT', content: '"v=DMARC1; p=reject"', ttl: 300 }]);
    const closed = { MAILWRIGHT_DNS_PORT: '9' };
    const inherited = await refused(['plan', 'news.corp.test', '--json'], closed);
    expect(inherited.report.operations.some((one) => one.id.includes('_dmarc'))).toBe(false);
    await stage.zone('news.split.test');
    await stage.zone('split.test', [{ name: '_dmarc', type: 'TXT', content: '"v=DMARC1; p=reject"', ttl: 300 }]);
    const unknown = await refused(['plan', 'news.split.test', '--json', '--dmarc-email', 'x@far.test'], closed);
    expect(unknown.report.operations.some((one) => one.id.includes('_dmarc'))).toBe(false);
    expect(unknown.report.checks.find((check) => check.id === 'dmarc.record')).toMatchObject({ status: 'unknown' });
    expect(unknown.report.checks.find((check) => check.id === 'dmarc.report-consent')).toMatchObject({
      status: 'unknown',
    });
  });
  it('a name that the zone delegates away is a conflict', async () => {
    await stage.zone('cut.test', [{ name: 'news', type: 'NS', content: 'ns1.elsewhere.test', ttl: 300 }]);
    const ran = await refused(['up', 'news.cut.test', '--yes']);
    expect(ran.said).toContain('news.cut.test is delegated to ns1.elsewhere.test');
    expect(ran.exit).toBe(4);
  });
  it('a policy that a service publishes is left and named; two policies are as good as none', async () => {
    await stage.zone('served.test', [
      { name: '_dmarc', type: 'CNAME', content: 'served.test.dmarc.example', ttl: 300 },
    ]);
    const served = await stage.run(['up', 'served.test', '--yes', '--wait=60s', '--json']);
    expect(served.report.status).toBe('done');
    expect(served.report.checks.find((check) => check.id === 'dmarc.record')?.seen[0]?.value).toContain(
      'left to served.test.dmarc.example',
    );
    await stage.zone('twice.test', [
      { name: '_dmarc', type: 'TXT', content: '"v=DMARC1; p=none"', ttl: 300 },
      { name: '_dmarc', type: 'TXT', content: '"v=DMARC1; p=reject"', ttl: 300 },
    ]);
    expect((await refused(['plan', 'twice.test', '--json'])).report.checks.map((check) => check.id)).toContain(
      'dmarc.multiple',
    );
  });
});

describe('records in the way', () => {
  it('Email Routing keeps its MX, also against --take-over-mx', async () => {
    await stage.zone('routed.test', [], { emailRouting: true });
    const ran = await refused(['up', 'routed.test', '--mx', 'mx-else.mx.test', '--take-over-mx', '--yes']);
    expect(ran.said).toContain('(Cloudflare Email Routing)');
    expect(ran.said).toContain('Switch that feature off');
    expect(ran.exit).toBe(4);
  });
  it('a MAIL FROM name in use as a host: the next free one is taken, a flag is a conflict', async () => {
    const plan = await refused(['plan', 'busy.test', '--json']);
    expect(plan.report.operations.map((one) => one.id)).toContain('dns bounce.busy.test MX');
    const flagged = await refused(['plan', 'busy.test', '--mail-from', 'mail']);
    expect(flagged.said).toContain('mail.busy.test: it has A 192.0.2.9');
    expect(flagged.exit).toBe(4);
  });
  it('two SPF records, and one that would grow past ten look-ups', async () => {
    const profile = stage.profile('spf: { root: merge }\n');
    await stage.zone('twospf.test', [
      { name: '@', type: 'TXT', content: '"v=spf1 a -all"', ttl: 300 },
      { name: '@', type: 'TXT', content: '"v=spf1 mx -all"', ttl: 300 },
    ]);
    expect((await refused(['up', 'twospf.test', '--profile', profile, '--yes'])).said).toContain('has 2 SPF records');
    const many = Array.from({ length: 7 }, (_, index) => `a:h${index}.bigspf.test`).join(' ');
    await stage.zone('bigspf.test', [
      { name: '@', type: 'TXT', content: `"v=spf1 include:_spf.google.com ${many} ~all"`, ttl: 300 },
    ]);
    const big = await refused(['up', 'bigspf.test', '--profile', profile, '--yes']);
    expect(big.said).toMatch(/would cost 1[1-9] DNS look-ups/);
    expect(big.exit).toBe(4);
  });
  it('a DKIM name that holds another record stops the run before the zone is written', async () => {
    await stage.zone('dkim.test');
    const tokens = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
    await stage.control('POST /control/aws/identities', {
      region: 'us-east-1',
      name: 'dkim.test',
      dkimStatus: 'PENDING',
      tokens,
    });
    await stage.zone('dkim2.test', [
      { name: `${tokens[0]}._domainkey`, type: 'TXT', content: '"v=DKIM1; p="', ttl: 300 },
    ]);
    await stage.control('POST /control/aws/identities', {
      region: 'us-east-1',
      name: 'dkim2.test',
      dkimStatus: 'PENDING',
      tokens,
    });
    const ran = await refused(['up', 'dkim2.test', '--yes']);
    expect(ran.said).toContain(`${tokens[0]}._domainkey.dkim2.test is needed for DKIM key of us-east-1`);
    expect(ran.exit).toBe(4);
  });
});

describe('SES', () => {
  it('that gave up is started again with the same keys', async () => {
    await stage.zone('gaveup.test');
    const tokens = ['d', 'e', 'f'].map((letter) => letter.repeat(32));
    await stage.control('POST /control/aws/identities', {
      region: 'us-east-1',
      name: 'gaveup.test',
      dkimStatus: 'FAILED',
      tokens,
      watched: true,
    });
    const ran = await stage.run(['up', 'gaveup.test', '--yes', '--json']);
    expect(ran.report.operations.find((one) => one.id === 'ses us-east-1/dkim-restart')).toMatchObject({
      outcome: 'done',
    });
    const restart = (await stage.ledger('ses')).find(
      (row) => row.operation === 'PutEmailIdentityDkimSigningAttributes',
    );
    expect(restart?.request.body).toMatchObject({ SigningAttributesOrigin: 'AWS_SES' });
  });
  it('in the sandbox writes to verified addresses only, and says so', async () => {
    await stage.zone('sandboxed.test');
    const ran = await stage.run([
      'up',
      'sandboxed.test',
      '--ses-regions',
      'eu-central-1',
      '--yes',
      '--wait=60s',
      '--json',
      '--send-test',
      'stranger@else.test',
    ]);
    expect(ran.report.warnings.map((warning) => warning.code)).toContain('ses.account-sandbox');
    expect(ran.report.errors).toMatchObject([{ code: 'ses.sandbox-recipient' }]);
    expect(ran.report.about.join()).toContain('eu-central-1 (SES sandbox');
  });
  it('of an address below the domain is named, with what it overrides', async () => {
    await stage.zone('relative.test');
    await stage.control('POST /control/aws/identities', { region: 'us-east-1', name: 'news@relative.test' });
    const ran = await refused(['plan', 'relative.test', '--json', '--state', `${stage.state}-relative`]);
    expect(ran.report.warnings.find((warning) => warning.code === 'ses.relatives')?.fix).toContain(
      'Mail from news@relative.test uses that identity',
    );
  });
  it('gives a forecast, called so, where the receiver can’t be asked', async () => {
    await stage.zone('forecast.test');
    const ran = await stage.run(
      ['up', 'forecast.test', '--yes', '--wait=60s', '--json', '--send-test', 'success@simulator.amazonses.com'],
      { MAILWRIGHT_SANDBOX: '' },
    );
    expect(ran.report.sent).toMatchObject([{ forecast: { spf: 'pass', dkim: 'pass', dmarc: 'pass' } }]);
    expect(ran.stderr).toContain('forecast from published records and SES, not a receiver’s word');
  });
  it('whose clock differs by more than five minutes is told as that', async () => {
    await stage.control('POST /control/aws/switches', { signatureClock: 'sandbox' });
    await stage.control('POST /clock', { advance: 600 });
    const ran = await refused(['plan', 'busy.test', '--state', `${stage.state}-clock`]);
    await stage.control('POST /control/aws/switches', { signatureClock: 'either' });
    expect(ran.said).toContain("this machine's clock is off by more than five minutes");
    expect(ran.exit).toBe(2);
  });
  it('tells a tenant’s typing error from a new tenant', async () => {
    const ran = await refused(['up', 'busy.test', '--ses-tenant', 'acmee', '--yes']);
    expect(ran.said).toContain('No region knows the tenant "acmee"');
    expect(ran.exit).toBe(4);
  });
});

it('two runs on one domain exclude each other, and a dead one’s lock is taken over', async () => {
  await stage.zone('locked.test');
  await stage.control('POST /faults', { kind: 'slow', ms: 1500, system: 'cloudflare', operation: 'dns_records.batch' });
  const first = stage.run(['up', 'locked.test', '--yes']);
  await new Promise((done) => setTimeout(done, 1200));
  const second = await stage.run(['up', 'locked.test', '--yes']);
  expect(second.exit).toBe(4);
  expect(second.stderr).toMatch(/is being worked on by another run \(process \d+/);
  expect([0, 3]).toContain((await first).exit);
});

it('real and local endpoints are never mixed', async () => {
  const real = { CLOUDFLARE_BASE_URL: 'https://api.cloudflare.com/client/v4' };
  const general = {
    AWS_ENDPOINT_URL: stage.env.AWS_ENDPOINT_URL_SESV2 ?? '',
    AWS_ENDPOINT_URL_SESV2: '',
    AWS_ENDPOINT_URL_STS: '',
  };
  for (const env of [real, { ...real, ...general }]) {
    const ran = await refused(['plan', 'busy.test'], env);
    expect(ran.said).toContain('half play, half earnest');
    expect(ran.exit).toBe(2);
  }
});

it('secrets are in no output, journal or report', async () => {
  await stage.zone('secret.test');
  const ran = await stage.run(['up', 'secret.test', '--yes', '--json']);
  const config = await stage.run(['config']);
  const { readdirSync, readFileSync: read } = await import('node:fs');
  const files = readdirSync(stage.state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const written = files.map((entry) => read(`${entry.parentPath}/${entry.name}`, 'utf8')).join('');
  for (const secret of [stage.env.AWS_SECRET_ACCESS_KEY ?? '', stage.env.CLOUDFLARE_API_TOKEN ?? '']) {
    expect(secret.length).toBeGreaterThan(20);
    expect(ran.stdout + ran.stderr + config.stdout + written).not.toContain(secret);
  }
});
