import { Problem } from '../problem.ts';
import { readSpfTerm, type SpfTerm } from './spf-grammar.ts';

/** A parsed record, terms in their order and spelling. */
export interface SpfRecord {
  /** 'v=spf1' as it is spelt. */
  readonly version: string;
  readonly terms: readonly SpfTerm[];
}

/** Mechanisms and modifiers together may cost so many look-ups (RFC 7208 4.6.4). */
export const SPF_LOOKUP_LIMIT = 10;

/** Whether a TXT value is an SPF record: 'v=spf1' alone or followed by a space, in any case (RFC 7208 4.5). */
export function isSpf(txt: string): boolean {
  return /^v=spf1(?: |$)/i.test(txt);
}

/** Parses a record's terms. Throws a Problem that points at the bad term. */
export function parseSpf(txt: string): SpfRecord {
  if (!isSpf(txt))
    throw new Problem('input', 'spf.version', `"${txt}" is no SPF record: it must begin with "v=spf1 ".`);
  const words = txt
    .slice(6)
    .split(' ')
    .filter((word) => word !== '');
  return { version: txt.slice(0, 6), terms: words.map(parseSpfTerm) };
}

/** One term. Throws a Problem that points at it. */
export function parseSpfTerm(text: string): SpfTerm {
  const term = readSpfTerm(text);
  if (!('wrong' in term)) return term;
  throw new Problem('input', 'spf.syntax', `SPF: the term "${text}" ${term.wrong}.`, {
    fix: 'Correct the published record first; a broken one is never merged.',
  });
}

/** The terms that receivers read: behind `all` no mechanism, and beside it no redirect (RFC 7208 5.1, 6.1). */
export function termsThatCount(terms: readonly SpfTerm[]): readonly SpfTerm[] {
  const end = terms.findIndex(({ name }) => name === 'all');
  if (end < 0) return terms;
  return terms.filter(({ name, qualifier }, at) => (qualifier === undefined ? name !== 'redirect' : at <= end));
}

/** The record as text. */
export function formatSpf(record: SpfRecord): string {
  return [record.version, ...record.terms.map((term) => term.text)].join(' ');
}

/** The record without these terms ('include:amazonses.com'), whatever their qualifier; all others stay in their order and spelling. */
export function removeSpfTerms(txt: string, terms: readonly string[]): string {
  const { version, terms: all } = parseSpf(txt);
  const kept = all.filter((term) => !terms.includes(termKey(term)));
  return kept.length === all.length ? txt : formatSpf({ version, terms: kept });
}

/** A new record with these terms. */
export function buildSpf(terms: readonly string[]): string {
  return ['v=spf1', ...terms, '~all'].join(' ');
}

/**
 * What a term matches, in one spelling: 'include:amazonses.com', 'ip4:192.0.2.1', 'a:/24'. Qualifier, case, a final dot and the
 * lengths that count without being written (/32, //128) are left out. A modifier, and a name with macros, is as it is spelt.
 */
export function termKey({ text, qualifier, name, value, domain, cidr4 = 32, cidr6 = 128 }: SpfTerm): string {
  if (qualifier === undefined || domain?.includes('%')) return text.replace(/^[+?~-]/, '');
  const address = name.startsWith('ip') ? value.split('/')[0] : undefined;
  const plain = name === 'ip6' ? new URL(`http://[${address}]`).hostname.slice(1, -1) : (address ?? domain ?? '');
  return `${name}:${plain}${cidr4 === 32 ? '' : `/${cidr4}`}${cidr6 === 128 ? '' : `//${cidr6}`}`;
}

/** The terms of a record that are of the kinds which we write, in their one form: 'include:amazonses.com', 'a:mail.example.org'. */
export function sendersIn(txt: string): readonly string[] {
  return parseSpf(txt)
    .terms.filter(({ name, domain }) => (name === 'include' || name === 'a') && domain !== undefined)
    .map(termKey);
}

/** The terms of a record that name a wanted sender and do not let it pass, as they are spelt: '?include:amazonses.com'. */
export function refusedSenders(txt: string, wanted: string): readonly string[] {
  const senders = sendersIn(wanted);
  try {
    const named = parseSpf(txt).terms.filter((term) => senders.includes(termKey(term)));
    return named.filter(({ qualifier }) => qualifier !== '+').map(({ text }) => text);
  } catch {
    return [];
  }
}

/** The domains whose SPF records a record draws in, for whoever gathers the tree. */
export function spfReferences(txt: string): string[] {
  if (!isSpf(txt)) return [];
  try {
    return termsThatCount(parseSpf(txt).terms)
      .filter(({ name }) => name === 'include' || name === 'redirect')
      .map((term) => term.value)
      .filter((value) => value !== '' && !value.includes('%'));
  } catch {
    return [];
  }
}
