import { expect, it } from 'vitest';
import {
  addReportAddresses,
  buildDmarc,
  dmarcTag,
  dmarcWalk,
  externalReportHosts,
  isDmarc,
  isWeaker,
  policyFor,
  policyOf,
  removeReportAddresses,
} from './dmarc.ts';

it('writes v and p first, and fo only beside ruf', () => {
  expect(buildDmarc({ policy: 'none', rua: ['dmarc@a.test'], fo: '1' })).toBe(
    'v=DMARC1; p=none; rua=mailto:dmarc@a.test',
  );
  expect(buildDmarc({ policy: 'reject', rua: ['a@a.test', 'b@b.test'], ruf: ['f@a.test'], fo: '1' })).toBe(
    'v=DMARC1; p=reject; rua=mailto:a@a.test,mailto:b@b.test; ruf=mailto:f@a.test; fo=1',
  );
});

it('escapes what would end an address in the list', () => {
  expect(buildDmarc({ policy: 'none', rua: ['a!b@a.test'] })).toContain('mailto:a%21b@a.test');
});

it('knows a record by its version', () => {
  expect(isDmarc('v=DMARC1')).toBe(true);
  expect(isDmarc('v=DMARC1;p=none')).toBe(true);
  expect(isDmarc('v=dmarc1; p=none')).toBe(false);
  expect(isDmarc('v=DMARC10; p=none')).toBe(false);
  expect(dmarcTag('v=DMARC1; P = reject ; sp=none', 'p')).toBe('reject');
});

it('walks the tree with at most eight questions', () => {
  expect(dmarcWalk('news.example.co.uk')).toEqual([
    '_dmarc.news.example.co.uk',
    '_dmarc.example.co.uk',
    '_dmarc.co.uk',
  ]);
  expect(dmarcWalk('a.b.c.d.e.f.g.h.i.j.mail.example.com').length).toBeLessThanOrEqual(8);
  expect(dmarcWalk('a.b.c.d.e.f.g.h.i.j.mail.example.com')[1]).toBe('_dmarc.g.h.i.j.mail.example.com');
});

it('finds report hosts of other organisations', () => {
  expect(
    externalReportHosts('news.example.com', ['a@example.com', 'b@reports.example.net', 'c@x.example.com']),
  ).toEqual(['reports.example.net']);
});

it('knows which policy is weaker, also what sub-domains inherit', () => {
  expect(isWeaker('v=DMARC1; p=None', 'none')).toBe(false);
  expect(isWeaker('v=DMARC1; p=reject; sp=none', 'quarantine', 'sp')).toBe(true);
  expect(isWeaker('v=DMARC1; p=reject', 'reject', 'sp')).toBe(false);
});

it('a policy that can’t be read makes none of all, as p that is not there does (RFC 9989 4.10.1)', () => {
  const texts = ['p=reject; sp=no', 'p=reject; np=', 'p=rejected; sp=reject', 'sp=reject', 'p=reject; sp=quarantine'];
  expect(texts.map((text) => policyOf(`v=DMARC1; ${text}`))).toEqual(['none', 'none', 'none', 'none', 'reject']);
  expect(texts.map((text) => policyFor(`v=DMARC1; ${text}`, 'np'))).toEqual([
    'none',
    'none',
    'none',
    'none',
    'quarantine',
  ]);
});

it.each([
  ['v=DMARC1;p=none;rua=mailto:a@a.test;', 'v=DMARC1;p=none;rua=mailto:a@a.test,mailto:b@b.test;'],
  ['v=DMARC1; RUA = mailto:a@a.test!10m ; p=none', 'v=DMARC1; RUA = mailto:a@a.test!10m,mailto:b@b.test ; p=none'],
  ['v=DMARC1; p=none; rua=', 'v=DMARC1; p=none; rua=mailto:b@b.test'],
  ['v=DMARC1;p=none; ', 'v=DMARC1;p=none;rua=mailto:b@b.test;'],
  ['v=DMARC1; p=none;', 'v=DMARC1; p=none; rua=mailto:b@b.test;'],
  ['v=DMARC1; p=none; rua=mailto:b@B.Test!5k', 'v=DMARC1; p=none; rua=mailto:b@B.Test!5k'],
  ['v=DMARC1; p=none; rua=mailto:B@b.test', 'v=DMARC1; p=none; rua=mailto:B@b.test,mailto:b@b.test'],
])('adds a report address to %s, and changes nothing else', (before, after) => {
  expect(addReportAddresses(before, ['mailto:b@b.test'])).toBe(after);
  expect(addReportAddresses(after, ['mailto:b@b.test'])).toBe(after);
});

it('takes a report address out to the letter', () => {
  const text = 'v=DMARC1;  p=none;rua=mailto:a@a.test,mailto:b@B.test ;pct=50';
  expect(removeReportAddresses(text, ['mailto:b@b.test'])).toBe('v=DMARC1;  p=none;rua=mailto:a@a.test ;pct=50');
  expect(removeReportAddresses('v=DMARC1; rua=mailto:b@b.test; p=none', ['mailto:b@b.test'])).toBe('v=DMARC1; p=none');
});
