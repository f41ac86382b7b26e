import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintSpf } from '../checks/lint/lint-spf.ts';
import { isSpf, parseSpf, termKey } from '../records/spf.ts';
import { mergeSpf } from './spf-merge.ts';

const SES = ['include:amazonses.com'];

describe('one record', () => {
  it.each([
    ['v=spf1 include:_spf.google.com ~all', 'v=spf1 include:_spf.google.com include:amazonses.com ~all'],
    ['v=spf1 redirect=_spf.example.net', 'v=spf1 include:amazonses.com redirect=_spf.example.net'],
    ['v=spf1 mx -all', 'v=spf1 mx include:amazonses.com -all'],
    ['v=spf1 include:AmazonSES.com. -all', 'v=spf1 include:AmazonSES.com. -all'],
    ['v=spf1 -include:amazonses.com -all', 'v=spf1 -include:amazonses.com -all'],
    ['v=spf1', 'v=spf1 include:amazonses.com ~all'],
    ['v=spf1 mx exp=why.example.com', 'v=spf1 mx include:amazonses.com ~all exp=why.example.com'],
    ['v=spf1 mx -all exp=why.example.com', 'v=spf1 mx include:amazonses.com -all exp=why.example.com'],
    ['v=spf1 exp=why.test redirect=r.test', 'v=spf1 include:amazonses.com exp=why.test redirect=r.test'],
    ['v=spf1 redirect=r.test mx', 'v=spf1 redirect=r.test mx include:amazonses.com'],
    ['V=SPF1 +a:x.example ip4:192.0.2.0/24 ?all', 'V=SPF1 +a:x.example ip4:192.0.2.0/24 include:amazonses.com ?all'],
    ['v=spf1 tag=kept mx  -all', 'v=spf1 tag=kept mx include:amazonses.com -all'],
    ['v=spf1 mx +all', 'v=spf1 mx include:amazonses.com +all'],
  ])('%s', (before, after) => {
    expect(mergeSpf([before], SES).value).toBe(after);
    expect(mergeSpf([after], SES)).toMatchObject({ value: after });
  });

  it('is left to the letter where nothing is missing', () => {
    const text = 'v=spf1  mx mx include:amazonses.com redirect=r.test -all';
    expect(mergeSpf([text], SES)).toEqual({ value: text, notes: [] });
  });

  it.each([
    ['v=spf1 mx redirect=r.test -all', 'v=spf1 mx include:amazonses.com -all', '"redirect=r.test" goes'],
    ['v=spf1 mx MX a -all', 'v=spf1 mx a include:amazonses.com -all', 'the second "MX" goes'],
    ['v=spf1 ?mx +mx -all', 'v=spf1 ?mx include:amazonses.com -all', '"+mx" goes: "?mx" stands before it'],
    ['v=spf1 mx all', 'v=spf1 mx include:amazonses.com all', '"all" lets every host pass'],
    ['v=spf1 -all include:amazonses.com', 'v=spf1 include:amazonses.com -all', 'the second'],
  ])('that is written anyway loses what does nothing, and says so: %s', (before, after, note) => {
    const { value, notes } = mergeSpf([before], SES);
    expect(value).toBe(after);
    expect(notes.join('; ')).toContain(note);
  });

  it('gets terms of hosts beside includes, and finds them whatever their qualifier', () => {
    const merge = (text: string) => mergeSpf([text], ['a:mail.example.org']).value;
    expect(merge('v=spf1 mx include:_spf.example.net -all')).toBe(
      'v=spf1 mx include:_spf.example.net a:mail.example.org -all',
    );
    expect(merge('v=spf1 ?A:Mail.Example.org/32 ~all')).toBe('v=spf1 ?A:Mail.Example.org/32 ~all');
    // The domain's own address is another host's.
    expect(merge('v=spf1 a ~all')).toBe('v=spf1 a a:mail.example.org ~all');
  });

  it.each([
    'v=spf1 ipv4:1.2.3.4 ~all',
    'v=spf1 include: ~all',
    'v=spf1 ip4:1.2.3.4.5 ~all',
    'v=spf1 all:x',
    'v=spf1 incldue:x ~all',
  ])('that is broken is refused: %s', (broken) => {
    expect(() => mergeSpf([broken], SES)).toThrow(/SPF: the term/);
  });
});

describe('several records', () => {
  it.each([
    [
      ['v=spf1 include:g.test ~all', 'v=spf1 include:z.test -all'],
      'v=spf1 include:g.test include:z.test ~all',
      'mildest',
    ],
    [['v=spf1 mx -all', 'v=spf1 mx a -all'], 'v=spf1 mx a -all', 'the second "mx" goes'],
    [['v=spf1 mx ?all', 'v=spf1 a -all'], 'v=spf1 mx a ?all', 'mildest'],
    [['v=spf1 mx +all', 'v=spf1 a -all'], 'v=spf1 mx a -all', '"+all", which lets every host pass, goes'],
    [['v=spf1 mx +all', 'v=spf1 a all'], 'v=spf1 mx a ~all', 'lets every host pass'],
    [['v=spf1 mx', 'v=spf1 a'], 'v=spf1 mx a ~all', ''],
    [['v=spf1 -a mx ~all', 'v=spf1 a ~all'], 'v=spf1 a mx ~all', '"-a" goes: "a" stands before it'],
    [['v=spf1 redirect=r.test', 'v=spf1 mx ~all'], 'v=spf1 include:r.test mx ~all', 'becomes "include:r.test"'],
    [['v=spf1 redirect=r.test', 'v=spf1 a redirect=s.test'], 'v=spf1 include:r.test a redirect=s.test', 'becomes'],
    [['v=spf1 mx -all redirect=r.test', 'v=spf1 a ~all'], 'v=spf1 mx a ~all', '"redirect=r.test" goes: beside all'],
    [['v=spf1 mx -all a', 'v=spf1 mx -all'], 'v=spf1 mx -all', '"a" goes: behind all'],
    [
      ['v=spf1 mx -all exp=e.test', 'v=spf1 x=y a -all exp=f.test'],
      'v=spf1 mx a -all x=y exp=e.test',
      '"exp=f.test" goes',
    ],
  ])('%j', (records, one, note) => {
    const { value, notes } = mergeSpf(records, []);
    expect(value).toBe(one);
    expect(notes.join('; ')).toContain(note);
    expect(mergeSpf([value], [])).toEqual({ value, notes: [] });
  });

  it.each([
    [['v=spf1 redirect=soft.test', 'v=spf1 mx -all'], 'v=spf1 include:soft.test mx ~all'],
    [['v=spf1 redirect=hard.test', 'v=spf1 mx -all'], 'v=spf1 include:hard.test mx -all'],
    [['v=spf1 redirect=far.test', 'v=spf1 mx -all'], 'v=spf1 include:far.test mx ?all'],
    [['v=spf1 redirect=open.test', 'v=spf1 mx -all'], 'v=spf1 include:open.test mx -all'],
    // Nobody knows how it ends.
    [['v=spf1 redirect=gone.test', 'v=spf1 mx -all'], 'v=spf1 include:gone.test mx ~all'],
    [['v=spf1 redirect=round.test', 'v=spf1 mx -all'], 'v=spf1 include:round.test mx ~all'],
    [['v=spf1 a', 'v=spf1 mx -all'], 'v=spf1 a mx ~all'],
    [['v=spf1 redirect=soft.test', 'v=spf1 redirect=hard.test'], 'v=spf1 include:soft.test include:hard.test ~all'],
    [['v=spf1 redirect=hard.test', 'v=spf1 a redirect=hard.test'], 'v=spf1 include:hard.test a redirect=hard.test'],
  ])('refuse nobody whom one of them alone did not: %j', (records, one) => {
    const known = new Map([
      ['soft.test', 'v=spf1 ip4:192.0.2.1 ~all'],
      ['hard.test', 'v=spf1 ip4:192.0.2.1 -all'],
      ['far.test', 'v=spf1 redirect=neutral.test.'],
      ['neutral.test', 'v=spf1 ip4:192.0.2.1 ?all'],
      ['open.test', 'v=spf1 +all'],
      ['round.test', 'v=spf1 redirect=round.test'],
    ]);
    const recordOf = (domain: string) => known.get(domain);
    expect(mergeSpf(records, [], recordOf).value).toBe(one);
    // A merge that was cut off ends in the same.
    expect(mergeSpf([one, ...records.slice(1)], [], recordOf).value).toBe(one);
  });

  it('whose order would decide who passes are left to a person', () => {
    expect(() => mergeSpf(['v=spf1 -a mx -all', 'v=spf1 ?mx a -all'], [])).toThrow(/do not pass/);
  });
});

/** Networks that includes and redirects of the properties stand for, as first and last of the numbers 0 to 63. */
const ELSEWHERE = new Map([
  ['g.test', [0, 3]],
  ['z.test', [8, 40]],
  ['amazonses.com', [50, 51]],
]);

/** Whether 192.0.2.n passes by the record, evaluated as RFC 7208 has it; of a record for everybody, as if that were not so. */
function passes(text: string, n: number): boolean {
  const { terms } = parseSpf(text);
  const matches = (name: string, value: string) => {
    const [first = -1, last = -1] = ELSEWHERE.get(value) ?? [];
    if (name !== 'ip4') return n >= first && n <= last;
    const [address = '', bits = '32'] = value.split('/');
    const size = 2 ** (32 - Number(bits));
    return Math.floor(Number(address.split('.')[3]) / size) === Math.floor(n / size);
  };
  for (const { name, value, qualifier } of terms) {
    if (name === 'all') return false;
    if (qualifier !== undefined && matches(name, value)) return qualifier === '+';
  }
  return terms.some(({ name, value }) => name === 'redirect' && matches('include', value));
}

describe('properties', () => {
  const sign = fc.constantFrom('', '', '', '+', '-', '~', '?');
  const network = fc
    .tuple(fc.nat(63), fc.constantFrom('', '/32', '/30', '/28'))
    .map(([n, bits]) => `ip4:192.0.2.${n}${bits}`);
  const mechanism = fc
    .tuple(sign, fc.oneof(network, fc.constantFrom('include:g.test', 'include:Z.test.', 'include:amazonses.com')))
    .map(([one, what]) => `${one}${what}`);
  const end = fc.constantFrom(
    '-all',
    '~all',
    '?all',
    '+all',
    'all',
    '',
    'redirect=z.test',
    'redirect=g.test',
    '-all redirect=g.test',
    '~all ip4:192.0.2.9',
  );
  const modifier = fc.constantFrom('', '', 'exp=e.test', 'x=y');
  const record = fc
    .tuple(fc.array(mechanism, { maxLength: 5 }), end, modifier)
    .map(([mechanisms, last, more]) => ['v=spf1', ...mechanisms, last, more].filter((word) => word !== '').join(' '));
  const wanted = fc.subarray(['include:amazonses.com', 'include:g.test']);
  const merged = (records: readonly string[], terms: readonly string[]) => {
    try {
      return mergeSpf(records, terms).value;
    } catch {
      return undefined;
    }
  };

  it('who passed by one of the records passes by the one, and wanted senders are named before all', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), wanted, (records, terms) => {
        const one = merged(records, terms);
        fc.pre(one !== undefined);
        for (let n = 0; n < 64; n += 1)
          if (records.some((text) => passes(text, n))) expect(passes(one, n), `192.0.2.${n} by ${one}`).toBe(true);
        const named = parseSpf(one.replace(/ [+?~-]?all( .*)?$/i, '')).terms.map(termKey);
        for (const term of terms) expect(named).toContain(term);
      }),
      { numRuns: 2000 },
    );
  });

  it('merging twice changes nothing, and the one has no fault that none of them had', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), wanted, (records, terms) => {
        const one = merged(records, terms);
        fc.pre(one !== undefined);
        expect(isSpf(one)).toBe(true);
        expect(mergeSpf([one], terms).value).toBe(one);
        const faults = (text: string) => lintSpf(text).map(({ id }) => id);
        const known = new Set(records.flatMap(faults));
        expect(faults(one).filter((id) => !known.has(id))).toEqual([]);
        if (records.length > 1) expect(parseSpf(one).terms.filter((term) => /^\+?all$/.test(term.text))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('one record keeps its terms in their order and spelling, but for those that do nothing', () => {
    fc.assert(
      fc.property(record, wanted, (text, terms) => {
        const before = text.split(' ');
        const after = mergeSpf([text], terms).value.split(' ');
        const kept = after.filter((word) => before.includes(word));
        expect(before.join(' ').startsWith('v=spf1') && isInOrder(kept, before)).toBe(true);
      }),
    );
  });
});

function isInOrder(some: readonly string[], all: readonly string[]): boolean {
  let at = -1;
  return some.every((word) => {
    at = all.indexOf(word, at + 1);
    return at >= 0;
  });
}
