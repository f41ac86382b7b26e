import { expect, it } from 'vitest';
import { isSpf, parseSpf, parseSpfTerm, removeSpfTerms, termKey } from './spf.ts';

it('knows an SPF record by its first word', () => {
  expect(isSpf('v=spf1')).toBe(true);
  expect(isSpf('v=spf10 ~all')).toBe(false);
  expect(isSpf('v=spf1include:x')).toBe(false);
});

it('keeps qualifiers apart from names', () => {
  expect(parseSpf('v=spf1 ~include:x.example -all').terms.map((term) => [term.qualifier, term.name])).toEqual([
    ['~', 'include'],
    ['-', 'all'],
  ]);
});

it.each([
  ['+include:AmazonSES.com.', 'include:amazonses.com'],
  ['?a:Mail.Example.org/32//128', 'a:mail.example.org'],
  ['a', 'a:'],
  ['mx/24', 'mx:/24'],
  ['ip4:192.0.2.1/32', 'ip4:192.0.2.1'],
  ['ip6:2001:DB8:0::1/128', 'ip6:2001:db8::1'],
  ['ip6:2001:db8::/32', 'ip6:2001:db8:://32'],
  ['exists:%{I}.x.example', 'exists:%{I}.x.example'],
])('%s is compared as %s', (text, key) => {
  expect(termKey(parseSpfTerm(text))).toBe(key);
});

it('takes terms out, however they are spelt', () => {
  expect(removeSpfTerms('v=spf1 mx ?include:AmazonSES.com. -all', ['include:amazonses.com'])).toBe('v=spf1 mx -all');
});
