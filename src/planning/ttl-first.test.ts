import { describe, expect, it } from 'vitest';
import type { Json } from '../core/problem.ts';
import type { Change } from '../core/resource.ts';
import { planOf } from './plan.fixture.ts';
import { applyTtlFirst, loweringId } from './ttl-first.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const record = {
  name: 'a.test',
  type: 'MX',
  value: 'old.example',
  preference: 10,
  ttl: 86_400,
  id: '1',
  comment: 'theirs',
};
const change: Change = {
  id: 'x',
  system: 'dns',
  verb: 'update',
  what: 'old becomes new',
  effect: '',
  before: record,
  after: { ...record, value: 'new.example' },
  by: 'us',
  undo: 'inverse',
  lingers: 86_400,
};
const ground = (known?: { value: Json; at: number }) => ({
  clock: { now: () => NOW, sleep: async () => {} },
  facts: { recall: async () => known, remember: async () => {} },
});

describe('--ttl-first', () => {
  it('lowers the TTL alone, and says until when the old value is seen', async () => {
    const { changes, checks } = await applyTtlFirst(planOf({ changes: [change] }), true, ground());
    expect(changes).toMatchObject([{ id: loweringId(record), after: { ...record, ttl: 300 }, owns: {} }]);
    expect(checks[0]).toMatchObject({ id: 'dns.ttl-first', status: 'pending' });
    expect(checks[0]?.next).toContain('2026-01-02T12:00:00Z');
  });
  it('waits as long as resolvers may hold the old value, and no longer', async () => {
    const low: Change = { ...change, before: { ...record, ttl: 300 }, lingers: 300 };
    const lowered = (hours: number) => ({ value: { from: 86_400 }, at: NOW - hours * 3_600_000 });
    expect((await applyTtlFirst(planOf({ changes: [low] }), true, ground(lowered(23)))).changes).toEqual([]);
    expect((await applyTtlFirst(planOf({ changes: [low] }), true, ground(lowered(24)))).changes).toMatchObject([
      { id: 'x' },
    ]);
  });
  it('without it, a change goes ahead and says the time that is left', async () => {
    const low: Change = { ...change, before: { ...record, ttl: 300 }, lingers: 300 };
    const known = { value: { from: 86_400 }, at: NOW - 20 * 3_600_000 };
    expect((await applyTtlFirst(planOf({ changes: [low] }), false, ground(known))).changes).toMatchObject([
      { id: 'x', lingers: 14_400 },
    ]);
  });
  it('goes as low as the provider lets it, and says the same the next time; whoever enters the change lowers the TTL', async () => {
    const zones = [{ name: 'a.test', provider: 'p', by: 'person' as const, nameServers: [], minTtl: 600 }];
    const byHand: Change = { ...change, by: 'person' };
    const { changes } = await applyTtlFirst(planOf({ zones, changes: [byHand] }), true, ground());
    expect(changes).toMatchObject([{ id: loweringId(record), by: 'person', after: { ttl: 600 } }]);
    const low: Change = { ...change, before: { ...record, ttl: 600 }, lingers: 600 };
    expect((await applyTtlFirst(planOf({ zones, changes: [low] }), true, ground())).changes).toMatchObject([
      { id: 'x' },
    ]);
  });
  it('leaves what does not linger', async () => {
    const quick: Change = { ...change, before: { ...record, ttl: 60 }, lingers: 60 };
    expect((await applyTtlFirst(planOf({ changes: [quick] }), true, ground())).changes).toMatchObject([{ id: 'x' }]);
  });
});
