import type { Check } from './check.ts';
import { finding } from './finding.ts';
import { readTags, twice } from './tag-list.ts';

/** What is wrong with the TXT record at <selector>._bimi; nothing is looked up. Pure. */
export function lintBimi(text: string): Check[] {
  const { tags: spelt, faults } = readTags(text);
  const tags = spelt.map(({ name, value }) => ({ name: name.toLowerCase(), value }));
  const read = (name: string) => tags.find((tag) => tag.name === name)?.value;
  const says = faults.map((part) => (part === '' ? 'two semicolons, and nothing between them' : `"${part}" is no tag`));
  if (!/^v\s*=\s*BIMI1\s*(;|$)/.test(text)) says.push('it does not begin with v=BIMI1');
  says.push(...twice(tags).map((name) => `${name}= stands more than once`));
  const location = read('l');
  const evidence = read('a');
  if (location === undefined) says.push('no l=');
  for (const [name, value] of [
    ['l', location],
    ['a', evidence],
  ] as const)
    if (value !== undefined && value !== '' && !/^https:\/\/[a-z0-9[][^\s<>",]*$/i.test(value))
      says.push(`${name}=${value} is no https address`);
  const preference = read('avp');
  if (preference !== undefined && !/^(brand|personal)$/i.test(preference))
    says.push(`avp=${preference} is neither brand nor personal`);
  if (location === '' && evidence !== undefined && evidence !== '') says.push('a= names a certificate, and l= no logo');
  const found = says.map((one) => finding('bimi.record', one));
  if (location === '' && (evidence ?? '') === '') found.push(finding('bimi.declined', text));
  else if (location !== undefined && (evidence ?? '') === '') found.push(finding('bimi.evidence', 'no a='));
  return found;
}
