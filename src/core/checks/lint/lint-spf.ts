import { nearest } from '../../nearest.ts';
import { isSpf, SPF_LOOKUP_LIMIT, termKey, termsThatCount } from '../../records/spf.ts';
import { readSpfTerm, type SpfTerm } from '../../records/spf-grammar.ts';
import type { Check } from '../check.ts';
import { finding } from '../finding.ts';
import { isReserved } from './reserved-ranges.ts';

/** Mechanisms and modifiers that each cost one of the ten look-ups (RFC 7208 4.6.4). */
const COSTLY = ['include', 'a', 'mx', 'ptr', 'exists', 'redirect'];
const GLUED = /[^=](?:include|a|mx|ip4|ip6|exists):/i;
/** No top-level domain ends like this; an unknown modifier may. */
const GLUED_ALL = /^(?:[^=]*|(?:redirect|exp)=.*)[^\s+?~-][+?~-]all$/i;
/** Macros that are another text for each sender or host; %{d} and %{v} are not. */
const DEPENDS = /%\{[slopih]/i;

/** A term that is as much as +all. */
export const EVERYBODY = { fix: 'Take the term out, or name the hosts that send.' } as const;

/** What is wrong with an SPF record by itself; nothing is looked up. `strings`: its strings in DNS, where they are known. Pure. */
export function lintSpf(text: string, strings: readonly string[] = []): Check[] {
  const long = strings.findIndex((one) => one.length > 255);
  const found = [
    ...(long < 0 ? [] : [finding('spf.length-string', `string ${long + 1} has ${strings[long]?.length} bytes`)]),
    ...lengthOf(text),
  ];
  if (!isSpf(text))
    return [...(/^spf2\.0/i.test(text) ? [finding('spf.senderid', text)] : [versionFault(text)]), ...found];
  const words = text
    .slice(6)
    .split(' ')
    .filter((word) => word !== '');
  const terms: SpfTerm[] = [];
  // A misspelt end is one fault, and not a lacking one, too.
  const isEndBroken = words.some(
    (word) => GLUED_ALL.test(word) || ('wrong' in readSpfTerm(word) && /^[+?~-]?al|^redir/i.test(word)),
  );
  for (const word of words) {
    const term = readSpfTerm(word);
    if (isGlued(word))
      found.push(finding('spf.chunks', `"${word}" is two terms without a space between them`, endGlued(word)));
    else if ('wrong' in term) found.push(finding('spf.syntax', `the term "${word}" ${term.wrong}`));
    else terms.push(term);
  }
  return [...found, ...termFaults(terms).filter(({ id }) => id !== 'spf.all-missing' || !isEndBroken)];
}

/** Two terms in one word, as where the strings of a TXT record were split without the space: 'include:a.testinclude:b.test'. */
export function isGlued(word: string): boolean {
  return GLUED.test(word.replace(/^[+?~-]?[a-z0-9]+:/i, '')) || GLUED_ALL.test(word);
}

function endGlued(word: string): { fix?: string } {
  const [end] = (GLUED_ALL.test(word) && /[+?~-]all$/i.exec(word)) || [];
  return end === undefined ? {} : { fix: `Write a space before "${end}".` };
}

function versionFault(text: string): Check {
  const after = /^v=spf1(.)/i.exec(text)?.[1];
  const why =
    after === undefined ? 'it does not begin with "v=spf1 "' : `behind "v=spf1" stands "${after}" and no space`;
  return finding('spf.syntax', `${JSON.stringify(text.slice(0, 40))}: ${why}`, {
    fix: 'Begin the record with "v=spf1 ", without quotes of its own.',
  });
}

function lengthOf(text: string): Check[] {
  if (text.length <= 450) return [];
  const severity = text.length > 512 ? 'warning' : 'advice';
  return [finding('spf.length', `${text.length} bytes`, { severity })];
}

function termFaults(terms: readonly SpfTerm[]): Check[] {
  const found: Check[] = [];
  const end = terms.findIndex(({ name }) => name === 'all');
  const all = terms[end];
  const redirect = terms.find(({ name }) => name === 'redirect');
  if (all?.qualifier === '+') found.push(finding('spf.all-pass', `"${all.text}"`));
  if (all?.qualifier === '?') found.push(finding('spf.all-neutral', `"${all.text}"`));
  if (!all && !redirect) found.push(finding('spf.all-missing', 'neither all nor redirect'));
  if (all && redirect) found.push(finding('spf.redirect-all', `"${redirect.text}" beside "${all.text}"`));
  const behind = all ? terms.slice(end + 1).filter(({ qualifier }) => qualifier !== undefined) : [];
  if (behind.length > 0) found.push(finding('spf.after-all', behind.map(({ text }) => text).join(' ')));
  for (const name of ['redirect', 'exp']) {
    const several = terms.filter((term) => term.name === name);
    if (several.length > 1) found.push(finding('spf.modifier-twice', several.map(({ text }) => text).join(' ')));
  }
  const read = termsThatCount(terms);
  for (const [value, same] of Map.groupBy(
    read.filter(({ name }) => name === 'include'),
    (term) => term.value,
  ))
    if (same.length > 1) found.push(finding('spf.include-twice', `include:${value} stands ${same.length} times`));
  found.push(...repeated(read));
  for (const term of read) found.push(...oneTerm(term));
  const costly = read.filter(({ name }) => COSTLY.includes(name));
  if (costly.length > SPF_LOOKUP_LIMIT)
    found.push(finding('spf.lookups', `${costly.length} look-ups by the record’s own terms, of ${SPF_LOOKUP_LIMIT}`));
  return found;
}

/** The first of two terms alike decides, with whatever qualifier the second one stands there. An include is more than its own term. */
function repeated(terms: readonly SpfTerm[]): Check[] {
  const mechanisms = terms.filter(({ name, qualifier }) => qualifier !== undefined && name !== 'include');
  return [...Map.groupBy(mechanisms, termKey).values()].flatMap((same) =>
    same.length > 1 ? [finding('spf.term-twice', same.map(({ text }) => text).join(' '))] : [],
  );
}

function oneTerm(term: SpfTerm): Check[] {
  const { name, text, value, qualifier, cidr4, cidr6, domain } = term;
  const found: Check[] = [];
  if (qualifier === undefined) found.push(...misspeltModifier(term));
  if (name === 'ptr') found.push(finding('spf.ptr', `"${text}"`));
  if (domain !== undefined && /%\{[slp]/i.test(domain)) found.push(finding('spf.macro', `"${text}"`));
  if (domain !== undefined) found.push(...oddName(term, domain));
  if (isFixedExists(term)) found.push(finding('spf.exists-fixed', `"${text}"`));
  const passes = qualifier === '+';
  const four = name === 'ip4' || cidr4 !== undefined ? (cidr4 ?? 32) : 32;
  const six = name === 'ip6' || cidr6 !== undefined ? (cidr6 ?? 128) : 128;
  const address = value.split('/')[0] ?? '';
  if ((name === 'ip4' || name === 'ip6') && isReserved(address, name === 'ip4' ? four : six))
    found.push(finding('spf.private', `"${text}"`));
  else if (passes && (four === 0 || six === 0)) found.push(finding('spf.all-pass', `"${text}"`, EVERYBODY));
  else if (passes && (four < 16 || six < 32)) found.push(finding('spf.wide', `"${text}"`));
  return found;
}

/** An exists that asks for the same name whoever sends: it lets everybody pass, or nobody. */
export function isFixedExists({ name, domain }: SpfTerm): boolean {
  return name === 'exists' && domain !== undefined && !DEPENDS.test(domain);
}

/** The grammar lets a name have almost any character, DNS names of hosts and records of SPF have few: a comma, a URL, an address is a slip. */
function oddName({ name, text }: SpfTerm, domain: string): Check[] {
  const odd = /[^a-z0-9._-]/i.exec(domain.replace(/%\{[^}]*\}|%[%_-]/g, ''))?.[0];
  if (odd === undefined) return [];
  const severity = name === 'include' || name === 'redirect' ? 'error' : 'warning';
  return [finding('spf.odd-name', `"${text}" has ${JSON.stringify(odd)} in its name`, { severity })];
}

/** Unknown modifiers are allowed, and do nothing: one that looks like something else was meant as that. */
function misspeltModifier({ name, text }: SpfTerm): Check[] {
  if (name === 'v') return [finding('spf.modifier-unknown', `"${text}" in the middle (are these two records?)`)];
  const meant = name.endsWith('=') ? `${name.slice(0, -1)}:` : nearest(name, ['redirect']);
  if (meant === undefined || meant === name) return [];
  return [finding('spf.modifier-unknown', `"${text}" (is ${meant} meant?)`)];
}
