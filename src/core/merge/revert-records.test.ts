import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DnsRecord, type LiveRecord, MARKER } from '../dns.ts';
import type { Change, DesiredRecord, Made } from '../resource.ts';
import { mergeRecords } from './merge.ts';
import { madeOf } from './our-words.ts';
import { revertRecords } from './revert-records.ts';

const NAME = 'a.test';

function live(type: string, value: string, more: Partial<LiveRecord> = {}): LiveRecord {
  return { id: `${type} ${value}`, name: NAME, type, value, ttl: 300, ...more };
}

function made(verb: Made['verb'], data: { before?: LiveRecord; after?: LiveRecord; owns?: Made['owns'] }): Made {
  const { before, after, owns } = data;
  return {
    id: 'dns x',
    system: 'dns',
    verb,
    what: 'x',
    undo: 'inverse',
    ...(before ? { before: before as never } : {}),
    ...(after ? { after: after as never } : {}),
    ...(owns ? { owns } : {}),
  };
}

/** With a ledger as the making of it left it. */
function revert(all: readonly Made[], records: readonly LiveRecord[]) {
  const owned = new Map(all.flatMap((one) => Object.entries(one.owns ?? { [one.id]: one.after ?? null })));
  return revertRecords(all, records, { owned: { get: (id) => owned.get(id) ?? undefined, entries: () => [] } });
}

const brief = (changes: readonly Change[]) =>
  changes.map((one) => [
    one.verb,
    (one.before as DnsRecord | undefined)?.value,
    (one.after as DnsRecord | undefined)?.value,
  ]);

describe('a record that was made', () => {
  const cname = live('CNAME', 'ours.example', { comment: MARKER });
  it('is removed while it is as it was made', () => {
    expect(brief(revert([made('create', { after: cname })], [cname]).changes)).toEqual([
      ['delete', 'ours.example', undefined],
    ]);
  });
  it('that is gone needs nothing', () => {
    expect(revert([made('create', { after: cname })], [])).toEqual({ changes: [], left: [] });
  });
  it('that somebody changed is left, with both values', () => {
    const { changes, left } = revert([made('create', { after: cname })], [live('CNAME', 'theirs.example')]);
    expect(changes).toEqual([]);
    expect(left[0]?.why).toBe('it was ours.example and is theirs.example by now');
  });
});

describe('a record that was changed', () => {
  const before = live('TXT', 'v=DMARC1; p=none', { comment: 'theirs', ttl: 60 });
  const after = live('TXT', 'v=DMARC1; p=reject', { comment: 'theirs', ttl: 60 });
  it('gets back value, TTL and comment', () => {
    const [change] = revert([made('update', { before, after })], [after]).changes;
    expect(change).toMatchObject({ verb: 'update', after: { value: 'v=DMARC1; p=none', ttl: 60, comment: 'theirs' } });
  });
  it('that is as it was before needs nothing', () => {
    expect(revert([made('update', { before, after })], [before])).toEqual({ changes: [], left: [] });
  });
  it('that somebody changed further is left', () => {
    const now = live('TXT', 'v=DMARC1; p=quarantine');
    expect(revert([made('update', { before, after })], [now])).toMatchObject({
      changes: [],
      left: [{ id: 'dns x' }],
    });
  });
});

describe('our words in a record of somebody', () => {
  const owns = { 'dns x': { name: NAME, type: 'TXT', terms: ['include:amazonses.com'] } };
  const before = live('TXT', 'V=SPF1 mx ~all');
  const after = live('TXT', 'V=SPF1 mx include:amazonses.com ~all');
  it('go with the exact text of before, where nobody changed anything', () => {
    expect(brief(revert([made('update', { before, after, owns })], [after]).changes)).toEqual([
      ['update', after.value, before.value],
    ]);
  });
  it.each([
    ['V=SPF1 mx ?include:amazonses.com include:b.example -all', 'V=SPF1 mx include:b.example -all'],
    ['v=spf1 include:AmazonSES.com ip4:192.0.2.1 ~all', 'v=spf1 ip4:192.0.2.1 ~all'],
  ])('are taken out of %s as it is now', (now, then) => {
    expect(brief(revert([made('update', { before, after, owns })], [live('TXT', now)]).changes)).toEqual([
      ['update', now, then],
    ]);
  });
  it('that are gone already need nothing', () => {
    expect(revert([made('update', { before, after, owns })], [live('TXT', 'v=spf1 a -all')]).changes).toEqual([]);
  });
  it('stay in a record that can’t be read any more, and that is said', () => {
    const broken = live('TXT', 'v=spf1 include:amazonses.com garbage:x ~all');
    expect(revert([made('update', { before, after, owns })], [broken])).toMatchObject({
      changes: [],
      left: [{}],
    });
  });
  it('are report addresses, too', () => {
    const entry = { name: NAME, type: 'TXT', rua: ['mailto:dmarc@a.test'] };
    const now = live('TXT', 'v=DMARC1; p=reject; rua=mailto:x@y.example,mailto:dmarc@A.Test');
    expect(brief(revert([madeOf('dns x', entry)], [now]).changes)).toEqual([
      ['update', now.value, 'v=DMARC1; p=reject; rua=mailto:x@y.example'],
    ]);
  });
});

describe('an MX set', () => {
  const old = live('MX', 'old.example', { preference: 1 });
  const ours = live('MX', 'ours.example', { preference: 10 });
  const run = [made('delete', { before: old }), made('create', { after: ours })];
  it('goes back whole', () => {
    expect(brief(revert(run, [ours]).changes)).toEqual([
      ['delete', 'ours.example', undefined],
      ['create', undefined, 'old.example'],
    ]);
  });
  it('into which somebody put another host is left whole', () => {
    const { changes, left } = revert(run, [ours, live('MX', 'theirs.example', { preference: 5 })]);
    expect(changes).toEqual([]);
    expect(left).toHaveLength(2);
    expect(left[0]?.why).toContain('5 theirs.example');
  });
});

describe('several records that became one', () => {
  const first = live('TXT', 'v=spf1 include:a.test ~all', { id: '1' });
  const second = live('TXT', 'v=spf1 include:b.test -all', { id: '2', comment: 'theirs', ttl: 60 });
  const one = live('TXT', 'v=spf1 include:a.test include:b.test include:amazonses.com ~all', { id: '1' });
  const owns = { 'dns x': { name: NAME, type: 'TXT', terms: ['include:amazonses.com'] } };
  const run = [
    made('update', { before: first, after: one, owns }),
    { ...made('delete', { before: second, owns: {} }), id: 'dns x without it' },
  ];
  it('are several again', () => {
    const { changes, left } = revert(run, [one]);
    expect(left).toEqual([]);
    expect(brief(changes)).toEqual([
      ['create', undefined, second.value],
      ['update', one.value, first.value],
    ]);
    expect(changes[0]?.after).toMatchObject({ ttl: 60, comment: 'theirs' });
  });
  it('stay one where somebody changed it since, which a second would make void', () => {
    const now = live('TXT', 'v=spf1 include:a.test include:c.test include:amazonses.com -all', { id: '1' });
    const { changes, left } = revert(run, [now]);
    expect(brief(changes)).toEqual([['update', now.value, 'v=spf1 include:a.test include:c.test -all']]);
    expect(left).toMatchObject([{ id: 'dns x without it', why: expect.stringContaining('neither of two') }]);
  });
  it('of which only the second was deleted are two again', () => {
    expect(brief(revert(run, [first]).changes)).toEqual([['create', undefined, second.value]]);
  });
});

it('whatever merging did to a zone goes back to the letter', () => {
  const texts = [
    'v=spf1 mx ~all',
    'V=SPF1 redirect=x.test',
    'v=spf1 include:x.test mx -all',
    'v=DMARC1; p=none',
    'v=DMARC1;p=none;pct=5',
    'other',
    'a b',
  ];
  const names = [NAME, `_dmarc.${NAME}`, `mail.${NAME}`];
  const record = fc.record({
    name: fc.constantFrom(...names),
    type: fc.constantFrom('TXT', 'MX', 'A', 'CNAME'),
    value: fc.constantFrom(...texts),
    ttl: fc.constantFrom(60, 300, 3600),
    comment: fc.option(fc.constantFrom('theirs', 'note'), { nil: undefined }),
  });
  const want = (name: string, type: string, value: string, firmness: DesiredRecord['firmness']): DesiredRecord => ({
    id: `dns ${name} ${type} ${firmness}`,
    record: { name, type, value, ttl: 3600, ...(type === 'MX' ? { preference: 10 } : {}) },
    firmness,
    system: 'test',
    purpose: 'a test',
    effect: 'none',
    check: 'dkim.cname',
  });
  const wishes = [
    want(NAME, 'TXT', 'v=spf1 include:amazonses.com ~all', 'spf'),
    want(`_dmarc.${NAME}`, 'TXT', 'v=DMARC1; p=reject; rua=mailto:d@a.test', 'default'),
    want(NAME, 'MX', 'mx.ours.example', 'mx'),
    want(`mail.${NAME}`, 'MX', 'feedback.example', 'single'),
    want(`mail.${NAME}`, 'TXT', 'v=spf1 include:amazonses.com ~all', 'spf'),
    want(`k._domainkey.${NAME}`, 'CNAME', 'k.dkim.example', 'exact'),
  ];
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), fc.subarray(wishes), fc.boolean(), (seeds, desired, takes) => {
      const zone: LiveRecord[] = [
        ...new Map(seeds.map((one) => [`${one.name} ${one.type} ${one.value}`, one])).values(),
      ].map(({ comment, ...rest }, index) => ({
        ...rest,
        ...(rest.type === 'MX' ? { preference: index } : {}),
        id: `id${index}`,
        ...(comment ? { comment } : {}),
      }));
      const { changes } = mergeRecords({
        desired,
        live: zone,
        owned: { get: () => undefined, entries: () => [] },
        limits: {
          by: 'us',
          unit: 'record',
          reads: 'zone',
          minTtl: 60,
          maxTtl: 86_400,
          txtBytes: 2048,
          batch: 200,
          marker: 'comment',
          apexCname: 'refused',
        },
        zone: NAME,
        takeOverMx: takes,
        addReports: takes,
        mergeSeveral: takes,
        raiseDmarc: 'reject',
        spfTree: new Map([
          ['amazonses.com', 'v=spf1 -all'],
          ['x.test', 'v=spf1 -all'],
        ]),
      });
      const after = apply(zone, changes);
      const back = revert(changes, after);
      expect(back.left).toEqual([]);
      const plain = (all: readonly LiveRecord[]) =>
        all
          .map((one) => [one.name, one.type, one.value, one.preference, one.ttl, one.comment || undefined].join('|'))
          .toSorted();
      expect(plain(apply(after, back.changes))).toEqual(plain(zone));
      // And there is nothing left to take back.
      expect(revert(changes, apply(after, back.changes)).changes).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

/** The zone after the changes, as a provider would show it. */
function apply(records: readonly LiveRecord[], changes: readonly Change[]): LiveRecord[] {
  let zone = [...records];
  for (const change of changes) {
    const before = change.before as unknown as LiveRecord | undefined;
    const after = change.after as unknown as LiveRecord | undefined;
    if (before) zone = zone.filter((one) => one.id !== before.id);
    if (after) zone.push({ ...after, id: before?.id ?? `new ${change.id} ${after.value}` });
  }
  return zone;
}
