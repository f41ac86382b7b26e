import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const DOMAIN = 'clean.test';
const SES_HOST = 'feedback-smtp.us-east-1.amazonses.com';
let stage: Stage;
/** What is said of the domain as it came up: advice, and nothing worse. */
let before: readonly string[];

beforeAll(async () => {
  stage = await openStage();
  await stage.control('POST /control/aws/account', { region: 'us-east-1', productionAccess: true });
  await stage.zone(DOMAIN, [
    { name: '@', type: 'MX', content: `mx1.${DOMAIN}`, priority: 10, ttl: 300 },
    { name: '@', type: 'MX', content: `mx2.${DOMAIN}`, priority: 20, ttl: 300 },
    { name: 'mx1', type: 'A', content: '192.0.2.1', ttl: 300 },
    { name: 'mx2', type: 'A', content: '192.0.2.2', ttl: 300 },
    { name: '@', type: 'TXT', content: '"v=spf1 mx ~all"', ttl: 300 },
  ]);
  const up = await stage.run(['up', DOMAIN, '--yes', '--wait=60s', '--json']);
  expect(up.report.status).toBe('done');
  const first = await look();
  expect(first.exit).toBe(0);
  before = first.failed;
});
afterAll(() => stage.close());

async function look(): Promise<{ exit: number; failed: readonly string[] }> {
  const { exit, report } = await stage.run(['check', DOMAIN, '--json']);
  const failed = report.checks
    .filter(({ status, severity }) => status === 'failed' && severity !== 'advice' && severity !== 'info')
    .map(({ id, name }) => `${id} ${name}`);
  return { exit, failed };
}

interface Planted {
  /** Records that are added. */
  readonly add?: readonly object[];
  /** Those that go, by name and type. */
  readonly remove?: readonly [name: string, type: string];
}

const txt = (name: string, content: string) => ({ name, type: 'TXT', content: `"${content}"`, ttl: 300 });

describe('check of a domain in the sandbox', () => {
  it('has nothing against it as it came up', () => expect(before).toEqual([]));

  it.each<[string, Planted, string[]]>([
    ['a second SPF record', { add: [txt(DOMAIN, 'v=spf1 -all')] }, ['spf.multiple clean.test']],
    [
      'a second SPF record at MAIL FROM',
      { add: [txt(`mail.${DOMAIN}`, 'v=spf1 -all')] },
      ['spf.multiple mail.clean.test'],
    ],
    [
      'a second DMARC record',
      { add: [txt(`_dmarc.${DOMAIN}`, 'v=DMARC1; p=reject')] },
      ['dmarc.multiple _dmarc.clean.test'],
    ],
    [
      'a second MX at MAIL FROM',
      { add: [{ name: `mail.${DOMAIN}`, type: 'MX', content: `mx1.${DOMAIN}`, priority: 20, ttl: 300 }] },
      ['mail-from.mx mail.clean.test'],
    ],
    ['no MX at MAIL FROM', { remove: [`mail.${DOMAIN}`, 'MX'] }, ['mail-from.mx mail.clean.test']],
    ['no SPF at MAIL FROM', { remove: [`mail.${DOMAIN}`, 'TXT'] }, ['mail-from.spf mail.clean.test']],
    ['no DMARC', { remove: [`_dmarc.${DOMAIN}`, 'TXT'] }, ['dmarc.record _dmarc.clean.test']],
    ['an MX host without an address', { remove: [`mx2.${DOMAIN}`, 'A'] }, ['mx.unresolvable mx2.clean.test']],
    [
      'a key that is cut off',
      { add: [txt(`google._domainkey.${DOMAIN}`, 'v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GN')] },
      ['dkim.key-broken google._domainkey.clean.test'],
    ],
    [
      'a broken MTA-STS record',
      { add: [txt(`_mta-sts.${DOMAIN}`, 'v=STSv1; id=a-b')] },
      ['mta-sts.record _mta-sts.clean.test'],
    ],
    ['a wildcard', { add: [txt(`*.${DOMAIN}`, 'hello')] }, ['dns.wildcard-text *.clean.test']],
  ])('names %s, and nothing else', async (_what, { add = [], remove }, wanted) => {
    const records = (await stage.zoneRecords(DOMAIN)) as unknown as { id: string; name: string; type: string }[];
    const going = remove ? records.filter(({ name, type }) => name === remove[0] && type === remove[1]) : [];
    await stage.edit(DOMAIN, { posts: add, deletes: going.map(({ id }) => ({ id })) });
    await sleep(100);
    const { failed, exit } = await look();
    const there = (await stage.zoneRecords(DOMAIN)) as unknown as { id: string }[];
    const added = there.filter(({ id }) => !records.some((one) => one.id === id));
    await stage.edit(DOMAIN, {
      posts: going.map(({ id: _id, ...record }) => record),
      deletes: added.map(({ id }) => ({ id })),
    });
    await sleep(100);
    expect(failed.toSorted()).toEqual(wanted.toSorted());
    expect(exit).not.toBe(2);
  });

  it('says of a region that IAM denies that it can’t be read, and all of the others', async () => {
    const where = { StringEquals: { 'aws:RequestedRegion': 'us-west-2' } };
    const policy = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: 'ses:*', Resource: '*', Condition: where },
      ],
    };
    const key = (await stage.control('POST /control/aws/keys', { policy })) as Record<string, string>;
    const env = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
    const regions = ['--ses-regions', 'us-east-1,us-west-2'];
    const { report } = await stage.run(['check', DOMAIN, ...regions, '--json'], env);
    const said = report.checks.filter(({ id }) => id === 'ses.identity');
    expect(said.map(({ region, status }) => [region, status]).toSorted()).toEqual([
      ['us-east-1', 'ok'],
      ['us-west-2', 'unknown'],
    ]);
    expect(report.checks.filter(({ status, severity }) => status === 'failed' && severity !== 'advice')).toEqual([]);
    // Rights that lack everywhere are one sentence.
    const alone = await stage.run(['check', 'fresh.test', '--ses-regions', 'us-west-2'], env);
    expect(alone.exit).toBe(2);
    expect(alone.stderr).toContain('docs/iam-policy.json');
  });

  it('names a DKIM alias that somebody made lead elsewhere, and nothing else', async () => {
    const records = (await stage.zoneRecords(DOMAIN)) as unknown as { id: string; name: string; content: string }[];
    const key = records.find(({ name }) => name.includes('._domainkey.'));
    await stage.edit(DOMAIN, { patches: [{ id: key?.id, content: 'elsewhere.clean.test' }] });
    await sleep(100);
    const { failed } = await look();
    await stage.edit(DOMAIN, { patches: [{ id: key?.id, content: key?.content }] });
    await sleep(100);
    expect(failed).toEqual([`dkim.cname ${key?.name}`]);
  });

  it('says of a record that `up` writes what it will be, with its full name, and that it is proxied now', async () => {
    const records = (await stage.zoneRecords(DOMAIN)) as unknown as { id: string; name: string; content: string }[];
    const key = records.find(({ name }) => name.includes('._domainkey.'));
    const gone = records.find(({ name, content }) => name === `mail.${DOMAIN}` && content.includes('spf1'));
    await stage.edit(DOMAIN, { patches: [{ id: key?.id, proxied: true }], deletes: [{ id: gone?.id }] });
    await sleep(100);
    const { report } = await stage.run(['check', DOMAIN, '--json']);
    await stage.edit(DOMAIN, {
      patches: [{ id: key?.id, proxied: false }],
      posts: [txt(`mail.${DOMAIN}`, 'v=spf1 include:amazonses.com ~all')],
    });
    await sleep(100);
    const failed = report.checks.filter(
      ({ id, status }) => status === 'failed' && /^(dkim.cname|mail-from.spf)$/.test(id),
    );
    expect(failed.map(({ seen: [first], fix }) => [first?.value, fix])).toEqual(
      expect.arrayContaining([
        [
          `${key?.content}, proxied`,
          `Publish ${key?.name} CNAME ${key?.content}, not proxied, in place of what is there; \`mailwright up\` does it.`,
        ],
        [
          'nothing published',
          `Publish mail.${DOMAIN} TXT "v=spf1 include:amazonses.com ~all"; \`mailwright up\` does it.`,
        ],
      ]),
    );
  });

  it('is as it was when all is put back', async () => expect((await look()).failed).toEqual([]));
  it('knows the host that SES wants', async () => {
    expect(await stage.resolver.resolveMx(`mail.${DOMAIN}`)).toMatchObject([{ exchange: SES_HOST }]);
  });
});
