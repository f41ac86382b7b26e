import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lintDmarc } from '../checks/lint/lint-dmarc.ts';
import { DMARC_POLICIES, type DmarcPolicy } from '../domain-spec.ts';
import { addReportAddresses, dmarcAddresses, dmarcTag, policyFor, reportKey } from '../records/dmarc.ts';
import { mergeDmarcRecords, raiseDmarc } from './dmarc-merge.ts';

it('raises a policy for all mail, in our order, and never lowers one', () => {
  expect(raiseDmarc('v=DMARC1; p=none; rua=mailto:a@a.test; pct=50', 'quarantine')).toEqual({
    value: 'v=DMARC1; p=quarantine; rua=mailto:a@a.test',
    notes: ['pct=50 goes: the policy is for all mail'],
  });
  expect(raiseDmarc('v=DMARC1;rua=mailto:a@a.test;p=none;x=y;ri=86400;sp=none', 'reject')).toEqual({
    value: 'v=DMARC1; p=reject; sp=none; rua=mailto:a@a.test; x=y',
    notes: ['ri=86400 goes: it does nothing any more'],
  });
  const strict = 'v=DMARC1;p=reject;pct=5;rf=afrf';
  expect(raiseDmarc(strict, 'quarantine')).toEqual({ value: strict, notes: [] });
});

it.each([
  [
    [
      'v=DMARC1; p=none; rua=mailto:a@a.test,mailto:b@b.test; fo=1; ruf=mailto:f@a.test',
      'v=DMARC1; p=reject; rua=mailto:b@B.test',
    ],
    'v=DMARC1; p=reject; rua=mailto:b@B.test,mailto:a@a.test; ruf=mailto:f@a.test; fo=1',
    '',
  ],
  // None of the two was stricter in everything.
  [
    ['v=DMARC1; p=reject; sp=none', 'v=DMARC1; p=quarantine; np=reject'],
    'v=DMARC1; p=reject; sp=quarantine; np=reject',
    '',
  ],
  [['v=DMARC1; p=quarantine; t=y; pct=20', 'v=DMARC1; p=none'], 'v=DMARC1; p=quarantine', 't=y goes'],
  [['v=DMARC1; p=quarantine; t=y; pct=20', 'v=DMARC1; p=none; t=y; pct=10'], 'v=DMARC1; p=quarantine; t=y; pct=20', ''],
  [
    ['v=DMARC1; p=reject; aspf=s; rf=afrf; x=1', 'v=DMARC1; p=reject; adkim=s'],
    'v=DMARC1; p=reject; aspf=s; x=1',
    'rf=afrf goes',
  ],
])('makes one of %j', (records, one, note) => {
  const merged = mergeDmarcRecords(records);
  expect(merged?.value).toBe(one);
  expect(merged?.notes.join('; ')).toContain(note);
});

it('makes none of what has an error', () => {
  expect(mergeDmarcRecords(['v=DMARC1; p=none', 'v=DMARC1; p=none; p=reject'])).toBeUndefined();
  expect(mergeDmarcRecords(['v=DMARC1; p=none', 'v=DMARC1; rua=mailto:a@a.test'])).toBeUndefined();
});

const policy = fc.constantFrom(...DMARC_POLICIES);
const maybe = (one: fc.Arbitrary<string>) => fc.oneof(fc.constant(''), one);
const address = fc.constantFrom(
  'mailto:a@a.test',
  'mailto:A@a.test',
  'mailto:a@A.Test!10m',
  'mailto:b@b.test',
  'https://r.test/In',
);
const record = fc
  .tuple(
    policy.map((p) => `p=${p}`),
    maybe(policy.map((p) => `sp=${p}`)),
    maybe(policy.map((p) => `np=${p}`)),
    maybe(fc.constantFrom('t=y', 't=n')),
    maybe(fc.constantFrom('pct=100', 'pct=25', 'pct=0')),
    maybe(fc.array(address, { minLength: 1, maxLength: 3 }).map((all) => `rua=${all.join(',')}`)),
    maybe(fc.constantFrom('adkim=s', 'ri=3600', 'x=y')),
    fc.constantFrom(';', '; ', ' ; '),
  )
  .map(([...tags]) => ['v=DMARC1', ...tags.slice(0, 7).filter((tag) => tag !== '')].join(tags[7]));

const level = (text: string, tag: 'p' | 'sp' | 'np') => DMARC_POLICIES.indexOf(policyFor(text, tag));
const isTest = (text: string) => dmarcTag(text, 't') === 'y';

/** No policy got weaker, and every report address of these is in the one. */
function expectNoWeaker(one: string, records: readonly string[]): void {
  for (const text of records) {
    for (const tag of ['p', 'sp', 'np'] as const) expect(level(one, tag)).toBeGreaterThanOrEqual(level(text, tag));
    if (isTest(one)) expect(isTest(text)).toBe(true);
    expect(Number(dmarcTag(one, 'pct') ?? 100)).toBeGreaterThanOrEqual(Number(dmarcTag(text, 'pct') ?? 100));
    const kept = dmarcAddresses(one, 'rua').map(reportKey);
    for (const uri of dmarcAddresses(text, 'rua')) expect(kept).toContain(reportKey(uri));
  }
  const errors = (text: string) => lintDmarc(text).flatMap(({ id, severity }) => (severity === 'error' ? id : []));
  const known = records.flatMap(errors);
  expect(errors(one).filter((id) => !known.includes(id))).toEqual([]);
}

it('one record of several is no weaker than any, keeps every address, and is the same again', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 2, maxLength: 4 }), (records) => {
      const one = mergeDmarcRecords(records)?.value ?? '';
      expectNoWeaker(one, records);
      expect(mergeDmarcRecords([one, ...records])?.value).toBe(one);
    }),
    { numRuns: 1000 },
  );
});

it('a raised record, and one with our address, is no weaker than before, and the same again', () => {
  fc.assert(
    fc.property(record, policy, address, (text, wanted: DmarcPolicy, uri) => {
      const raised = raiseDmarc(text, wanted).value;
      expectNoWeaker(raised, [text]);
      expect(raiseDmarc(raised, wanted).value).toBe(raised);
      const grown = addReportAddresses(raised, [uri]);
      expectNoWeaker(grown, [text, raised]);
      expect(addReportAddresses(grown, [uri])).toBe(grown);
      expect(dmarcAddresses(grown, 'rua').map(reportKey)).toContain(reportKey(uri));
    }),
    { numRuns: 1000 },
  );
});
