import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DnsRecord, type LiveRecord, MARKER, sameData } from './dns.ts';
import type { Limits } from './dns-provider.ts';
import { mergeRecords } from './merge.ts';
import type { Json } from './problem.ts';
import type { Change, DesiredRecord, Owned } from './resource.ts';
import { isSpf } from './spf.ts';
import { toBytes } from './txt.ts';

const LIMITS: Limits = {
  by: 'us',
  unit: 'record',
  reads: 'zone',
  minTtl: 60,
  maxTtl: 86_400,
  txtBytes: 2048,
  batch: 200,
  marker: 'comment',
  apexCname: 'refused',
};
const TREE = new Map(
  ['_spf.google.com', 'amazonses.com', 'x.test'].map((name) => [name, 'v=spf1 ip4:192.0.2.0/24 ~all'] as const),
);
const NOBODY = ledger({});

function ledger(entries: Readonly<Record<string, Json>>): Owned {
  return { get: (id) => entries[id], entries: () => Object.entries(entries) };
}

function want(
  record: Partial<DnsRecord> & Pick<DnsRecord, 'name' | 'type' | 'value'>,
  firmness: DesiredRecord['firmness'],
  id?: string,
): DesiredRecord {
  const full: DnsRecord = { ttl: 3600, ...record };
  return {
    id: id ?? `dns ${full.name} ${full.type} ${full.value}`,
    record: full,
    firmness,
    system: 'test',
    purpose: 'a test',
    effect: 'none',
    check: 'dkim.cname',
  };
}

function live(name: string, type: string, value: string, more: Partial<LiveRecord> = {}): LiveRecord {
  return { id: `${name} ${type} ${value}`, name, type, value, ttl: 300, ...more };
}

function merge(
  desired: DesiredRecord[],
  records: LiveRecord[],
  more: { owned?: Owned; takeOverMx?: boolean; spfTree?: Map<string, string>; flattened?: boolean } = {},
) {
  return mergeRecords({
    desired,
    live: records,
    owned: more.owned ?? NOBODY,
    limits: more.flattened ? { ...LIMITS, apexCname: 'flattened' } : LIMITS,
    takeOverMx: more.takeOverMx ?? false,
    zone: 'a.test',
    spfTree: new Map([...TREE, ...(more.spfTree ?? [])]),
  });
}

const INPUT = { owned: NOBODY, limits: LIMITS, takeOverMx: false, zone: 'a.test', spfTree: TREE };

/** The zone after the changes, as a provider would show it. */
function applied(records: readonly LiveRecord[], changes: readonly Change[]): LiveRecord[] {
  let zone = [...records];
  for (const change of changes) {
    const before = change.before as unknown as LiveRecord | undefined;
    const after = change.after as unknown as LiveRecord | undefined;
    if (before) zone = zone.filter((record) => record.id !== before.id);
    if (after) zone.push({ ...after, id: before?.id ?? `new ${change.id}` });
  }
  return zone;
}

const CNAME = want({ name: 't._domainkey.a.test', type: 'CNAME', value: 't.dkim.amazonses.com' }, 'exact');

describe('a CNAME', () => {
  it('is created with our marker', () => {
    expect(merge([CNAME], []).changes).toMatchObject([
      { verb: 'create', after: { value: 't.dkim.amazonses.com', comment: MARKER, ttl: 3600 } },
    ]);
  });
  it('that is right already is left, whoever made it', () => {
    expect(merge([CNAME], [live('t._domainkey.a.test', 'CNAME', 't.dkim.amazonses.com')])).toEqual({
      changes: [],
      conflicts: [],
      claims: [],
    });
  });
  it('that is proxied is answered by DNS again', () => {
    const proxied = live('t._domainkey.a.test', 'CNAME', 't.dkim.amazonses.com', { proxied: true, comment: 'theirs' });
    expect(merge([CNAME], [proxied]).changes).toMatchObject([{ verb: 'update', after: { comment: 'theirs' } }]);
  });
  it.each([
    ['another CNAME', live('t._domainkey.a.test', 'CNAME', 'elsewhere.example'), 'dns.occupied'],
    ['a TXT', live('t._domainkey.a.test', 'TXT', 'v=DKIM1; p='), 'dns.occupied'],
    [
      'a locked record',
      live('t._domainkey.a.test', 'CNAME', 'x.example', { readOnly: 'managed by Cloudflare' }),
      'dns.read-only',
    ],
    [
      'a record of ours that somebody changed',
      live('t._domainkey.a.test', 'CNAME', 'x.example', { comment: MARKER }),
      'dns.drift',
    ],
  ])('conflicts with %s and names it', (_, record, code) => {
    const { changes, conflicts } = merge([CNAME], [record]);
    expect(changes).toEqual([]);
    expect(conflicts).toMatchObject([{ code, name: 't._domainkey.a.test' }]);
    expect(conflicts[0]?.message).toContain(record.value.split(';')[0]);
  });
  it('of ours with an older value is updated', () => {
    const owned = ledger({ [CNAME.id]: { name: 't._domainkey.a.test', type: 'CNAME', value: 'old.example' } });
    expect(merge([CNAME], [live('t._domainkey.a.test', 'CNAME', 'old.example')], { owned }).changes).toMatchObject([
      { verb: 'update' },
    ]);
  });
});

describe('inbound MX', () => {
  const mx = (host: string, preference: number) => want({ name: 'a.test', type: 'MX', value: host, preference }, 'mx');
  const wanted = [mx('west.x.test', 10), mx('east.x.test', 20)];
  it('of somebody else is never replaced unasked, and named', () => {
    const { changes, conflicts } = merge(wanted, [live('a.test', 'MX', 'aspmx.l.google.com', { preference: 1 })]);
    expect(changes).toEqual([]);
    expect(conflicts[0]).toMatchObject({ code: 'mx.foreign' });
    expect(conflicts[0]?.message).toContain('Google Workspace');
  });
  it('is taken over whole when that is asked for', () => {
    const { changes } = merge(wanted, [live('a.test', 'MX', 'aspmx.l.google.com', { preference: 1 })], {
      takeOverMx: true,
    });
    expect(changes.map((change) => change.verb)).toEqual(['delete', 'create', 'create']);
  });
  it('of Email Routing stays locked even then', () => {
    const locked = live('a.test', 'MX', 'route1.mx.cloudflare.net', {
      preference: 5,
      readOnly: 'managed by Cloudflare Email Routing',
    });
    expect(merge(wanted, [locked], { takeOverMx: true }).conflicts).toMatchObject([{ code: 'dns.read-only' }]);
  });
  it('that is half there is completed', () => {
    expect(merge(wanted, [live('a.test', 'MX', 'west.x.test', { preference: 10 })]).changes).toMatchObject([
      { verb: 'create', after: { value: 'east.x.test' } },
    ]);
  });
});

describe('SPF', () => {
  const root = want({ name: 'a.test', type: 'TXT', value: 'v=spf1 include:amazonses.com ~all' }, 'spf');
  it('gets one term in the one record, and nothing else changes', () => {
    const zone = [
      live('a.test', 'TXT', 'v=spf1 include:_spf.google.com -all'),
      live('a.test', 'TXT', 'google-site-verification=x'),
    ];
    expect(merge([root], zone).changes).toMatchObject([
      { verb: 'update', after: { value: 'v=spf1 include:_spf.google.com include:amazonses.com -all' } },
    ]);
  });
  describe('beside a second record', () => {
    const two = [
      live('a.test', 'TXT', 'v=spf1 mx -all'),
      live('a.test', 'TXT', 'v=spf1 include:_spf.google.com ~all'),
      live('a.test', 'TXT', 'google-site-verification=x'),
    ];
    const one = 'v=spf1 include:_spf.google.com mx include:amazonses.com ~all';
    const agreed = (records: LiveRecord[], more = {}) =>
      mergeRecords({ ...INPUT, desired: [root], live: records, mergeSeveral: true, ...more });
    it('is a conflict that shows the one record and names the flag', () => {
      const { changes, conflicts } = merge([root], two);
      expect(changes).toEqual([]);
      expect(conflicts).toMatchObject([{ code: 'spf.multiple', fix: expect.stringContaining('--merge-several') }]);
      expect(conflicts[0]?.message).toContain(`Merged, they are "${one}"`);
    });
    it('becomes the one record where a person said so, which stays theirs', () => {
      const { changes, conflicts } = agreed(two);
      expect(conflicts).toEqual([]);
      expect(changes).toMatchObject([
        {
          verb: 'update',
          foreign: true,
          after: { value: one },
          owns: { [root.id]: { terms: ['include:amazonses.com'] } },
        },
        { verb: 'delete', foreign: true, before: { value: 'v=spf1 mx -all' }, owns: {} },
      ]);
      expect(changes[0]?.effect).toContain('"~all" is the mildest of their ends');
      expect(agreed(applied(two, changes))).toEqual({ changes: [], conflicts: [], claims: [] });
    });
    it('of ours goes into theirs, and our terms in it stay ours', () => {
      const ours = live('a.test', 'TXT', root.record.value, { comment: MARKER });
      const owned = ledger({ [root.id]: { name: 'a.test', type: 'TXT', value: root.record.value } });
      const { changes } = agreed([ours, live('a.test', 'TXT', 'v=spf1 mx -all')], { owned });
      expect(changes).toMatchObject([
        { verb: 'update', foreign: true, before: { value: 'v=spf1 mx -all' } },
        { verb: 'delete', before: { value: root.record.value }, owns: {} },
      ]);
      expect(changes[0]?.owns).toEqual({
        [root.id]: { name: 'a.test', type: 'TXT', terms: ['include:amazonses.com'] },
      });
      expect(changes[1]).not.toHaveProperty('foreign');
    });
    it.each([
      ['a locked record', [live('a.test', 'TXT', 'v=spf1 a ~all', { readOnly: 'Email Routing' })], 'dns.read-only'],
      ['a broken one', [live('a.test', 'TXT', 'v=spf1 ipv4:192.0.2.1 ~all')], 'spf.syntax'],
      [
        'two that refuse by terms',
        [live('a.test', 'TXT', 'v=spf1 -a mx ~all'), live('a.test', 'TXT', 'v=spf1 ?mx ~all')],
        'spf.multiple',
      ],
      ['one that leads nowhere', [live('a.test', 'TXT', 'v=spf1 include:silent.example ~all')], 'spf.multiple'],
    ])('stays a conflict with %s', (_, more, code) => {
      const { changes, conflicts } = agreed([...two, ...more]);
      expect([changes, conflicts.map((one) => one.code)]).toEqual([[], [code]]);
    });
    it('is merged without our terms where ours are wanted only in a new record', () => {
      const desired = [{ ...root, firmness: 'default' as const }];
      expect(mergeRecords({ ...INPUT, desired, live: two }).conflicts).toEqual([]);
      expect(agreed(two, { desired }).changes[0]?.after).toMatchObject({
        value: 'v=spf1 include:_spf.google.com mx ~all',
      });
    });
  });
  it('is refused past ten look-ups, with the count', () => {
    const tree = new Map([
      ['big.example', `v=spf1 ${Array.from({ length: 9 }, (_, i) => `a:h${i}.example`).join(' ')} ~all`],
    ]);
    const { conflicts } = merge([root], [live('a.test', 'TXT', 'v=spf1 include:big.example ~all')], { spfTree: tree });
    expect(conflicts).toMatchObject([{ code: 'spf.lookups' }]);
    expect(conflicts[0]?.message).toContain('11 DNS look-ups (include:big.example 10, include:amazonses.com 1)');
    expect(conflicts[0]?.fix).toMatch(/^Remove an include .*MAIL FROM name of its own/);
  });
  it('that would be new is counted, too', () => {
    const dear = {
      ...root,
      record: { ...root.record, value: 'v=spf1 include:amazonses.com include:big.example ~all' },
    };
    const tree = new Map([['big.example', `v=spf1 ${'a mx '.repeat(5)}~all`]]);
    expect(merge([dear], [], { spfTree: tree }).conflicts).toMatchObject([{ code: 'spf.lookups' }]);
    expect(merge([root], []).changes).toHaveLength(1);
  });
  it('says a new warning in what the change does, and an old one not', () => {
    const tree = new Map([['near.example', `v=spf1 ${'a mx '.repeat(4)}~all`]]);
    const [fits] = merge([root], [live('a.test', 'TXT', 'v=spf1 include:near.example ?all')], {
      spfTree: tree,
    }).changes;
    expect(fits?.effect).toContain('worth a look (spf.lookups): 10 of 10 look-ups');
    expect(fits?.effect).not.toContain('all-neutral');
  });
  it('whose includes can’t be looked up is refused, not guessed', () => {
    const { conflicts, changes } = merge([root], [live('a.test', 'TXT', 'v=spf1 include:silent.example ~all')]);
    expect([changes, conflicts.map((one) => one.code)]).toEqual([[], ['spf.unknown']]);
    expect(conflicts[0]?.message).toContain('silent.example');
  });
  it('stays whoever’s it is: TTL and comment are kept, and only our term becomes ours', () => {
    const [change] = merge([root], [live('a.test', 'TXT', 'v=spf1 mx -all', { comment: 'theirs' })]).changes;
    expect(change?.after).toMatchObject({ ttl: 300, comment: 'theirs' });
    expect(change?.owns).toEqual({ [root.id]: { name: 'a.test', type: 'TXT', terms: ['include:amazonses.com'] } });
    expect(merge([root], [live('a.test', 'TXT', 'v=spf1 mx -all')]).changes[0]?.after).not.toHaveProperty('comment');
  });
  it('that is broken is pointed at, not merged', () => {
    const [conflict] = merge([root], [live('a.test', 'TXT', 'v=spf1 ipv4:192.0.2.1 ~all')]).conflicts;
    expect(conflict?.message).toContain('ipv4:192.0.2.1');
    expect(conflict?.fix).toContain('"v=spf1 ip4:192.0.2.1 ~all"');
  });
  it.each(['v=spf1include:x.test ~all', '“v=spf1 include:x.test ~all”'])(
    'that is none for lack of care (%s) gets no second one beside it',
    (text) => {
      const { changes, conflicts } = merge([root], [live('a.test', 'TXT', toBytes(text))]);
      expect(changes).toEqual([]);
      expect(conflicts).toMatchObject([
        { code: 'spf.syntax', fix: expect.stringContaining('"v=spf1 include:x.test ~all"') },
      ]);
    },
  );
});

describe('a default', () => {
  const dmarc = want({ name: '_dmarc.a.test', type: 'TXT', value: 'v=DMARC1; p=none' }, 'default');
  it.each([
    ['a policy', live('_dmarc.a.test', 'TXT', 'v=DMARC1; p=reject')],
    ['a service', live('_dmarc.a.test', 'CNAME', 'a.test.dmarc.example')],
    ['a delegation', live('_dmarc.a.test', 'NS', 'ns.dmarc.example')],
  ])('yields to %s', (_, record) => {
    expect(merge([dmarc], [record])).toEqual({ changes: [], conflicts: [], claims: [] });
  });
  it('is made beside what is no policy', () => {
    expect(merge([dmarc], [live('_dmarc.a.test', 'TXT', 'hello')]).changes).toHaveLength(1);
  });
});

it('the MX of a MAIL FROM may have any preference', () => {
  const mx = want(
    { name: 'mail.a.test', type: 'MX', value: 'feedback-smtp.us-east-1.amazonses.com', preference: 10 },
    'single',
  );
  const there = live('mail.a.test', 'MX', 'feedback-smtp.us-east-1.amazonses.com', { preference: 5 });
  expect(merge([mx], [there])).toEqual({ changes: [], conflicts: [], claims: [] });
});

it('an apex that the provider flattens takes other records beside its CNAME', () => {
  const root = want({ name: 'a.test', type: 'TXT', value: 'v=spf1 include:amazonses.com ~all' }, 'spf');
  const mx = want({ name: 'a.test', type: 'MX', value: 'west.x.test', preference: 10 }, 'mx');
  const apex = [live('a.test', 'CNAME', 'apex.pages.dev'), live('a.test', 'NS', 'ns1.other.test')];
  expect(merge([root, mx], apex, { flattened: true })).toMatchObject({
    conflicts: [],
    changes: [{ verb: 'create' }, { verb: 'create' }],
  });
  expect(merge([root, mx], apex).conflicts).toHaveLength(2);
});

it('a MAIL FROM name that is somebody’s host is a conflict', () => {
  const mx = want(
    { name: 'mail.a.test', type: 'MX', value: 'feedback-smtp.us-east-1.amazonses.com', preference: 10 },
    'single',
  );
  expect(merge([mx], [live('mail.a.test', 'A', '192.0.2.1')]).conflicts).toMatchObject([{ code: 'dns.occupied' }]);
  expect(merge([mx], [live('mail.a.test', 'MX', 'mx.other.test', { preference: 10 })]).conflicts).toMatchObject([
    { code: 'dns.occupied' },
  ]);
});

describe('properties', () => {
  const names = ['a.test', 'mail.a.test', '_dmarc.a.test', 't._domainkey.a.test', 'www.a.test'] as const;
  const txt = fc.constantFrom(
    'v=spf1 ~all',
    'v=spf1 include:_spf.google.com -all',
    'v=spf1 mx redirect=x.test',
    'v=DMARC1; p=reject',
    'google-site-verification=abc',
    'MS=ms1',
    'v=spf1 bro:ken',
  );
  const host = fc.constantFrom(
    'mx.other.test',
    'aspmx.l.google.com',
    'west.x.test',
    'feedback-smtp.us-east-1.amazonses.com',
    't.dkim.amazonses.com',
  );
  const record = fc.oneof(
    fc.record({ name: fc.constantFrom(...names), value: txt }).map(({ name, value }) => live(name, 'TXT', value)),
    fc
      .record({ name: fc.constantFrom(...names), value: host, preference: fc.constantFrom(0, 10, 20) })
      .map(({ name, value, preference }) =>
        live(name, 'MX', value, { preference, id: `${name} MX ${value} ${preference}` }),
      ),
    fc
      .record({ name: fc.constantFrom(...names.slice(1)), value: host, proxied: fc.boolean() })
      .map(({ name, value, proxied }) => live(name, 'CNAME', value, { proxied })),
    fc
      .record({ name: fc.constantFrom(...names), value: fc.constantFrom('192.0.2.1', '192.0.2.2') })
      .map(({ name, value }) => live(name, 'A', value)),
  );
  const zone = fc.uniqueArray(record, { selector: (one) => one.id, maxLength: 8 });
  const desired = [
    CNAME,
    want({ name: 'mail.a.test', type: 'MX', value: 'feedback-smtp.us-east-1.amazonses.com', preference: 10 }, 'single'),
    want({ name: 'mail.a.test', type: 'TXT', value: 'v=spf1 include:amazonses.com ~all' }, 'spf'),
    want({ name: 'a.test', type: 'TXT', value: 'v=spf1 include:amazonses.com ~all' }, 'spf'),
    want({ name: '_dmarc.a.test', type: 'TXT', value: 'v=DMARC1; p=none' }, 'default'),
    want({ name: 'a.test', type: 'MX', value: 'west.x.test', preference: 10 }, 'mx'),
  ];

  it('merging twice changes nothing', () => {
    fc.assert(
      fc.property(zone, fc.boolean(), fc.boolean(), (records, takeOverMx, mergeSeveral) => {
        const input = { ...INPUT, desired, takeOverMx, mergeSeveral };
        const first = mergeRecords({ ...input, live: records });
        const after = applied(records, first.changes);
        expect(mergeRecords({ ...input, live: after }).changes).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('no foreign value is lost, but an MX set that was handed over', () => {
    fc.assert(
      fc.property(zone, fc.boolean(), (records, takeOverMx) => {
        const after = applied(records, merge(desired, records, { takeOverMx }).changes);
        for (const one of records) {
          const kept = after.some((other) => sameData(other, one));
          const handedOver = takeOverMx && one.type === 'MX' && one.name === 'a.test';
          // An SPF record grows: every term of it is still there, in order.
          const grown =
            isSpf(one.value) &&
            after.some((other) => {
              const rest = other.value.split(' ');
              return other.name === one.name && one.value.split(' ').every((term) => rest.includes(term));
            });
          expect(kept || handedOver || grown, JSON.stringify(one)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never makes a second SPF record or a record beside a CNAME', () => {
    fc.assert(
      fc.property(zone, (records) => {
        const { changes } = merge(desired, records, { takeOverMx: true });
        for (const change of changes.filter((one) => one.verb === 'create')) {
          const made = change.after as unknown as DnsRecord;
          const there = records.filter((one) => one.name === made.name);
          expect(there.some((one) => one.type === 'CNAME')).toBe(false);
          if (isSpf(made.value)) expect(there.some((one) => isSpf(one.value))).toBe(false);
          if (made.type === 'CNAME') expect(there).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a DMARC record of ours', () => {
  const wanted = (policy: string, rua = 'mailto:d@a.test') =>
    want({ name: '_dmarc.a.test', type: 'TXT', value: `v=DMARC1; p=${policy}; rua=${rua}` }, 'default', 'dmarc');
  const ours = (value: string) => ledger({ dmarc: { name: '_dmarc.a.test', type: 'TXT', value } });
  const there = (value: string) => live('_dmarc.a.test', 'TXT', value);
  it('follows the profile’s addresses, under the policy that is published', () => {
    const published = 'v=DMARC1; p=none; rua=mailto:d@a.test';
    const { changes } = merge([wanted('reject', 'mailto:new@a.test')], [there(published)], { owned: ours(published) });
    expect(changes).toMatchObject([{ after: { value: 'v=DMARC1; p=none; rua=mailto:new@a.test' } }]);
  });
  it('never gets weaker by a profile that says less', () => {
    const published = 'v=DMARC1; p=reject; rua=mailto:d@a.test';
    expect(merge([wanted('none')], [there(published)], { owned: ours(published) }).changes).toEqual([]);
  });
  it('that somebody changed is theirs', () => {
    const { changes } = merge([wanted('none')], [there('v=DMARC1; p=quarantine')], { owned: ours('v=DMARC1; p=none') });
    expect(changes).toEqual([]);
  });
});

describe('a DMARC record of somebody', () => {
  const wanted = want(
    { name: '_dmarc.a.test', type: 'TXT', value: 'v=DMARC1; p=none; rua=mailto:d@a.test' },
    'default',
    'dmarc',
  );
  const add = (value: string) =>
    mergeRecords({ ...INPUT, desired: [wanted], live: [live('_dmarc.a.test', 'TXT', value)], addReports: true })
      .changes;
  it('gets our report address beside its own, on request', () => {
    expect(add('v=DMARC1;p=reject;rua=mailto:x@y.example')).toMatchObject([
      {
        after: { value: 'v=DMARC1;p=reject;rua=mailto:x@y.example,mailto:d@a.test' },
        owns: { dmarc: { rua: ['mailto:d@a.test'] } },
        foreign: true,
      },
    ]);
    expect(add('v=DMARC1; p=reject; rua=mailto:d@A.test')).toEqual([]);
    expect(merge([wanted], [live('_dmarc.a.test', 'TXT', 'v=DMARC1; p=reject')]).changes).toEqual([]);
  });
});

describe('several DMARC records', () => {
  const wanted = want(
    { name: '_dmarc.a.test', type: 'TXT', value: 'v=DMARC1; p=none; rua=mailto:d@a.test' },
    'default',
    'dmarc',
  );
  const two = [
    live('_dmarc.a.test', 'TXT', 'v=DMARC1; p=none; rua=mailto:x@y.example'),
    live('_dmarc.a.test', 'TXT', 'v=DMARC1; p=reject; pct=100; rua=mailto:z@y.example'),
  ];
  const agreed = (records: LiveRecord[], more = {}) =>
    mergeRecords({ ...INPUT, desired: [wanted], live: records, mergeSeveral: true, ...more });
  it('stay unless a person said so', () => {
    expect(merge([wanted], two)).toEqual({ changes: [], conflicts: [], claims: [] });
  });
  it('become the strictest, with everybody’s addresses', () => {
    const { changes } = agreed(two);
    expect(changes).toMatchObject([
      {
        verb: 'update',
        foreign: true,
        after: { value: 'v=DMARC1; p=reject; rua=mailto:z@y.example,mailto:x@y.example' },
        owns: {},
      },
      { verb: 'delete', foreign: true, owns: {} },
    ]);
    expect(changes[0]?.effect).toContain('pct=100 goes');
    expect(agreed(applied(two, changes))).toEqual({ changes: [], conflicts: [], claims: [] });
  });
  it('one of which is ours keep our address as ours', () => {
    const ours = live('_dmarc.a.test', 'TXT', wanted.record.value, { comment: MARKER });
    const owned = ledger({ dmarc: { name: '_dmarc.a.test', type: 'TXT', value: wanted.record.value } });
    const { changes } = agreed([ours, ...two], { owned });
    expect(changes.map((change) => change.verb)).toEqual(['update', 'delete', 'delete']);
    expect(changes[0]?.owns).toEqual({ dmarc: { name: '_dmarc.a.test', type: 'TXT', rua: ['mailto:d@a.test'] } });
  });
  it('stay where one of them is broken', () => {
    expect(agreed([...two, live('_dmarc.a.test', 'TXT', 'v=DMARC1; p=block')]).changes).toEqual([]);
  });
});

it('a DMARC record that would be broken is not written', () => {
  const value = 'v=DMARC1; p=none; rua=mailto:no address';
  const broken = want({ name: '_dmarc.a.test', type: 'TXT', value }, 'default', 'dmarc');
  expect(merge([broken], [])).toMatchObject({ changes: [], conflicts: [{ code: 'dmarc.report-address' }] });
});

describe('adopting', () => {
  const adopt = (desired: DesiredRecord[], records: LiveRecord[], owned = NOBODY) =>
    mergeRecords({ ...INPUT, desired, live: records, owned, adopt: true });
  it('marks what is as we would have made it, and nothing else of it', () => {
    const record = live('t._domainkey.a.test', 'CNAME', 't.dkim.amazonses.com', { ttl: 77 });
    expect(adopt([CNAME], [record]).changes).toMatchObject([
      {
        verb: 'update',
        marks: true,
        before: { ttl: 77 },
        after: { value: 't.dkim.amazonses.com', ttl: 77, comment: MARKER },
      },
    ]);
  });
  it('never writes over a comment: that one is only counted as ours', () => {
    const record = live('t._domainkey.a.test', 'CNAME', 't.dkim.amazonses.com', { comment: 'theirs' });
    expect(adopt([CNAME], [record])).toMatchObject({ changes: [], claims: [{ id: CNAME.id }] });
  });
  it('claims our term in a record of somebody, and not the record', () => {
    const spf = want({ name: 'a.test', type: 'TXT', value: 'v=spf1 include:amazonses.com ~all' }, 'spf', 'spf');
    const { changes, claims } = adopt([spf], [live('a.test', 'TXT', 'v=spf1 include:amazonses.com mx -all')]);
    expect(changes).toEqual([]);
    expect(claims).toMatchObject([{ id: 'spf', value: { terms: ['include:amazonses.com'] } }]);
  });
  it('leaves what is ours already', () => {
    const owned = ledger({ [CNAME.id]: { name: 't._domainkey.a.test', type: 'CNAME', value: 't.dkim.amazonses.com' } });
    expect(adopt([CNAME], [live('t._domainkey.a.test', 'CNAME', 't.dkim.amazonses.com')], owned)).toMatchObject({
      changes: [],
      claims: [],
    });
  });
});

describe('drift', () => {
  const drifted = live('t._domainkey.a.test', 'CNAME', 'elsewhere.example');
  const owned = ledger({ [CNAME.id]: { name: 't._domainkey.a.test', type: 'CNAME', value: 't.dkim.amazonses.com' } });
  it('is a conflict with both values', () => {
    const { conflicts } = merge([CNAME], [drifted], { owned });
    expect(conflicts).toMatchObject([{ code: 'dns.drift', fix: expect.stringContaining('--overwrite') }]);
    expect(conflicts[0]?.message).toMatch(/t\.dkim\.amazonses\.com.*elsewhere\.example/);
  });
  it('is written over on request, and counts as a foreign record', () => {
    const { changes } = mergeRecords({ ...INPUT, desired: [CNAME], live: [drifted], owned, overwrite: true });
    expect(changes).toMatchObject([{ verb: 'update', foreign: true, after: { value: 't.dkim.amazonses.com' } }]);
  });
  it('does not make a stranger’s record ours to overwrite', () => {
    const { conflicts } = mergeRecords({ ...INPUT, desired: [CNAME], live: [drifted], overwrite: true });
    expect(conflicts).toMatchObject([{ code: 'dns.occupied' }]);
  });
});
