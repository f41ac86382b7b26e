import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/app/planner.ts';
import type { DnsProvider } from '../../src/core/dns-provider.ts';
import { Problem } from '../../src/core/problem.ts';
import type { Change } from '../../src/core/resource.ts';
import { open } from '../../src/integrations/dns/cloudflare.ts';
import { openStage, type Stage } from '../journeys/stage.ts';
import { dnsProviderSuite } from './dns-provider.ts';

const ZONE = 'contract.test';
let stage: Stage;
let provider: DnsProvider;
let dead: DnsProvider;
beforeAll(async () => {
  stage = await openStage();
  await stage.zone(ZONE, [
    { name: '@', type: 'TXT', content: '"theirs"', ttl: 300 },
    { name: '@', type: 'MX', content: 'mx.else.test', priority: 10, ttl: 300 },
    { name: 'www', type: 'A', content: '192.0.2.1', ttl: 300 },
  ]);
  const endpoint = stage.env.CLOUDFLARE_BASE_URL ?? '';
  provider = open({ token: stage.env.CLOUDFLARE_API_TOKEN ?? '', endpoint }, { clock: systemClock, timeoutMs: 30_000 });
  dead = open({ token: 'D'.repeat(40), endpoint }, { clock: systemClock, timeoutMs: 30_000 });
});
afterAll(() => stage.close());
afterEach(() => stage.control('DELETE /faults'));

const silent = { start: () => {}, outcome: () => {} };
const creation = (name: string, value: string): Change => ({
  id: `create ${name} ${value}`,
  system: 'dns',
  verb: 'create',
  what: name,
  effect: 'none',
  by: 'us',
  undo: 'inverse',
  after: { name, type: 'TXT', value, ttl: 300, comment: 'managed-by=mailwright' },
});

describe('the contract of DNS providers, at Cloudflare', () => {
  dnsProviderSuite(() => ({
    provider,
    dead,
    zone: ZONE,
    writes: async () => (await stage.ledger('cloudflare')).filter((row) => row.effect).length,
  }));
});

describe('Cloudflare', () => {
  it('takes 200 operations a batch on a free zone, so more go in several', async () => {
    const zone = await provider.findZone(ZONE);
    const since = await stage.mark();
    await provider.apply(
      zone,
      Array.from({ length: 250 }, (_, n) => creation(`n${n}.${ZONE}`, 'x')),
      silent,
    );
    expect(
      (await stage.ledger('cloudflare', since))
        .filter((row) => row.operation === 'dns_records.batch')
        .map((row) => row.status),
    ).toEqual([200, 200]);
  });

  it.each([81057, 81058])(
    'says that the zone moved where an identical record came first (%i)',
    async (identicalCode) => {
      await stage.control('POST /control/cloudflare/limits', { identicalCode });
      const zone = await provider.findZone(ZONE);
      const twin = creation(`twin.${ZONE}`, 'same');
      await provider.apply(zone, [twin], silent).catch(() => undefined);
      const again = await provider.apply(zone, [twin], silent).catch((error: unknown) => error);
      expect(again).toMatchObject({ kind: 'retry', code: 'dns.moved' });
    },
  );

  it('writes nothing of a batch that fails, and names the conflict', async () => {
    const zone = await provider.findZone(ZONE);
    const beside = {
      ...creation(`www.${ZONE}`, ''),
      after: { name: `www.${ZONE}`, type: 'CNAME', value: 'x.test', ttl: 300 },
    };
    const failed = await provider
      .apply(zone, [creation(`whole.${ZONE}`, 'x'), beside], silent)
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ kind: 'conflict', code: 'dns.occupied' });
    expect((await stage.zoneRecords(ZONE)).some((record) => record.name === `whole.${ZONE}`)).toBe(false);
  });

  it('keeps somebody’s comment and tags on an update', async () => {
    await stage.zone('kept.test', [
      { name: 'x', type: 'CNAME', content: 'y.example', proxied: true, comment: 'theirs', ttl: 1 },
    ]);
    const zone = await provider.findZone('kept.test');
    const [before] = await provider.records(zone, []);
    const after = { name: 'x.kept.test', type: 'CNAME', value: 'y.example', ttl: 300 };
    await provider.apply(zone, [{ ...creation('x', ''), verb: 'update', before: before as never, after }], silent);
    expect((await stage.zoneRecords('kept.test'))[0]).toMatchObject({ comment: 'theirs', proxied: false });
  });

  it('waits as long as Retry-After says where that is short, and says so where it is not', async () => {
    const fresh = () =>
      open(
        { token: stage.env.CLOUDFLARE_API_TOKEN ?? '', endpoint: stage.env.CLOUDFLARE_BASE_URL ?? '' },
        { clock: systemClock, timeoutMs: 30_000 },
      );
    await stage.control('POST /faults', {
      kind: 'throttle',
      system: 'cloudflare',
      operation: 'zones.list',
      count: 1,
      retryAfter: 1,
    });
    const began = performance.now();
    await fresh().findZone(ZONE);
    expect(performance.now() - began).toBeGreaterThan(900);
    await stage.control('POST /faults', {
      kind: 'throttle',
      system: 'cloudflare',
      operation: 'zones.list',
      count: 1,
      retryAfter: 300,
    });
    await expect(fresh().findZone(ZONE)).rejects.toMatchObject({
      kind: 'retry',
      code: 'cloudflare.rate',
      retry: { afterMs: 300_000 },
    });
  });

  it('reads again after an HTML page, and never repeats a write', async () => {
    await stage.control('POST /faults', {
      kind: 'html',
      system: 'cloudflare',
      operation: 'dns_records.list',
      count: 1,
    });
    const zone = await provider.findZone(ZONE);
    expect((await provider.records(zone, [])).length).toBeGreaterThan(200);
    await stage.control('POST /faults', {
      kind: 'html',
      system: 'cloudflare',
      operation: 'dns_records.batch',
      count: 1,
    });
    const since = await stage.mark();
    await expect(provider.apply(zone, [creation(`once.${ZONE}`, 'x')], silent)).rejects.toBeInstanceOf(Problem);
    expect(
      (await stage.ledger('cloudflare', since)).filter((row) => row.operation === 'dns_records.batch'),
    ).toHaveLength(1);
  });

  it('asks for the account where two hold a zone of the name', async () => {
    await stage.zone('twins.test');
    await stage.control('POST /control/cloudflare/accounts', { name: 'Second' });
    await stage.control('POST /control/zones', { name: 'twins.test', account: 'Second', delegate: false });
    await expect(provider.findZone('twins.test')).rejects.toMatchObject({
      kind: 'conflict',
      code: 'cloudflare.twin-zones',
    });
  });

  it('shows records that Cloudflare manages itself as locked', async () => {
    await stage.zone('routed.test', [], { emailRouting: true });
    const records = await provider.records(await provider.findZone('routed.test'), []);
    const mx = records.filter((record) => record.type === 'MX');
    expect(mx.length).toBeGreaterThan(0);
    for (const record of mx) expect(record.readOnly).toMatch(/Cloudflare/);
  });
});
