import { describe, expect, it } from 'vitest';
import { countSpfLookups, isSpf, mergeSpf, parseSpf } from './spf.ts';

describe('mergeSpf', () => {
  it.each([
    ['v=spf1 include:_spf.google.com ~all', 'v=spf1 include:_spf.google.com include:amazonses.com ~all'],
    ['v=spf1 redirect=_spf.example.net', 'v=spf1 include:amazonses.com redirect=_spf.example.net'],
    ['v=spf1 mx -all', 'v=spf1 mx include:amazonses.com -all'],
    ['v=spf1 include:AmazonSES.com. -all', 'v=spf1 include:AmazonSES.com. -all'],
    ['v=spf1 -include:amazonses.com -all', 'v=spf1 -include:amazonses.com -all'],
    ['v=spf1', 'v=spf1 include:amazonses.com ~all'],
    ['v=spf1 mx exp=why.example.com', 'v=spf1 mx include:amazonses.com ~all exp=why.example.com'],
    ['V=SPF1 +a:x.example ip4:192.0.2.0/24 ?all', 'V=SPF1 +a:x.example ip4:192.0.2.0/24 include:amazonses.com ?all'],
  ])('%s', (before, after) => {
    expect(mergeSpf(before, ['include:amazonses.com'])).toBe(after);
    expect(mergeSpf(after, ['include:amazonses.com'])).toBe(after);
  });

  it.each([
    'v=spf1 ipv4:1.2.3.4 ~all',
    'v=spf1 include: ~all',
    'v=spf1 ip4:1.2.3.4.5 ~all',
    'v=spf1 all:x',
    'v=spf1 incldue:x ~all',
  ])('refuses to merge the broken %s', (broken) => {
    expect(() => mergeSpf(broken, ['include:amazonses.com'])).toThrow(/SPF: the term/);
  });
});

it('knows an SPF record by its first word', () => {
  expect(isSpf('v=spf1')).toBe(true);
  expect(isSpf('v=spf10 ~all')).toBe(false);
  expect(isSpf('v=spf1include:x')).toBe(false);
});

describe('countSpfLookups', () => {
  const tree = new Map([
    [
      '_spf.google.com',
      'v=spf1 include:_netblocks.google.com include:_netblocks2.google.com include:_netblocks3.google.com ~all',
    ],
    ['_netblocks.google.com', 'v=spf1 ip4:64.233.160.0/19 ~all'],
    ['_netblocks2.google.com', 'v=spf1 ip6:2001:4860:4000::/36 ~all'],
    ['_netblocks3.google.com', 'v=spf1 ip4:172.217.0.0/19 ~all'],
    ['loop.example', 'v=spf1 include:loop.example ~all'],
  ]);

  it('counts every term that asks DNS, at every depth', () => {
    expect(countSpfLookups('v=spf1 a mx include:_spf.google.com exists:%{i}.x ip4:192.0.2.1 ~all', tree)).toEqual({
      lookups: 7,
      missing: [],
    });
  });
  it('ignores a redirect beside all, and says what it could not see', () => {
    expect(countSpfLookups('v=spf1 include:unknown.example redirect=_spf.google.com -all', tree)).toEqual({
      lookups: 1,
      missing: ['unknown.example'],
    });
  });
  it('ends at a loop', () => {
    expect(countSpfLookups('v=spf1 include:loop.example ~all', tree).lookups).toBe(2);
  });
});

it('keeps qualifiers apart from names', () => {
  expect(parseSpf('v=spf1 ~include:x.example -all').terms.map((term) => [term.qualifier, term.name])).toEqual([
    ['~', 'include'],
    ['-', 'all'],
  ]);
});

describe('terms of hosts', () => {
  it('are added beside includes, and found whatever their qualifier', () => {
    const before = 'v=spf1 mx include:_spf.example.net -all';
    const after = 'v=spf1 mx include:_spf.example.net a:mail.example.org -all';
    expect(mergeSpf(before, ['a:mail.example.org'])).toBe(after);
    expect(mergeSpf(after, ['a:mail.example.org'])).toBe(after);
    expect(mergeSpf('v=spf1 ?A:Mail.Example.org ~all', ['a:mail.example.org'])).toBe('v=spf1 ?A:Mail.Example.org ~all');
    // The domain's own address is another host's.
    expect(mergeSpf('v=spf1 a ~all', ['a:mail.example.org'])).toBe('v=spf1 a a:mail.example.org ~all');
  });
});
