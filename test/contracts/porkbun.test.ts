import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/app/planner.ts';
import type { LiveRecord } from '../../src/core/dns.ts';
import type { DnsProvider } from '../../src/core/dns-provider.ts';
import type { Change, Outcome } from '../../src/core/resource.ts';
import { open } from '../../src/integrations/dns/porkbun.ts';
import { openPace } from '../../src/planning/pace.ts';
import { openStage, type Stage } from '../journeys/stage.ts';
import { dnsProviderSuite } from './dns-provider.ts';

const ZONE = 'contract.test';
let stage: Stage;
let provider: DnsProvider;
let dead: DnsProvider;
/** A provider as a run opens it; without its pace, where the other side has none either. */
const fresh = (keys: { apiKey?: string; secretApiKey?: string } = {}, paced = false) =>
  open(
    {
      apiKey: stage.env.PORKBUN_API_KEY ?? '',
      secretApiKey: stage.env.PORKBUN_SECRET_API_KEY ?? '',
      endpoint: stage.env.PORKBUN_BASE_URL ?? '',
      ...keys,
    },
    {
      clock: systemClock,
      pace: paced ? openPace({ burst: 1, perSecond: 1 }, systemClock) : ({ turn: async () => {} } as never),
      timeoutMs: 5000,
    } as never,
  );
beforeAll(async () => {
  stage = await openStage();
  await stage.control('POST /control/porkbun/switches', { callsPerSecond: 0 });
  await stage.control('POST /control/porkbun/domains', {
    name: ZONE,
    records: [
      { name: '', type: 'TXT', content: 'theirs', ttl: 600 },
      { name: '', type: 'MX', content: 'mx.else.test', prio: 10, ttl: 600 },
      { name: 'www', type: 'A', content: '192.0.2.1', ttl: 600 },
    ],
  });
  provider = fresh();
  dead = fresh({ secretApiKey: 'sk1_dead' });
});
afterAll(() => stage.close());
afterEach(async () => {
  await stage.control('DELETE /faults');
  await stage.control('POST /control/porkbun/switches', { callsPerSecond: 0, oldErrors: false, optIn: 'sentence' });
});

const outcomesOf = async (changes: readonly Change[], at = ZONE) => {
  const outcomes = new Map<string, Outcome>();
  await provider.apply(await provider.findZone(at), changes, {
    start: () => {},
    outcome: (id, outcome) => outcomes.set(id, outcome),
  });
  return outcomes;
};
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
const text = (name: string, value = 'x') => ({ name: `${name}.${ZONE}`, type: 'TXT', value, ttl: 600 });

describe('the contract of DNS providers, at Porkbun', () => {
  dnsProviderSuite(() => ({
    provider,
    dead,
    zone: ZONE,
    writes: async () => (await stage.ledger('porkbun')).filter((row) => row.effect).length,
  }));
});

describe('Porkbun', () => {
  it('reads a zone in one call, also where it had to be found first', async () => {
    const since = await stage.mark();
    const one = fresh();
    await one.records(await one.findZone(`a.${ZONE}`), []);
    expect((await stage.ledger('porkbun', since)).map((row) => row.operation)).toEqual(['dns.retrieve']);
  });

  it('keeps its pace of a call a second, so that the front server has no reason to refuse', async () => {
    await stage.control('POST /control/porkbun/switches', { callsPerSecond: 2 });
    const since = await stage.mark();
    const one = fresh({}, true);
    const zone = await one.findZone(ZONE);
    for (let n = 0; n < 3; n += 1) await one.records(zone, []);
    expect((await stage.ledger('porkbun', since)).map((row) => row.status)).toEqual([200, 200, 200]);
  });

  it('waits where the front server has had enough, and repeats a write only when it did not take effect', async () => {
    await stage.control('POST /faults', { kind: 'html', system: 'porkbun', operation: 'dns.create', count: 1 });
    const since = await stage.mark();
    expect((await outcomesOf([change('again', { after: text('again') })])).get('again')?.status).toBe('done');
    expect((await stage.ledger('porkbun', since)).filter((row) => row.operation === 'dns.create')).toHaveLength(2);
    const named = (await stage.control(`GET /control/porkbun/records?domain=${ZONE}`)) as { name: string }[];
    expect(named.filter((one) => one.name === `again.${ZONE}`)).toHaveLength(1);
  });

  it.each([
    [{}, 'sentence'],
    [{ optIn: 'code' }, 'code'],
    [{ oldErrors: true }, 'HTTP 200'],
  ])(
    'tells API access that is off for the domain apart from everything else (%o)',
    async (switches: object, _how: string) => {
      await stage.control('POST /control/porkbun/switches', switches);
      const name = `off-${Object.keys(switches)[0] ?? 'plain'}.test`.toLowerCase();
      await stage.control('POST /control/porkbun/domains', { name, apiAccess: false });
      await expect(fresh().findZone(name)).rejects.toMatchObject({
        kind: 'conflict',
        code: 'porkbun.api-access',
        fix: expect.stringContaining('API ACCESS'),
      });
    },
  );

  it('tells a domain of another account, and wrong keys', async () => {
    await stage.control('POST /control/porkbun/accounts', { name: 'Other' });
    await stage.control('POST /control/porkbun/domains', { name: 'others.test', account: 'Other' });
    await expect(fresh().findZone('others.test')).rejects.toMatchObject({ kind: 'conflict', code: 'porkbun.no-zone' });
    await expect(fresh({ apiKey: 'pk1_dead' }).findZone(ZONE)).rejects.toMatchObject({
      kind: 'account',
      code: 'porkbun.keys',
    });
  });

  it('goes on after an edit that was made already, and stops at the first real failure, naming what was not tried', async () => {
    const zone = await provider.findZone(ZONE);
    await outcomesOf([change('made', { after: { ...text('made', 'old') } })]);
    const [record] = (await provider.records(zone, [])).filter((one: LiveRecord) => one.name === `made.${ZONE}`);
    const edit = change('edit', {
      verb: 'update',
      before: record as never,
      after: { ...record, value: 'new' } as never,
    });
    expect((await outcomesOf([edit])).get('edit')?.status).toBe('done');
    expect((await outcomesOf([edit])).get('edit')?.status).toBe('done');
    const outcomes = await outcomesOf([
      change('first', { after: text('first') }),
      change('bad', { after: { name: `www.${ZONE}`, type: 'CNAME', value: 'x.test', ttl: 600 } }),
      change('last', { after: text('last') }),
    ]);
    expect(outcomes.get('first')?.status).toBe('done');
    expect(outcomes.get('bad')).toMatchObject({ status: 'failed' });
    expect(outcomes.get('last')).toMatchObject({ status: 'failed', problem: { code: 'dns.not-tried', kind: 'retry' } });
  });

  it('never clears a note of somebody, and lists every domain of the keys', async () => {
    await stage.control('POST /control/porkbun/domains', {
      name: 'noted.test',
      records: [{ name: 'x', type: 'TXT', content: 'a', ttl: 600, notes: 'theirs' }],
    });
    const zone = await provider.findZone('noted.test');
    const [before] = (await provider.records(zone, [])).filter((one) => one.type === 'TXT');
    expect(before?.comment).toBe('theirs');
    await outcomesOf(
      [change('n', { verb: 'update', before: before as never, after: { ...before, value: 'b' } as never })],
      'noted.test',
    );
    const after = (await provider.records(zone, [])).find((one) => one.type === 'TXT');
    expect(after).toMatchObject({ value: 'b', comment: 'theirs' });
    expect((await provider.zones()).map((one) => one.name)).toContain('noted.test');
  });

  it('does not repeat a write whose answer was lost: that is found by looking', async () => {
    await stage.control('POST /faults', { kind: 'error-after', system: 'porkbun', operation: 'dns.create', count: 1 });
    const since = await stage.mark();
    const outcome = (await outcomesOf([change('lost', { after: text('lost') })])).get('lost');
    expect(outcome).toMatchObject({ status: 'failed', problem: { kind: 'unknown' } });
    expect((await stage.ledger('porkbun', since)).filter((row) => row.operation === 'dns.create')).toHaveLength(1);
  });
});
