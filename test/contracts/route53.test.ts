import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/app/planner.ts';
import type { DnsProvider } from '../../src/core/dns-provider.ts';
import type { Change, Outcome } from '../../src/core/resource.ts';
import { open } from '../../src/integrations/dns/route53.ts';
import { decodeTxtValue, encodeTxtValue, toRecords } from '../../src/integrations/dns/route53-sets.ts';
import { openPace } from '../../src/planning/pace.ts';
import { openStage, type Stage } from '../journeys/stage.ts';
import { dnsProviderSuite } from './dns-provider.ts';

const ZONE = 'contract.test';
let stage: Stage;
let provider: DnsProvider;
let dead: DnsProvider;
const fresh = (more: { accessKeyId?: string; secretAccessKey?: string; account?: string; zone?: string } = {}) => {
  const { account, zone, ...keys } = more;
  return open({ endpoint: stage.env.AWS_ENDPOINT_URL_ROUTE_53 ?? '', ...keys }, {
    clock: systemClock,
    pace: openPace({ burst: 10, perSecond: 1 }, systemClock),
    timeoutMs: 5000,
    account,
    zone,
    aws: {
      accessKeyId: stage.env.AWS_ACCESS_KEY_ID,
      secretAccessKey: stage.env.AWS_SECRET_ACCESS_KEY,
      stsEndpoint: stage.env.AWS_ENDPOINT_URL_STS,
      timeoutMs: 5000,
    },
  } as never);
};
const values = (...all: string[]) => all.map((Value) => ({ Value }));
const zoneAt53 = (name: string, records: readonly object[] = [], more: object = {}) =>
  stage.control('POST /control/route53/zones', { name, records, ...more }) as Promise<{ id: string }>;
const sets = async (zone: string) =>
  (await stage.control(`GET /control/route53/sets?zone=${zone}`)) as {
    Name: string;
    Type: string;
    TTL?: number;
    ResourceRecords?: { Value: string }[];
  }[];

beforeAll(async () => {
  stage = await openStage();
  await stage.control('POST /control/route53/switches', { insyncMs: 50 });
  await zoneAt53(ZONE, [
    { Name: ZONE, Type: 'TXT', TTL: 300, ResourceRecords: values('"theirs"') },
    { Name: ZONE, Type: 'MX', TTL: 300, ResourceRecords: values('10 mx.else.test.') },
    { Name: `www.${ZONE}`, Type: 'A', TTL: 300, ResourceRecords: values('192.0.2.1') },
  ]);
  provider = await fresh();
  dead = await fresh({ accessKeyId: 'AKIADEAD', secretAccessKey: 'dead' });
});
afterAll(() => stage.close());
afterEach(async () => {
  await stage.control('DELETE /faults');
  await stage.control('POST /control/route53/switches', { insyncMs: 50, priorRequestMs: 0 });
});

const change = (id: string, more: Partial<Change>): Change => ({
  id,
  system: 'dns',
  verb: 'create',
  what: id,
  effect: 'none',
  by: 'us',
  undo: 'inverse',
  ...more,
});
const apply = async (changes: readonly Change[], zone = ZONE) => {
  const outcomes = new Map<string, Outcome>();
  const waits: string[] = [];
  const found = await provider.findZone(zone);
  await provider.apply(found, changes, {
    start: () => {},
    outcome: (id, outcome) => outcomes.set(id, outcome),
    waiting: (what) => waits.push(what),
  });
  return { outcomes, waits };
};
const text = (name: string, value: string, ttl = 600) => ({ name: `${name}.${ZONE}`, type: 'TXT', value, ttl });

describe('the contract of DNS providers, at Route 53', () => {
  dnsProviderSuite(() => ({
    provider,
    dead,
    zone: ZONE,
    writes: async () => (await stage.ledger('route53')).filter((row) => row.effect).length,
  }));
});

describe('Route 53', () => {
  it('finds a zone in one list, and asks once whose it is', async () => {
    const since = await stage.mark();
    const one = await fresh();
    const zone = await one.findZone(`a.b.${ZONE}`);
    await one.records(zone, []);
    expect(zone.account).toBe('AWS 111122223333');
    expect(zone.nameServers.every((server) => server.includes('awsdns'))).toBe(true);
    expect((await stage.ledger('route53', since)).map((row) => row.operation)).toEqual([
      'ListHostedZonesByName',
      'GetHostedZone',
      'ListResourceRecordSets',
    ]);
  });

  it('leaves the foreign values of a set byte for byte, and the set its TTL', async () => {
    await zoneAt53('shared.test', [
      { Name: 'shared.test', Type: 'TXT', TTL: 86400, ResourceRecords: values('"one" "two"', '"sch\\303\\266n"') },
    ]);
    const zone = await provider.findZone('shared.test');
    await provider.records(zone, []);
    const after = { name: 'shared.test', type: 'TXT', value: 'v=spf1 -all', ttl: 300 };
    await apply([change('spf', { after })], 'shared.test');
    const set = (await sets('shared.test')).find((one) => one.Type === 'TXT');
    expect(set?.TTL).toBe(86400);
    expect(set?.ResourceRecords?.map((one) => one.Value)).toEqual(['"one" "two"', '"sch\\303\\266n"', '"v=spf1 -all"']);
  });

  it('writes a whole plan in one transaction, by deleting what was read and creating what is wanted', async () => {
    const zone = await provider.findZone(ZONE);
    await provider.records(zone, []);
    const since = await stage.mark();
    await apply([
      change('a', { after: text('one', 'x') }),
      change('b', { after: text('one', 'y') }),
      change('c', { after: text('two', 'z') }),
    ]);
    const rows = await stage.ledger('route53', since);
    expect(rows.filter((row) => row.operation === 'ChangeResourceRecordSets')).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('UPSERT');
  });

  it('loses no update of somebody who came between look and write: nothing is written, and it is planned anew', async () => {
    await zoneAt53('raced.test', [{ Name: 'raced.test', Type: 'TXT', TTL: 300, ResourceRecords: values('"theirs"') }]);
    const zone = await provider.findZone('raced.test');
    await stage.control('POST /control/route53/editor', {
      zone: 'raced.test',
      changes: [
        {
          Action: 'UPSERT',
          ResourceRecordSet: {
            Name: 'raced.test',
            Type: 'TXT',
            TTL: 300,
            ResourceRecords: values('"theirs"', '"new"'),
          },
        },
      ],
    });
    await provider.records(zone, []);
    const after = { name: 'raced.test', type: 'TXT', value: 'ours', ttl: 300 };
    await expect(apply([change('lost', { after })], 'raced.test')).rejects.toMatchObject({
      kind: 'retry',
      code: 'dns.moved',
    });
    const set = (await sets('raced.test')).find((one) => one.Type === 'TXT');
    expect(set?.ResourceRecords?.map((one) => one.Value)).toEqual(['"theirs"', '"new"']);
  });

  it('shows aliases and routing policies as locked, and a wildcard by its name', async () => {
    await zoneAt53('odd.test', [
      { Name: '*.odd.test', Type: 'A', TTL: 300, ResourceRecords: values('192.0.2.9') },
      {
        Name: 'odd.test',
        Type: 'A',
        AliasTarget: { HostedZoneId: 'Z2FDTNDATAQYW2', DNSName: 'd1.cloudfront.net.', EvaluateTargetHealth: false },
      },
      { Name: 'w.odd.test', Type: 'TXT', TTL: 60, SetIdentifier: 'a', Weight: 1, ResourceRecords: values('"x"') },
    ]);
    const live = await provider.records(await provider.findZone('odd.test'), []);
    expect(live.find((one) => one.name === '*.odd.test')?.value).toBe('192.0.2.9');
    expect(live.find((one) => one.name === 'odd.test' && one.type === 'A')?.readOnly).toMatch(/alias/);
    expect(live.find((one) => one.name === 'w.odd.test')?.readOnly).toMatch(/routing policy/);
  });

  it('waits while an earlier change is being made, saying so, and until its own is in sync', async () => {
    await stage.control('POST /control/route53/switches', { insyncMs: 900, priorRequestMs: 700 });
    const zone = await provider.findZone(ZONE);
    await provider.records(zone, []);
    const first = await apply([change('p1', { after: text('p1', 'x') })]);
    expect(first.waits.join()).toMatch(/INSYNC/);
    await stage.control('POST /control/route53/switches', { insyncMs: 50, priorRequestMs: 1500 });
    await provider.records(zone, []);
    await apply([change('p2', { after: text('p2', 'x') })]);
    await provider.records(zone, []);
    const busy = await apply([change('p3', { after: text('p3', 'x') })]);
    expect(busy.waits.join()).toMatch(/earlier change/);
    expect(busy.outcomes.get('p3')?.status).toBe('done');
  });

  it('takes throttling as HTTP 400 for what it is, for reads and writes', async () => {
    await stage.control('POST /faults', {
      kind: 'throttle',
      system: 'route53',
      operation: 'ListResourceRecordSets',
      count: 2,
    });
    const zone = await provider.findZone(ZONE);
    expect((await provider.records(zone, [])).length).toBeGreaterThan(2);
    await stage.control('POST /faults', {
      kind: 'throttle',
      system: 'route53',
      operation: 'ChangeResourceRecordSets',
      count: 1,
    });
    expect((await apply([change('t', { after: text('t', 'x') })])).outcomes.get('t')?.status).toBe('done');
  });

  it('asks which zone where two have the name, takes the one that is named, and no private one', async () => {
    const one = await zoneAt53('twins.test');
    await zoneAt53('twins.test', [], { delegate: false });
    await zoneAt53('twins.test', [], { private: true });
    const refused = await provider.findZone('twins.test').catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'conflict', code: 'route53.twin-zones' });
    expect(String((refused as Error).message)).toContain(one.id);
    expect((await (await fresh({ zone: one.id })).findZone('a.twins.test')).id).toBe(one.id);
    await zoneAt53('inside.test', [], { private: true });
    await expect(provider.findZone('inside.test')).rejects.toMatchObject({
      code: 'route53.no-zone',
      message: expect.stringContaining('private'),
    });
  });

  it('tells another account, and a right that is missing', async () => {
    await zoneAt53('abroad.test', [], { account: '999988887777' });
    await expect(provider.findZone('abroad.test')).rejects.toMatchObject({ kind: 'conflict', code: 'route53.no-zone' });
    await expect((await fresh({ account: '999988887777' })).findZone(ZONE)).rejects.toMatchObject({
      kind: 'account',
      code: 'route53.account',
    });
    const key = (await stage.control('POST /control/aws/keys', {
      policy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: ['route53:List*', 'route53:GetHostedZone'], Resource: '*' }],
      },
    })) as { accessKeyId: string; secretAccessKey: string };
    const reader = await fresh({ accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey });
    const zone = await reader.findZone(ZONE);
    await reader.records(zone, []);
    await expect(
      reader.apply(zone, [change('no', { after: text('no', 'x') })], { start: () => {}, outcome: () => {} }),
    ).rejects.toMatchObject({
      kind: 'account',
      code: 'route53.access-denied',
      fix: expect.stringContaining('route53.md'),
    });
  });

  it('parts what one call can’t hold', async () => {
    await zoneAt53('many.test');
    const zone = await provider.findZone('many.test');
    await provider.records(zone, []);
    const since = await stage.mark();
    const long = 'k'.repeat(900);
    await apply(
      Array.from({ length: 60 }, (_, n) =>
        change(`n${n}`, { after: { name: `n${n}.many.test`, type: 'TXT', value: long, ttl: 300 } }),
      ),
      'many.test',
    );
    const calls = (await stage.ledger('route53', since)).filter((row) => row.operation === 'ChangeResourceRecordSets');
    expect(calls.map((row) => row.status)).toEqual([200, 200]);
    expect((await sets('many.test')).filter((one) => one.Type === 'TXT')).toHaveLength(60);
  });
});

it.each(['plain', 'say "hi"\\ to', '\u00c3\u00a9;=', '', 'x'.repeat(300)])(
  'TXT data of Route 53 reads back as %j',
  (bytes) => {
    expect(decodeTxtValue(encodeTxtValue(bytes))).toBe(bytes);
    expect(
      toRecords({ Name: 'a\\052.test.', Type: 'TXT', TTL: 1, ResourceRecords: [{ Value: encodeTxtValue(bytes) }] }),
    ).toEqual([{ name: 'a*.test', type: 'TXT', ttl: 1, value: bytes }]);
  },
);
