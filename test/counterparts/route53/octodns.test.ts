import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { describeClient, OCTODNS } from '../installed.ts';
import { runProgram } from '../program.ts';

const ZONE = 'octo.test';
const RECORDS = `---
'':
  - {type: A, ttl: 300, value: 192.0.2.1}
  - type: MX
    ttl: 300
    values:
      - {preference: 1, exchange: aspmx.l.google.com.}
      - {preference: 5, exchange: alt1.aspmx.l.google.com.}
  - type: TXT
    ttl: 300
    values:
      - google-site-verification=abc
      - v=spf1 include:_spf.google.com ~all
'*': {type: CNAME, ttl: 300, value: octo.test.}
long: {type: TXT, ttl: 300, value: '${'0123456789'.repeat(30)}'}
policy: {type: TXT, ttl: 300, value: 'v=TEST1\\; p=none\\; x=y'}
`;

describeClient(OCTODNS, (sync) => {
  let stage: Stage;
  let folder = '';
  beforeAll(async () => {
    stage = await openStage();
    await stage.control('POST /control/route53/zones', { name: ZONE });
    folder = dirname(stage.state);
    mkdirSync(join(folder, 'zones'));
    writeFileSync(join(folder, 'zones', `${ZONE}.yaml`), RECORDS);
    writeFileSync(
      join(folder, 'octo.yaml'),
      `providers:
  src: {class: octodns.provider.yaml.YamlProvider, directory: ${folder}/zones, default_ttl: 300, enforce_order: false}
  r53:
    class: octodns_route53.Route53Provider
    access_key_id: env/AWS_ACCESS_KEY_ID
    secret_access_key: env/AWS_SECRET_ACCESS_KEY
zones:
  ${ZONE}.: {sources: [src], targets: [r53]}
`,
    );
  });
  afterAll(() => stage.close());

  const octo = async (): Promise<string> => {
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_ENDPOINT_URL_ROUTE_53 = '' } = stage.env;
    const keys = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
    const env = { ...keys, AWS_ENDPOINT_URL_ROUTE_53, AWS_DEFAULT_REGION: 'us-east-1' };
    const args = [`--config-file=${join(folder, 'octo.yaml')}`, '--doit'];
    const { exit, stdout, stderr } = await runProgram(sync, args, { folder, env });
    const said = stripVTControlCharacters(`${stdout}${stderr}`);
    expect(said).not.toMatch(/\bERROR\b|Traceback/);
    expect(exit).toBe(0);
    return said;
  };
  const sets = async () =>
    (await stage.control(`GET /control/route53/sets?zone=${ZONE}`)) as {
      Name: string;
      Type: string;
      ResourceRecords: { Value: string }[];
    }[];

  it('writes the zone in one batch', async () => {
    expect(await octo()).toContain('6 total changes');
    expect((await sets()).map(({ Name, Type }) => `${Name} ${Type}`).toSorted()).toEqual([
      '\\052.octo.test. CNAME',
      'long.octo.test. TXT',
      'octo.test. A',
      'octo.test. MX',
      'octo.test. NS',
      'octo.test. SOA',
      'octo.test. TXT',
      'policy.octo.test. TXT',
    ]);
    const long = (await sets()).find(({ Name }) => Name.startsWith('long'))?.ResourceRecords[0]?.Value;
    expect(long).toMatch(/^"\d{255}" "\d{45}"$/);
    const writes = (await stage.ledger('route53')).filter((row) => row.effect);
    expect(writes.map(({ operation, forbidden }) => [operation, forbidden])).toEqual([
      ['ChangeResourceRecordSets', undefined],
    ]);
  });

  it('has nothing to do the second time', async () => {
    const since = await stage.mark();
    expect(await octo()).toContain(' 0 total changes');
    expect((await stage.ledger('route53', since)).filter((row) => row.effect)).toEqual([]);
  });

  it('rides out Throttling and PriorRequestNotComplete, which botocore tries again', async () => {
    writeFileSync(join(folder, 'zones', `${ZONE}.yaml`), RECORDS.replace('192.0.2.1', '192.0.2.2'));
    for (const kind of ['throttle', 'conflict'])
      await stage.control('POST /faults', { kind, system: 'route53', operation: 'ChangeResourceRecordSets', count: 1 });
    expect(await octo()).toContain('1 total changes');
    const rows = (await stage.ledger('route53')).filter((row) => row.operation === 'ChangeResourceRecordSets');
    expect(rows.at(-1)).toMatchObject({ status: 200, effect: true });
    expect(rows.filter(({ status }) => status === 400).length).toBeGreaterThan(0);
  });
});
