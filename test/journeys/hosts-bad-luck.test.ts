import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.control('POST /control/porkbun/switches', { callsPerSecond: 0 });
});
afterAll(() => stage.close());
afterEach(async () => {
  await stage.control('DELETE /faults');
  await stage.control('POST /control/porkbun/switches', { callsPerSecond: 0 });
  await stage.control('POST /control/route53/switches', { insyncMs: 50, priorRequestMs: 0, callsPerSecond: 0 });
});

/** What a run says went wrong: the first error's code and whole text, and whether anything was written. */
async function refusal(args: readonly string[], env: Record<string, string> = {}) {
  const since = await stage.mark();
  const ran = await stage.run([...args, '--json'], env);
  const [error] = ran.report.errors;
  const rows = await stage.ledger(undefined, since);
  return {
    exit: ran.exit,
    code: error?.code,
    says: `${error?.message} ${error?.fix}`,
    wrote: rows.filter((row) => row.effect && row.system !== 'sts').map((row) => row.operation),
  };
}

describe('Porkbun', () => {
  it('API access that is off for the domain stops the run before anything is touched', async () => {
    await stage.control('POST /control/porkbun/domains', { name: 'pb-off.test', apiAccess: false });
    expect(await refusal(['up', 'pb-off.test', '--yes'])).toMatchObject({
      exit: 4,
      code: 'porkbun.api-access',
      says: expect.stringMatching(/off for pb-off\.test.*API ACCESS/),
      wrote: [],
    });
  });

  it('keys of another account, and wrong ones, are told apart', async () => {
    await stage.control('POST /control/porkbun/domains', { name: 'pb-mine.test' });
    const other = (await stage.control('POST /control/porkbun/accounts', { name: 'Neighbour' })) as {
      apiKey: string;
      secretApiKey: string;
    };
    const theirs = { PORKBUN_API_KEY: other.apiKey, PORKBUN_SECRET_API_KEY: other.secretApiKey };
    expect(await refusal(['up', 'pb-mine.test', '--yes'], theirs)).toMatchObject({
      exit: 4,
      code: 'porkbun.no-zone',
      says: expect.stringMatching(/pb-mine\.test is not in the account of these keys.*keys of the account/),
      wrote: [],
    });
    expect(await refusal(['up', 'pb-mine.test', '--yes'], { PORKBUN_SECRET_API_KEY: 'sk1_wrong' })).toMatchObject({
      exit: 2,
      code: 'porkbun.keys',
      wrote: [],
    });
  });

  it('a page of HTML instead of JSON is asked again, and at last told as such; nothing is taken for missing', async () => {
    await stage.control('POST /control/porkbun/domains', { name: 'pb-html.test' });
    await stage.control('POST /faults', { kind: 'html', system: 'porkbun', operation: 'dns.retrieve', count: 2 });
    const plan = await stage.run(['plan', 'pb-html.test', '--json']);
    expect(plan.exit).toBe(5);
    await stage.control('POST /faults', { kind: 'html', system: 'porkbun', operation: 'dns.retrieve' });
    const refused = await refusal(['up', 'pb-html.test', '--yes']);
    expect(refused).toMatchObject({ exit: 3, wrote: [] });
    expect(refused.says).toMatch(/too many requests|HTTP 503/);
  }, 90_000);

  it('a write that fails in the middle says what was done and what was not, and the next run finishes it', async () => {
    await stage.control('POST /control/porkbun/domains', { name: 'pb-half.test' });
    await stage.control('POST /faults', { kind: 'error-before', system: 'porkbun', operation: 'dns.create', count: 1 });
    const up = await stage.run(['up', 'pb-half.test', '--yes', '--wait=60s', '--json']);
    expect(up.report.status).toBe('done');
    const names = (
      (await stage.control('GET /control/porkbun/records?domain=pb-half.test')) as { name: string; type: string }[]
    )
      .filter((one) => one.type !== 'NS')
      .map((one) => `${one.name} ${one.type}`);
    expect(new Set(names).size).toBe(names.length);
    expect((await stage.run(['up', 'pb-half.test', '--yes', '--json'])).report.operations).toEqual([]);
  }, 90_000);

  it('says that it waits for its turn where the host takes one request a second', async () => {
    await stage.control('POST /control/porkbun/switches', { callsPerSecond: 2 });
    await stage.control('POST /control/porkbun/domains', { name: 'pb-slow.test' });
    const since = await stage.mark();
    const up = await stage.run(['up', 'pb-slow.test', '--yes']);
    expect(up.stdout).toMatch(/waiting for Porkbun to take \d+ changes, one a second/);
    const statuses = (await stage.ledger('porkbun', since)).map((row) => row.status);
    expect(statuses.every((status) => status === 200)).toBe(true);
  }, 60_000);
});

describe('Route 53', () => {
  const at53 = (name: string, more: object = {}) => stage.control('POST /control/route53/zones', { name, ...more });

  it('a zone in another account is named as that, with the way to its credentials', async () => {
    await at53('r53-abroad.test', { account: '444455556666' });
    const refused = await refusal(['up', 'r53-abroad.test', '--yes', '--dns', 'route53']);
    expect(refused).toMatchObject({ exit: 4, code: 'route53.no-zone', wrote: [] });
    expect(refused.says).toContain('ROUTE53_AWS_PROFILE');
    const account = stage.profile('dns: { provider: route53, account: "444455556666" }\n');
    expect(await refusal(['up', 'r53-abroad.test', '--yes', '--profile', account])).toMatchObject({
      exit: 2,
      code: 'route53.account',
    });
  });

  it('credentials of their own reach it, while SES stays in its account', async () => {
    const key = (await stage.control('POST /control/aws/keys', {
      account: '444455556666',
      policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'route53:*', Resource: '*' }] },
    })) as { accessKeyId: string; secretAccessKey: string };
    const up = await stage.run(['up', 'r53-abroad.test', '--yes', '--wait=60s', '--json'], {
      ROUTE53_ACCESS_KEY_ID: key.accessKeyId,
      ROUTE53_SECRET_ACCESS_KEY: key.secretAccessKey,
    });
    expect(up.report.status).toBe('done');
    expect(up.report.about.join()).toMatch(/AWS account 111122223333.*DNS route53, account AWS 444455556666/);
  });

  it('an earlier change that is made for minutes: waited for, then left to the next run, with nothing half written', async () => {
    await at53('r53-busy.test');
    await stage.control('POST /control/route53/switches', { priorRequestMs: 25_000 });
    await stage.control('POST /control/route53/editor', {
      zone: 'r53-busy.test',
      changes: [
        {
          Action: 'CREATE',
          ResourceRecordSet: { Name: 'x.r53-busy.test', Type: 'A', TTL: 60, ResourceRecords: [{ Value: '192.0.2.1' }] },
        },
      ],
    });
    const up = await stage.run(['up', 'r53-busy.test', '--yes', '--json'], { MAILWRIGHT_CALL_TIMEOUT: '1' });
    expect(up.exit).not.toBe(0);
    expect(JSON.stringify(up.report.operations)).toContain('an earlier change of the zone is still being made');
    const sets = (await stage.control('GET /control/route53/sets?zone=r53-busy.test')) as { Type: string }[];
    expect(sets.filter((one) => one.Type === 'CNAME')).toEqual([]);
    await stage.control('POST /control/route53/switches', { priorRequestMs: 0 });
    const again = await stage.run(['up', 'r53-busy.test', '--yes', '--wait=60s', '--json']);
    expect(again.report.status).toBe('done');
  }, 120_000);

  it('throttling as HTTP 400 is borne', async () => {
    await at53('r53-slow.test');
    for (const operation of ['ListHostedZonesByName', 'ListResourceRecordSets', 'ChangeResourceRecordSets'])
      await stage.control('POST /faults', { kind: 'throttle', system: 'route53', operation, count: 1 });
    const up = await stage.run(['up', 'r53-slow.test', '--yes', '--wait=60s', '--json']);
    expect(up.report.status).toBe('done');
  }, 60_000);

  it('a right that is missing is named with the page that lists them', async () => {
    await at53('r53-read.test');
    const key = (await stage.control('POST /control/aws/keys', {
      policy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: ['route53:List*', 'route53:GetHostedZone'], Resource: '*' }],
      },
    })) as { accessKeyId: string; secretAccessKey: string };
    const env = { ROUTE53_ACCESS_KEY_ID: key.accessKeyId, ROUTE53_SECRET_ACCESS_KEY: key.secretAccessKey };
    const plan = await stage.run(['plan', 'r53-read.test', '--json'], env);
    expect(plan.exit).toBe(5);
    const up = await stage.run(['up', 'r53-read.test', '--yes', '--json'], env);
    expect(JSON.stringify(up.report.operations)).toMatch(/ChangeResourceRecordSets.*route53/);
    expect(up.exit).toBe(1);
  }, 60_000);

  it('an answer that was lost is found by looking, and nothing is written twice', async () => {
    await at53('r53-lost.test');
    await stage.control('POST /faults', {
      kind: 'error-after',
      system: 'route53',
      operation: 'ChangeResourceRecordSets',
      count: 1,
    });
    const since = await stage.mark();
    const up = await stage.run(['up', 'r53-lost.test', '--yes', '--wait=60s', '--json']);
    expect(up.report.status).toBe('done');
    const writes = (await stage.ledger('route53', since)).filter((row) => row.operation === 'ChangeResourceRecordSets');
    expect(writes).toHaveLength(1);
    const undo = await stage.run(['undo', up.report.run, '--yes', '--json']);
    expect(undo.report.status).toBe('done');
    expect(((await stage.control('GET /control/route53/sets?zone=r53-lost.test')) as unknown[]).length).toBe(2);
  }, 60_000);
});
