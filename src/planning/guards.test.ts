import { describe, expect, it } from 'vitest';
import type { LiveRecord } from '../core/dns.ts';
import { type DomainSpec, NO_CONSENTS } from '../core/domain-spec.ts';
import type { Change } from '../core/resource.ts';
import { guardConflicts } from './guards.ts';
import type { Zones } from './zones.ts';

const record = (n: number, more: Partial<LiveRecord> = {}): LiveRecord => ({
  id: String(n),
  name: `h${n}.a.test`,
  type: 'A',
  value: '192.0.2.1',
  ttl: 300,
  ...more,
});
const zones = (live: readonly LiveRecord[]): Zones => ({
  main: {
    provider: {} as never,
    zone: { id: 'z', name: 'a.test', account: '', nameServers: [] },
    live,
    delegation: {} as never,
  },
  others: [],
});
const touching = (one: LiveRecord, more: Partial<Change> = {}): Change => ({
  id: one.id ?? '',
  system: 'dns',
  verb: 'delete',
  what: `${one.name} ${one.type}`,
  effect: '',
  before: one as never,
  by: 'us',
  undo: 'inverse',
  foreign: true,
  ...more,
});
const spec = (force = false) => ({ domain: 'a.test', consents: { ...NO_CONSENTS, force } }) as DomainSpec;
const live = (count: number, ours = 0) => [
  ...Array.from({ length: count }, (_, n) => record(n)),
  ...Array.from({ length: ours }, (_, n) => record(100 + n, { comment: 'managed-by=mailwright' })),
];

describe('a third of the foreign records of a zone that has ten or more', () => {
  it.each([
    [10, 3, 0],
    [10, 4, 1],
    [9, 9, 0],
    [12, 4, 0],
    [12, 5, 1],
  ])('%d records, %d touched', (count, touched, conflicts) => {
    const all = live(count, 30);
    const changes = all.slice(0, touched).map((one) => touching(one));
    expect(guardConflicts(changes, zones(all), spec())).toHaveLength(conflicts);
    expect(guardConflicts(changes, zones(all), spec(true))).toEqual([]);
  });
  it('does not count what is ours, or made', () => {
    const all = live(10, 20);
    const ours = all.slice(10).map((one) => touching(one, { foreign: undefined } as never));
    const made = touching(record(500), { verb: 'create', before: undefined, after: record(500) } as never);
    expect(guardConflicts([...ours, made], zones(all), spec())).toEqual([]);
  });
});

it('NS and SOA of the zone are never touched, whatever is forced; those of a name below may be', () => {
  const apex = touching(record(1, { name: 'a.test', type: 'NS', value: 'ns.elsewhere.example' }));
  const below = touching(record(2, { name: 'sub.a.test', type: 'NS' }));
  const conflicts = guardConflicts([apex, below], zones(live(3)), spec(true));
  expect(conflicts).toMatchObject([{ code: 'dns.apex' }]);
});
