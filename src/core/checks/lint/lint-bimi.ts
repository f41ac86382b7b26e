import { nearest } from '../../nearest.ts';
import type { Check } from '../check.ts';
import { finding } from '../finding.ts';
import { webFaults } from './lint-report-uri.ts';
import { readTags, twice } from './tag-list.ts';

/** Tags of the draft (4.3), told apart by case: receivers must not mend capitals. */
const KNOWN = ['v', 'l', 'a', 'avp', 'lps'];
/** Drafts differ in lps: a yes or no, or the beginnings of local parts. */
const VALUES = [
  ['avp', /^(?:brand|personal)$/, 'neither brand nor personal'],
  ['lps', /^(?:[a-z0-9-]+(?:[ \t]*,[ \t]*[a-z0-9-]+)*)?$/i, 'no list of letters, digits and hyphens'],
] as const;
/** What a web server names as anything but SVG (4.3.2), or as no certificate. */
const PICTURE = /\.(?:png|jpe?g|gif|webp|avif|bmp|ico|tiff?|pdf|eps|ai)$/i;
const NO_CERTIFICATE = /\.(?:svgz?|png|jpe?g|gif|webp|pdf|html?)$/i;

/** What is wrong with the TXT record at <selector>._bimi; nothing is looked up. Pure. */
export function lintBimi(text: string): Check[] {
  const { tags, faults } = readTags(text);
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
    if (value !== undefined && value !== '') says.push(...addressFaults(name, value));
  if (PICTURE.test(pathOf(location))) says.push(`l=${location} is no SVG`);
  if (NO_CERTIFICATE.test(pathOf(evidence))) says.push(`a=${evidence} is no certificate`);
  for (const [name, pattern, wrong] of VALUES) {
    const value = read(name);
    if (value !== undefined && !pattern.test(value)) says.push(`${name}=${value} is ${wrong}`);
  }
  if (location === '' && evidence !== undefined && evidence !== '') says.push('a= names a certificate, and l= no logo');
  const unknown = tags.filter(({ name }) => name !== '' && !KNOWN.includes(name)).map(({ name }) => unknownTag(name));
  const found = [...says.map((one) => finding('bimi.record', one)), ...unknown];
  if (location === '' && (evidence ?? '') === '') found.push(finding('bimi.declined', text));
  else if (location !== undefined && (evidence ?? '') === '') found.push(finding('bimi.evidence', 'no a='));
  return found;
}

function addressFaults(name: string, value: string): string[] {
  if (!/^https:\/\/[^\s<>",]*$/i.test(value)) return [`${name}=${value} is no https address`];
  if (/[^!-~]|%(?![0-9a-f]{2})/i.test(value)) return [`${name}=${value} holds a character that is to be escaped`];
  return webFaults(value).map((fault) => `${name}=${fault}`);
}

function pathOf(url = ''): string {
  return url.replace(/[?#].*$/s, '');
}

function unknownTag(name: string): Check {
  const meant = KNOWN.includes(name.toLowerCase()) ? name.toLowerCase() : nearest(name, KNOWN.slice(3));
  return meant === undefined
    ? finding('bimi.unknown-tag', `${name}=`)
    : finding('bimi.unknown-tag', `${name}= (is ${meant} meant?)`, { severity: 'warning' });
}
