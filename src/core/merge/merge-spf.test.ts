import { describe, expect, it } from 'vitest';
import { type LiveRecord, MARKER } from '../dns.ts';
import { toBytes } from '../records/txt.ts';
import { applied, INPUT, ledger, live, merge, want } from './merge.fixture.ts';
import { mergeRecords } from './merge.ts';

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
    it('is gone on with where only the first half was written', () => {
      // In whatever order the one sorts among them.
      for (const other of ['v=spf1 a -all', 'v=spf1 mx -all', 'v=spf1 ip4:192.0.2.7 ~all']) {
        const records = [live('a.test', 'TXT', 'v=spf1 include:_spf.google.com ~all'), live('a.test', 'TXT', other)];
        const [update, removal] = agreed(records).changes;
        expect(agreed(applied(records, update ? [update] : [])).changes).toEqual([removal]);
      }
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
