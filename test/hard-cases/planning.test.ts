import { describe, expect, it } from 'vitest';
import { type LiveRecord, MARKER } from '../../src/core/dns.ts';
import type { Limits } from '../../src/core/dns-provider.ts';
import type { JournalEntry } from '../../src/core/ground.ts';
import { madeIn } from '../../src/core/merge/made.ts';
import { mergeRecords } from '../../src/core/merge/merge.ts';
import { madeOf } from '../../src/core/merge/our-words.ts';
import { revertRecords } from '../../src/core/merge/revert-records.ts';
import type { Json } from '../../src/core/problem.ts';
import { addReportAddresses } from '../../src/core/records/dmarc.ts';
import type { Change, DesiredRecord, Made, Owned } from '../../src/core/resource.ts';
import { approve, NOTHING_APPROVED, notCovered, useUp } from '../../src/planning/approval.ts';
import { guardConflicts } from '../../src/planning/guards.ts';
import { planOf } from '../../src/planning/plan.fixture.ts';
import type { Plan } from '../../src/planning/plan.ts';
import { applyTtlFirst } from '../../src/planning/ttl-first.ts';

const LIMITS: Limits = {
  by: 'us',
  unit: 'record',
  reads: 'zone',
  minTtl: 60,
  maxTtl: 86_400,
  txtBytes: 2048,
  batch: 200,
  marker: 'comment',
  apexCname: 'flattened',
};
const ledger = (entries: Readonly<Record<string, Json>>): Owned => ({
  get: (id) => entries[id],
  entries: () => Object.entries(entries),
});
const live = (name: string, type: string, value: string, more: Partial<LiveRecord> = {}): LiveRecord => ({
  id: `${name}${type}${value}`,
  name,
  type,
  value,
  ttl: 300,
  ...more,
});
const spfWant = (includes: string[]): DesiredRecord => ({
  id: 'dns a.test TXT spf',
  record: {
    name: 'a.test',
    type: 'TXT',
    value: `v=spf1 ${includes.map((i) => `include:${i}`).join(' ')} ~all`,
    ttl: 3600,
  },
  firmness: 'spf',
  system: 't',
  purpose: 'p',
  effect: 'e',
  check: 'spf.root',
});
const tree = new Map(
  ['_spf.google.com', 'amazonses.com', 'sendgrid.net'].map((n) => [n, 'v=spf1 ip4:192.0.2.0/24 ~all'] as const),
);
const merge = (desired: DesiredRecord[], records: LiveRecord[], owned = ledger({}), more = {}) =>
  mergeRecords({
    desired,
    live: records,
    owned,
    limits: LIMITS,
    zone: 'a.test',
    takeOverMx: false,
    spfTree: tree,
    ...more,
  });
/** With a ledger as the making of it left it. */
function revert(all: readonly Made[], records: readonly LiveRecord[]) {
  const owned = new Map(all.flatMap((one) => Object.entries(one.owns ?? { [one.id]: one.after ?? null })));
  return revertRecords(all, records, { owned: { get: (id) => owned.get(id) ?? undefined, entries: () => [] } });
}

const made = (change: Change): Made => change as unknown as Made;
const value = (change: { after?: unknown } | undefined) => (change?.after as { value?: string } | undefined)?.value;

describe('SPF words', () => {
  it('ttl-first on a foreign SPF record, undone after the value changed: the foreign includes stay', async () => {
    const foreign = live('a.test', 'TXT', 'v=spf1 include:_spf.google.com ~all', { ttl: 86_400 });
    const { changes } = merge([spfWant(['amazonses.com'])], [foreign]);
    const facts = { recall: async () => undefined, remember: async () => {} };
    const clock = { now: () => 0, sleep: async () => {} };
    const plan = await applyTtlFirst(planOf({ changes }), true, { facts, clock });
    const [lowering] = plan.changes;
    expect(lowering?.id).toMatch(/^ttl /);
    const now = live('a.test', 'TXT', 'v=spf1 include:_spf.google.com include:amazonses.com ~all');
    const back = revert([made(lowering as Change)], [now]);
    for (const one of back.changes) expect(value(one)).toContain('include:_spf.google.com');
  });
  it('undo of an adoption leaves the SPF record that somebody extended since', () => {
    const theirs = live('a.test', 'TXT', 'v=spf1 include:amazonses.com ~all');
    const { changes } = merge([spfWant(['amazonses.com'])], [theirs], ledger({}), { adopt: true });
    expect(changes[0]?.marks).toBe(true);
    const now = live('a.test', 'TXT', 'v=spf1 include:amazonses.com include:_spf.google.com ~all', { comment: MARKER });
    const back = revert([made(changes[0] as Change)], [now]);
    for (const one of back.changes) expect(value(one)).toContain('include:amazonses.com');
  });
  it('a term that stood there before ours is not ours: --prune leaves it', () => {
    const foreign = live('a.test', 'TXT', 'v=spf1 include:_spf.google.com ~all');
    const { changes } = merge([spfWant(['amazonses.com', '_spf.google.com'])], [foreign]);
    const entry = changes[0]?.owns?.['dns a.test TXT spf'] as Json;
    const now = live('a.test', 'TXT', value(changes[0]) ?? '');
    const pruned = revert([madeOf('dns a.test TXT spf', entry)], [now]);
    expect(value(pruned.changes[0])).toContain('include:_spf.google.com');
  });
  it('undo of a second run takes out what that run added, not what stood before it', () => {
    const ours = live('a.test', 'TXT', 'v=spf1 include:amazonses.com ~all', { comment: MARKER });
    const owned = ledger({ 'dns a.test TXT spf': { name: 'a.test', type: 'TXT', value: ours.value } });
    const { changes } = merge([spfWant(['amazonses.com', 'sendgrid.net'])], [ours], owned);
    const now = live('a.test', 'TXT', 'v=spf1 include:amazonses.com include:sendgrid.net ip4:198.51.100.1 ~all', {
      comment: MARKER,
    });
    const back = revert([made(changes[0] as Change)], [now]);
    expect(value(back.changes[0])).toContain('include:amazonses.com');
  });
  it('bytes that no term may hold are shown, and never merged', () => {
    const foreign = live('a.test', 'TXT', 'v=spf1 x-note=caf\xe9 ~all');
    const { changes, conflicts } = merge([spfWant(['amazonses.com'])], [foreign]);
    expect(changes).toEqual([]);
    expect(conflicts).toMatchObject([{ code: 'spf.syntax', message: expect.stringContaining('holds the character') }]);
  });
  it('undo of the second of two merges leaves the first term in the ledger', () => {
    const foreign = live('a.test', 'TXT', 'v=spf1 include:amazonses.com -all', { comment: 'theirs' });
    const owned = ledger({ 'dns a.test TXT spf': { name: 'a.test', type: 'TXT', terms: ['include:amazonses.com'] } });
    const { changes } = merge([spfWant(['amazonses.com', 'sendgrid.net'])], [foreign], owned);
    const now = live('a.test', 'TXT', value(changes[0]) ?? '', { comment: 'theirs' });
    const back = revert([made(changes[0] as Change)], [now]);
    expect(value(back.changes[0])).toBe(foreign.value);
    expect(back.changes[0]?.owns?.['dns a.test TXT spf']).not.toBeNull();
  });
});

const entry = (id: string, change: Partial<Change>, status = 'done'): JournalEntry[] => [
  {
    kind: 'started',
    domain: 'a.test',
    at: '',
    id,
    change: { id, system: 'dns', verb: 'update', what: '', effect: '', by: 'us', undo: 'inverse', ...change } as Change,
  },
  { kind: 'settled', domain: 'a.test', at: '', id, outcome: { status } as never },
];
const data = (v: string) => ({ name: '_dmarc.a.test', type: 'TXT', value: v, ttl: 300 });

describe('undo of several runs', () => {
  it('keeps what somebody changed between them (DMARC gets no weaker)', () => {
    const id = 'dns _dmarc.a.test TXT';
    const entries = [
      ...entry(id, {
        before: data('v=DMARC1; p=none'),
        after: data('v=DMARC1; p=none; rua=mailto:a@a.test'),
        owns: { [id]: { name: '_dmarc.a.test', type: 'TXT', rua: ['mailto:a@a.test'] } },
      }),
      // somebody raises it to p=reject
      ...entry(id, {
        before: data('v=DMARC1; p=reject; rua=mailto:a@a.test'),
        after: data('v=DMARC1; p=reject; rua=mailto:a@a.test,mailto:b@a.test'),
        owns: { [id]: { name: '_dmarc.a.test', type: 'TXT', rua: ['mailto:b@a.test'] } },
      }),
    ];
    const back = revert(madeIn(entries, 'a.test'), [
      live('_dmarc.a.test', 'TXT', 'v=DMARC1; p=reject; rua=mailto:a@a.test,mailto:b@a.test'),
    ]);
    for (const one of back.changes) expect(value(one)).toContain('p=reject');
  });
  it('keeps the sender that somebody added between a run and its undo, when both are undone', () => {
    const id = 'dns a.test TXT spf';
    const d = (v: string) => ({ name: 'a.test', type: 'TXT', value: v, ttl: 300 });
    const owns = { [id]: { name: 'a.test', type: 'TXT', terms: ['include:amazonses.com'] } };
    const entries = [
      ...entry(id, { before: d('v=spf1 mx -all'), after: d('v=spf1 mx include:amazonses.com -all'), owns }),
      ...entry(id, {
        before: d('v=spf1 mx include:amazonses.com include:sendgrid.net -all'),
        after: d('v=spf1 mx include:sendgrid.net -all'),
        owns: { [id]: null },
      }),
    ];
    const back = revert(madeIn(entries, 'a.test'), [live('a.test', 'TXT', 'v=spf1 mx include:sendgrid.net -all')]);
    for (const one of back.changes) expect(value(one)).toContain('sendgrid');
  });
  it('TTL comes back when lowering and deletion are undone together', () => {
    const mx = { name: 'a.test', type: 'MX', value: 'old.test', preference: 10 };
    const entries = [
      ...entry('ttl a.test MX old.test', { before: { ...mx, ttl: 86_400 }, after: { ...mx, ttl: 300 }, owns: {} }),
      ...entry('dns a.test MX new without 10 old.test', { verb: 'delete', before: { ...mx, ttl: 300 }, owns: {} }),
    ];
    const back = revert(madeIn(entries, 'a.test'), []);
    expect((back.changes[0]?.after as { ttl?: number } | undefined)?.ttl).toBe(86_400);
  });
});

describe('guards', () => {
  const spec = { consents: { force: false } } as never;
  const zone = (records: LiveRecord[]) =>
    ({
      main: {
        provider: { limits: LIMITS, name: 'x' },
        zone: { id: 'z', name: 'a.test', account: '', nameServers: [] },
        live: records,
        delegation: {},
      },
      others: [],
    }) as never;
  const del = (record: LiveRecord, foreign: boolean): Change => ({
    id: `x ${record.value}`,
    system: 'dns',
    verb: 'delete',
    what: '',
    effect: '',
    before: record as never,
    by: 'us',
    undo: 'inverse',
    ...(foreign ? { foreign: true as const } : {}),
  });
  it('records of ours that carry our mark do not count as foreign twice', () => {
    const foreign = Array.from({ length: 10 }, (_, n) => live('a.test', 'MX', `mx${n}.old`, { preference: n }));
    const ours = live('x.a.test', 'CNAME', 'y', { comment: MARKER });
    const changes = foreign.slice(0, 6).map((one) => del(one, true));
    expect(guardConflicts(changes, zone([...foreign, ours]), spec)).toHaveLength(1);
    expect(guardConflicts([...changes, del(ours, false)], zone([...foreign, ours]), spec)).toHaveLength(1);
  });
});

describe('approval', () => {
  it('covers only what was seen: another value that would be written over is asked again', () => {
    const want: DesiredRecord = {
      ...spfWant([]),
      id: 'dns k.a.test CNAME',
      record: { name: 'k.a.test', type: 'CNAME', value: 'k.dkim.amazonses.com', ttl: 300 },
      firmness: 'exact',
    };
    const owned = ledger({ 'dns k.a.test CNAME': { name: 'k.a.test', type: 'CNAME', value: 'k.dkim.amazonses.com' } });
    const plan = (v: string) =>
      ({ ...merge([want], [live('k.a.test', 'CNAME', v)], owned, { overwrite: true }), later: [], left: [] }) as never;
    const seen = approve(plan('one.elsewhere'), NOTHING_APPROVED);
    expect(notCovered(plan('another.elsewhere'), seen)).toHaveLength(1);
  });
  it('an announcement is used up by what it announced', () => {
    const plan = (names: string[], later: unknown[] = []) =>
      ({
        later,
        left: [],
        changes: names.map((n) => ({
          id: `dns ${n} CNAME`,
          verb: 'create',
          after: { name: n, type: 'CNAME', value: 'x' },
        })),
      }) as never as Plan;
    const announced = { verb: 'create', what: '', type: 'CNAME', under: '_domainkey.a.test', count: 3 };
    const approved = approve(plan([], [announced]), NOTHING_APPROVED);
    const first = plan(['a', 'b', 'c'].map((n) => `${n}._domainkey.a.test`));
    expect(notCovered(first, approved)).toEqual([]);
    const later = plan(['d', 'e', 'f'].map((n) => `${n}._domainkey.a.test`));
    expect(notCovered(later, useUp(approved, first.changes))).toHaveLength(3);
  });
});

describe('MX', () => {
  const mx = (host: string, preference: number): DesiredRecord => ({
    id: `dns a.test MX ${host}`,
    record: { name: 'a.test', type: 'MX', value: host, preference, ttl: 300 },
    firmness: 'mx',
    system: 'p',
    purpose: '',
    effect: '',
    check: 'mx.inbound',
  });
  it('ttl-first moves no inbound mail before the old TTL is over', async () => {
    const old = live('a.test', 'MX', 'old.test', { preference: 10, ttl: 86_400 });
    const { changes } = merge([mx('new.test', 10)], [old], ledger({}), { takeOverMx: true });
    const plan = await applyTtlFirst(planOf({ changes }), true, {
      facts: { recall: async () => undefined, remember: async () => {} },
      clock: { now: () => 0, sleep: async () => {} },
    });
    expect(plan.changes.filter((one) => one.verb === 'create')).toEqual([]);
  });
  it('the same host twice: ours is found by its preference', () => {
    const mine = live('a.test', 'MX', 'm.test', { preference: 20, comment: MARKER });
    const other = live('a.test', 'MX', 'm.test', { preference: 10, id: 'other' });
    const owned = ledger({ 'dns a.test MX m.test': { name: 'a.test', type: 'MX', value: 'm.test', preference: 20 } });
    const { changes } = merge([mx('m.test', 20)], [other, mine], owned, { takeOverMx: true });
    // may delete the other; may not make a second of the same
    expect(changes.map((one) => one.verb)).toEqual(['delete']);
  });
});
it('an empty rua gets our address, without an empty one before it', () => {
  expect(addReportAddresses('v=DMARC1; p=none; rua=', ['mailto:a@b.test'])).toBe(
    'v=DMARC1; p=none; rua=mailto:a@b.test',
  );
});
