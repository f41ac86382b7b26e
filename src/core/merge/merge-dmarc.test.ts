import { describe, expect, it } from 'vitest';
import { type LiveRecord, MARKER } from '../dns.ts';
import { applied, INPUT, ledger, live, merge, want } from './merge.fixture.ts';
import { mergeRecords } from './merge.ts';

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

it('a policy beside an sp that can’t be read is not raised: nobody can tell what sub-domains were meant to have', () => {
  const wanted = want({ name: '_dmarc.a.test', type: 'TXT', value: 'v=DMARC1; p=reject' }, 'default', 'dmarc');
  const raised = (value: string) =>
    mergeRecords({
      ...INPUT,
      desired: [wanted],
      live: [live('_dmarc.a.test', 'TXT', value)],
      raiseDmarc: 'quarantine',
    });
  for (const text of ['p=none; sp=no', 'p=reject; np=nope'])
    expect(raised(`v=DMARC1; ${text}; rua=mailto:d@a.test`)).toMatchObject({
      changes: [],
      conflicts: [{ code: 'dmarc.policy-invalid', name: '_dmarc.a.test' }],
    });
  expect(raised('v=DMARC1; p=non; rua=mailto:d@a.test').changes).toMatchObject([
    { after: { value: 'v=DMARC1; p=quarantine; rua=mailto:d@a.test' } },
  ]);
});

it.each(['v=dmarc1; p=reject', ' v=DMARC1; p=reject', '"v=DMARC1; p=reject"', 'v=DMARC1, p=reject'])(
  'beside %s none of ours is written: receivers that take it for a record would then use neither',
  (value) => {
    const wanted = want({ name: '_dmarc.a.test', type: 'TXT', value: 'v=DMARC1; p=none' }, 'default', 'dmarc');
    expect(merge([wanted], [live('_dmarc.a.test', 'TXT', value)]).changes).toEqual([]);
    expect(merge([wanted], [live('_dmarc.a.test', 'TXT', 'dmarc-verification=1')]).changes).toHaveLength(1);
  },
);

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
  it('are gone on with where only the first half was written', () => {
    const [update, removal] = agreed(two).changes;
    expect(agreed(applied(two, update ? [update] : [])).changes).toEqual([removal]);
  });
  it('one of which is ours keep our address as ours', () => {
    const ours = live('_dmarc.a.test', 'TXT', wanted.record.value, { comment: MARKER });
    const owned = ledger({ dmarc: { name: '_dmarc.a.test', type: 'TXT', value: wanted.record.value } });
    const { changes } = agreed([ours, ...two], { owned });
    expect(changes.map((change) => change.verb)).toEqual(['update', 'delete', 'delete']);
    expect(changes[0]?.owns).toEqual({ dmarc: { name: '_dmarc.a.test', type: 'TXT', rua: ['mailto:d@a.test'] } });
  });
  it('stay where an alias says that a service keeps the policy', () => {
    expect(agreed([...two, live('_dmarc.a.test', 'CNAME', 'a.dmarc.example')]).changes).toEqual([]);
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
