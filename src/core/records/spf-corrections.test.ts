import { expect, it } from 'vitest';
import { correctSpf, isMeantAsSpf } from './spf-corrections.ts';

it.each([
  ['v=spf1 ipv4:192.0.2.1 ~all', 'v=spf1 ip4:192.0.2.1 ~all'],
  ['v=spf1 ip4:2001:db8::1 ~all', 'v=spf1 ip6:2001:db8::1 ~all'],
  ['v=spf1 a:192.0.2.0/24 -all', 'v=spf1 ip4:192.0.2.0/24 -all'],
  ['“v=spf1 include:x.example ~all”', 'v=spf1 include:x.example ~all'],
  ['\\"v=spf1 mx ~all\\"', 'v=spf1 mx ~all'],
  ['v=spf1include:x.example ~all', 'v=spf1 include:x.example ~all'],
  ['V = spf1 mx –all', 'v=spf1 mx -all'],
  ['v=spf1 include: x.example, include:y.example; ~all', 'v=spf1 include:x.example include:y.example ~all'],
  ['v=spf1 incldue:x.example ~all', 'v=spf1 include:x.example ~all'],
  ['v=spf1 include:x.testinclude:y.test ~all', 'v=spf1 include:x.test include:y.test ~all'],
  ['v=spf1 include:x.example-all', 'v=spf1 include:x.example -all'],
  ['v=spf1 ip4:192.0.2.1~all', 'v=spf1 ip4:192.0.2.1 ~all'],
  ['v=spf1\u00a0mx\u00a0~all', 'v=spf1 mx ~all'],
])('%s was meant as %s', (broken, meant) => {
  expect(correctSpf(broken)).toBe(meant);
});

it.each(['v=spf1 mx ~all', 'v=spf1 ip4:1.2.3.4.5 ~all', 'v=spf1 include: ~all', 'v=spf1 %{x} -all', 'hello'])(
  'of %s nothing better is evident',
  (text) => {
    expect(correctSpf(text)).toBeUndefined();
  },
);

it('knows what was meant as a record and is none', () => {
  const meant = ['v=spf1include:x', '"v=spf1 mx"', ' v=spf1 mx', 'v = spf1 mx', 'v=spf mx'];
  expect(meant.filter((text) => !isMeantAsSpf(text))).toEqual([]);
  expect(['v=spf1 mx', 'v=spf10 mx', 'spf2.0/pra mx', 'my v=spf1'].filter(isMeantAsSpf)).toEqual([]);
});
