import { Problem } from './problem.ts';
import { readSpfTerm, type SpfTerm } from './spf-grammar.ts';

/** A parsed record, terms in their order and spelling. */
export interface SpfRecord {
  /** 'v=spf1' as it is spelt. */
  readonly version: string;
  readonly terms: readonly SpfTerm[];
}

/** Mechanisms and modifiers that each cost one of the ten look-ups (RFC 7208 4.6.4). */
const COSTLY = new Set(['include', 'a', 'mx', 'ptr', 'exists', 'redirect']);
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
  return { version: txt.slice(0, 6), terms: words.map(parseTerm) };
}

function parseTerm(text: string): SpfTerm {
  const term = readSpfTerm(text);
  if (!('wrong' in term)) return term;
  throw new Problem('input', 'spf.syntax', `SPF: the term "${text}" ${term.wrong}.`, {
    fix: 'Correct the published record first; a broken one is never merged.',
  });
}

/** The record as text. */
export function formatSpf(record: SpfRecord): string {
  return [record.version, ...record.terms.map((term) => term.text)].join(' ');
}

/**
 * The record with these terms ('include:amazonses.com', 'a:mail.example.org'), each placed right before the final `all` or `redirect`;
 * order, spelling and policy of what stands there are kept. A term that is there already, with any qualifier, is left.
 * With neither `all` nor `redirect`, `~all` is added, so that the result says something about everybody else.
 */
export function mergeSpf(txt: string, wanted: readonly string[]): string {
  const { version, terms } = parseSpf(txt);
  const there = sendersIn(txt);
  const missing = wanted.filter((term) => !there.includes(term));
  if (missing.length === 0) return txt;
  const added = missing.map(parseTerm);
  const end = terms.findIndex((term) => term.name === 'all' || term.name === 'redirect');
  if (end >= 0) return formatSpf({ version, terms: [...terms.slice(0, end), ...added, ...terms.slice(end)] });
  const modifiers = terms.findIndex((term) => term.qualifier === undefined);
  const cut = modifiers < 0 ? terms.length : modifiers;
  return formatSpf({ version, terms: [...terms.slice(0, cut), ...added, parseTerm('~all'), ...terms.slice(cut)] });
}

/** The record without these terms ('include:amazonses.com'), whatever their qualifier; all others stay in their order and spelling. */
export function removeSpfTerms(txt: string, terms: readonly string[]): string {
  const { version, terms: all } = parseSpf(txt);
  const kept = all.filter((term) => !terms.includes(term.text.replace(/^[+?~-]/, '').toLowerCase()));
  return kept.length === all.length ? txt : formatSpf({ version, terms: kept });
}

/** A new record with these terms. */
export function buildSpf(terms: readonly string[]): string {
  return ['v=spf1', ...terms, '~all'].join(' ');
}

/** The terms of a record that are of the kinds which we write, in their one form: 'include:amazonses.com', 'a:mail.example.org'. */
export function sendersIn(txt: string): readonly string[] {
  return parseSpf(txt)
    .terms.filter(({ name, value }) => (name === 'include' || name === 'a') && value !== '' && !value.startsWith('/'))
    .map(({ name, value }) => `${name}:${value}`);
}

/** The domains whose SPF records a record draws in, for whoever gathers the tree. */
export function spfReferences(txt: string): string[] {
  if (!isSpf(txt)) return [];
  try {
    const { terms } = parseSpf(txt);
    const open = terms.some((term) => term.name === 'all');
    return terms
      .filter((term) => term.name === 'include' || (term.name === 'redirect' && !open))
      .map((term) => term.value)
      .filter((value) => value !== '' && !value.includes('%'));
  } catch {
    return [];
  }
}

/**
 * The worst case of DNS look-ups that evaluating `txt` costs, given the records it draws in (domain -> its SPF text).
 * `missing` names what the tree lacks, so that the number is a lower bound.
 */
export function countSpfLookups(
  txt: string,
  tree: ReadonlyMap<string, string>,
  path: readonly string[] = [],
): { lookups: number; missing: string[] } {
  let lookups = 0;
  const missing: string[] = [];
  const { terms } = parseSpf(txt);
  const open = terms.some((term) => term.name === 'all');
  for (const term of terms) {
    if (!COSTLY.has(term.name) || (term.name === 'redirect' && open)) continue;
    lookups += 1;
    if (term.name !== 'include' && term.name !== 'redirect') continue;
    const below = tree.get(term.value);
    if (path.includes(term.value)) continue; // a loop is an error of its own; counting it would not end
    if (below === undefined) {
      // A macro names another domain for each message: nobody can look it up beforehand.
      if (!term.value.includes('%')) missing.push(term.value);
      continue;
    }
    try {
      const nested = countSpfLookups(below, tree, [...path, term.value]);
      lookups += nested.lookups;
      missing.push(...nested.missing);
    } catch {
      missing.push(term.value);
    }
  }
  return { lookups, missing };
}
