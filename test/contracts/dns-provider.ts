import { expect, it } from 'vitest';
import { type LiveRecord, MARKER } from '../../src/core/dns.ts';
import type { DnsProvider, Zone } from '../../src/core/dns-provider.ts';
import { mergeRecords } from '../../src/core/merge/merge.ts';
import { Problem } from '../../src/core/problem.ts';
import type { Change, DesiredRecord, Outcome } from '../../src/core/resource.ts';

/** What the suite needs to know of one provider and its world. */
export interface ProviderWorld {
  readonly provider: DnsProvider;
  /** A provider object whose credentials are dead; absent where there are none. */
  readonly dead?: DnsProvider;
  /** The zone, which holds these records of somebody else: TXT "theirs", A 192.0.2.1 at www, MX 10 mx.else.test. */
  readonly zone: string;
  /** How many writing calls the other side has seen. */
  writes(): Promise<number>;
  /** Enters changes by hand, where a person is the provider. */
  enter?(changes: readonly Change[]): Promise<void>;
}

/** One suite for every DNS provider: it reads what it wrote, leaves neighbours alone, and plans empty after applying. */
export function dnsProviderSuite(world: () => ProviderWorld): void {
  const wanted = (zone: string): DesiredRecord[] => {
    const common = { system: 'test', purpose: 'a test', effect: 'none', check: 'dkim.cname' as const };
    const ttl = 3600;
    return [
      {
        ...common,
        id: 'cname',
        firmness: 'exact',
        record: { name: `t._domainkey.${zone}`, type: 'CNAME', value: 't.dkim.amazonses.com', ttl },
      },
      {
        ...common,
        id: 'mx',
        firmness: 'single',
        record: {
          name: `mail.${zone}`,
          type: 'MX',
          value: 'feedback-smtp.us-east-1.amazonses.com',
          preference: 10,
          ttl,
        },
      },
      {
        ...common,
        id: 'spf',
        firmness: 'spf',
        record: { name: `mail.${zone}`, type: 'TXT', value: 'v=spf1 include:amazonses.com ~all', ttl },
      },
      {
        ...common,
        id: 'long',
        firmness: 'exact',
        record: { name: `long._domainkey.${zone}`, type: 'TXT', value: `v=DKIM1; k=rsa; p=${'A'.repeat(400)}`, ttl },
      },
      {
        ...common,
        id: 'quote',
        firmness: 'exact',
        record: { name: `quote.${zone}`, type: 'TXT', value: 'say "hi"\\ to \u00c3\u00a9', ttl },
      },
    ];
  };

  async function plan(): Promise<{ zone: Zone; live: readonly LiveRecord[]; changes: readonly Change[] }> {
    const { provider, zone: name } = world();
    const zone = await provider.findZone(name);
    const desired = wanted(name);
    const live = await provider.records(zone, [...new Set(desired.map((one) => one.record.name))]);
    const { changes } = mergeRecords({
      desired,
      live,
      owned: { get: () => undefined, entries: () => [] },
      limits: provider.limits,
      takeOverMx: false,
      zone: name,
      spfTree: new Map(),
    });
    return { zone, live, changes };
  }

  async function apply(zone: Zone, changes: readonly Change[]): Promise<Map<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    const { provider, enter } = world();
    if (provider.limits.by === 'person') {
      expect(changes.every((change) => change.by === 'person')).toBe(true);
      await enter?.(changes);
      return new Map(changes.map((change) => [change.id, { status: 'done' }]));
    }
    await provider.apply(zone, changes, {
      start: () => {},
      outcome: (id, outcome) => outcomes.set(id, outcome),
    });
    return outcomes;
  }

  it('finds the zone of a name below it', async () => {
    const { provider, zone } = world();
    expect(await provider.findZone(`a.b.${zone}`)).toMatchObject({ name: zone });
  });

  it('reads without changing anything', async () => {
    const before = await world().writes();
    await plan();
    expect(await world().writes()).toBe(before);
  });

  it('reads what it wrote, byte for byte, marks it, and plans empty afterwards', async () => {
    const { zone, changes } = await plan();
    const outcomes = await apply(zone, changes);
    expect([...outcomes.values()].map((outcome) => outcome.status)).toEqual(changes.map(() => 'done'));
    const after = await plan();
    expect(after.changes).toEqual([]);
    for (const want of wanted(world().zone)) {
      const found = after.live.find((record) => record.name === want.record.name && record.type === want.record.type);
      expect(found?.value).toBe(want.record.value);
      if (world().provider.limits.marker === 'comment') expect(found?.comment).toBe(MARKER);
    }
  });

  it('adds beside values of somebody else at the same name and type, and takes only its own out again', async () => {
    const { provider, zone: name } = world();
    const zone = await provider.findZone(name);
    const record = { name, type: 'TXT', value: 'ours-beside-theirs', ttl: 3600 };
    const base = {
      id: 'beside',
      system: 'dns',
      what: '',
      effect: '',
      by: provider.limits.by,
      undo: 'inverse',
    } as const;
    await provider.records(zone, [name]);
    await apply(zone, [{ ...base, verb: 'create', after: record }]);
    const texts = async () =>
      (await provider.records(zone, [name])).filter((one) => one.type === 'TXT' && one.name === name);
    expect((await texts()).map((one) => one.value).toSorted()).toEqual(['ours-beside-theirs', 'theirs']);
    const ours = (await texts()).find((one) => one.value === record.value);
    await apply(zone, [{ ...base, verb: 'delete', before: ours as never }]);
    expect((await texts()).map((one) => one.value)).toEqual(['theirs']);
  });

  it('lets a CNAME and other records take each other’s place', async () => {
    const { provider, zone: name } = world();
    const zone = await provider.findZone(name);
    const at = `swap.${name}`;
    const base = { system: 'dns', what: '', effect: '', by: provider.limits.by, undo: 'inverse' } as const;
    const text = { name: at, type: 'TXT', value: 'was here', ttl: 3600 };
    const alias = { name: at, type: 'CNAME', value: 'target.example.net', ttl: 3600 };
    const here = async () => (await provider.records(zone, [at])).filter((one) => one.name === at);
    await here();
    await apply(zone, [{ ...base, id: 'a', verb: 'create', after: text }]);
    const [before] = await here();
    await apply(zone, [
      { ...base, id: 'c', verb: 'create', after: alias },
      { ...base, id: 'b', verb: 'delete', before: before as never },
    ]);
    expect((await here()).map(({ type, value }) => [type, value])).toEqual([['CNAME', 'target.example.net']]);
  });

  it('updates in place, deletes what it is told to, and leaves the neighbours alone', async () => {
    const { zone, live } = await plan();
    const name = world().zone;
    const before = live.find((record) => record.name === `quote.${name}`);
    const gone = live.find((record) => record.name === `long._domainkey.${name}`);
    const base = { system: 'dns', what: '', effect: '', by: world().provider.limits.by, undo: 'inverse' } as const;
    await apply(zone, [
      { ...base, id: 'u', verb: 'update', before: before as never, after: { ...before, value: 'changed' } as never },
      { ...base, id: 'd', verb: 'delete', before: gone as never },
    ]);
    const now = await world().provider.records(zone, [name, `www.${name}`, `quote.${name}`, `long._domainkey.${name}`]);
    expect(now.filter((record) => record.name === `quote.${name}`).map((record) => record.value)).toEqual(['changed']);
    expect(now.filter((record) => record.name === `long._domainkey.${name}`)).toEqual([]);
    expect(now.find((record) => record.name === `www.${name}`)).toMatchObject({ type: 'A', value: '192.0.2.1' });
    expect(now.find((record) => record.type === 'MX' && record.name === name)).toMatchObject({
      value: 'mx.else.test',
      preference: 10,
    });
    expect(now.find((record) => record.type === 'TXT' && record.name === name)).toMatchObject({ value: 'theirs' });
  });

  it('tells a refused login and a missing zone as Problems with a way out', async () => {
    const { provider, dead, zone } = world();
    const refused = await dead?.findZone(zone).catch((error: unknown) => error);
    if (dead) {
      expect(refused).toBeInstanceOf(Problem);
      expect(refused).toMatchObject({ kind: 'account' });
      expect((refused as Problem).fix).toBeTruthy();
    }
    const missing = await provider.findZone('nowhere.test').catch((error: unknown) => error);
    expect(missing).toMatchObject({ kind: 'conflict' });
    expect((missing as Problem).fix).toBeTruthy();
  });
}
