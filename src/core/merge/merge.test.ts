import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DnsRecord, type LiveRecord, MARKER, sameData } from '../dns.ts';
import { isSpf } from '../records/spf.ts';
import type { DesiredRecord } from '../resource.ts';
import { applied, INPUT, ledger, live, merge, NOBODY, want } from './merge.fixture.ts';
import { mergeRecords } from './merge.ts';

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

it('a second MX at a MAIL FROM was added by somebody: ours was not changed, and --overwrite is not about it', () => {
  const host = 'feedback-smtp.us-east-1.amazonses.com';
  const mx = want({ name: 'mail.a.test', type: 'MX', value: host, preference: 10 }, 'single');
  const ours = live('mail.a.test', 'MX', host, { preference: 10, comment: MARKER });
  const owned = ledger({ [mx.id]: { name: 'mail.a.test', type: 'MX', value: host, preference: 10 } });
  const second = live('mail.a.test', 'MX', 'mx.other.test', { preference: 20 });
  for (const overwrite of [false, true]) {
    const { changes, conflicts } = mergeRecords({ ...INPUT, desired: [mx], live: [ours, second], owned, overwrite });
    expect(changes).toEqual([]);
    expect(conflicts).toMatchObject([{ code: 'dns.occupied', name: 'mail.a.test' }]);
    expect(conflicts[0]?.message).toContain('as it should, and beside it MX 20 mx.other.test');
  }
  const alone = mergeRecords({ ...INPUT, desired: [mx], live: [second], owned });
  expect(alone.conflicts).toMatchObject([{ code: 'dns.drift' }]);
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
