import { expect, it } from 'vitest';
import { buildDmarc, dmarcTag, dmarcWalk, externalReportHosts, isDmarc, isWeaker, raiseDmarc } from './dmarc.ts';

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

it('raises a policy, keeps every other tag, and never lowers one', () => {
  expect(raiseDmarc('v=DMARC1; p=none; rua=mailto:a@a.test; pct=50', 'quarantine')).toBe(
    'v=DMARC1; p=quarantine; rua=mailto:a@a.test; pct=50',
  );
  expect(raiseDmarc('v=DMARC1; p=reject', 'quarantine')).toBe('v=DMARC1; p=reject');
  expect(raiseDmarc('v=DMARC1; sp=none', 'reject')).toBe('v=DMARC1; p=reject; sp=none');
  expect(isWeaker('v=DMARC1; p=None', 'none')).toBe(false);
});
