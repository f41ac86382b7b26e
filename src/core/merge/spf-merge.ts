import { Problem } from '../problem.ts';
import { formatSpf, parseSpf, parseSpfTerm, type SpfRecord, termKey } from '../records/spf.ts';
import type { SpfTerm } from '../records/spf-grammar.ts';

/** A record that came of others. */
export interface MergedSpf {
  readonly value: string;
  /** What became of terms beside those that were asked for, as clauses for a person. */
  readonly notes: readonly string[];
}

type RecordOf = (domain: string) => string | undefined;

/**
 * One record of all these, with the wanted terms ('include:amazonses.com', 'a:mail.example.org') right before its `all`, else behind its
 * last mechanism. Order, spelling and policy stay; a term that is there, with any qualifier, is left. Without `all` and `redirect`, `~all`
 * is added, so that the result says something about everybody else. One record that has the wanted terms is left to the letter.
 * Throws a Problem where a record can't be read, or the order of two decides who passes. `recordOf`: the SPF record of another domain, as
 * far as it is known.
 */
export function mergeSpf(
  records: readonly string[],
  wanted: readonly string[],
  recordOf: RecordOf = () => undefined,
): MergedSpf {
  const parsed = records.map(parseSpf);
  const [only, second] = parsed;
  const notes: string[] = [];
  const record = only && !second ? only : joined(parsed, notes, recordOf);
  const { head, tail } = split(record);
  const there = new Set(head.map(termKey));
  const added = wanted.map(parseSpfTerm).filter((term) => !there.has(termKey(term)));
  if (added.length === 0 && records.length === 1) return { value: records[0] ?? '', notes };
  const all = tail.find(({ name }) => name === 'all');
  const redirect = record.terms.some(({ name }) => name === 'redirect');
  const end = all || redirect ? [] : [parseSpfTerm('~all')];
  if (all?.qualifier === '+') notes.push(`"${all.text}" lets every host pass: change it to ~all when you can`);
  const terms = withoutIdle([...head, ...added, ...end, ...tail], all !== undefined, notes);
  return { value: formatSpf({ version: record.version, terms }), notes };
}

/** What is tried before everybody else is judged, and the rest. */
function split({ terms }: SpfRecord): { head: readonly SpfTerm[]; tail: readonly SpfTerm[] } {
  const all = terms.findIndex(({ name }) => name === 'all');
  const cut = all >= 0 ? all : terms.findLastIndex(({ qualifier }) => qualifier !== undefined) + 1;
  return { head: terms.slice(0, cut), tail: terms.slice(cut) };
}

/** Terms that do nothing go where a record is written anyway: a mechanism after one like it, and a redirect beside `all`. */
function withoutIdle(terms: readonly SpfTerm[], hasAll: boolean, notes: string[]): readonly SpfTerm[] {
  const first = new Map<string, SpfTerm>();
  return terms.filter((term) => {
    if (term.name === 'redirect' && hasAll) {
      notes.push(idle(term));
      return false;
    }
    if (term.qualifier === undefined) return true;
    const before = first.get(termKey(term));
    if (before === undefined) first.set(termKey(term), term);
    else if (before.qualifier === term.qualifier) notes.push(`the second "${term.text}" goes`);
    else notes.push(`"${term.text}" goes: "${before.text}" stands before it`);
    return before === undefined;
  });
}

/**
 * Several records as one in which everybody passes who passes by one of them alone. So the one that refuses somebody by a term comes last,
 * and a redirect that can't be the end becomes an include. `all` is the mildest of theirs, but never +all; a record that draws in its end by
 * redirect has that one, so that nobody is refused who was not.
 */
function joined(records: readonly SpfRecord[], notes: string[], recordOf: RecordOf): SpfRecord {
  const refuses = (record: SpfRecord) =>
    split(record).head.some(({ qualifier }) => qualifier !== undefined && qualifier !== '+');
  const refusing = records.filter(refuses);
  if (refusing.length > 1)
    throw new Problem('conflict', 'spf.order', `SPF: ${refusing.length} of the records name hosts that do not pass.`, {
      fix: 'The order of the terms decides who passes then: merge them by hand, then run again.',
    });
  const ordered = [...records.filter((record) => !refuses(record)), ...refusing];
  const own = ordered.map(({ terms }) => terms.find(({ name }) => name === 'all'));
  const drawn = ordered.map((record, index) => (own[index] ? undefined : endOf(record, recordOf)));
  // Where all have their end elsewhere, and not one of them is milder than another, the last can stay as it is.
  const isAlike = new Set(drawn.flatMap((end) => end?.text ?? [])).size <= 1;
  const ends = own.flatMap((all, index) => all ?? drawn[index] ?? []);
  const all = own.some((one) => one !== undefined) || !isAlike ? mildest(ends, notes) : undefined;
  const parts = ordered.map((record, index) => {
    const { head, tail } = split(record);
    const hasAll = tail[0]?.name === 'all';
    const behind = hasAll ? tail.slice(1).filter(({ qualifier }) => qualifier !== undefined) : [];
    if (behind.length > 0) notes.push(`"${behind.map(({ text }) => text).join(' ')}" goes: behind all it does nothing`);
    const redirect = record.terms.find(({ name }) => name === 'redirect');
    const stays = all === undefined && index === ordered.length - 1;
    if (redirect && hasAll) notes.push(idle(redirect));
    const drawsIn = redirect && !hasAll && !stays ? [asInclude(redirect, notes)] : [];
    return {
      mechanisms: [...head.filter(({ qualifier }) => qualifier !== undefined), ...drawsIn],
      modifiers: record.terms.filter(
        ({ name, qualifier }) => qualifier === undefined && (name !== 'redirect' || (!hasAll && stays)),
      ),
    };
  });
  const modifiers = parts.flatMap((part) => part.modifiers);
  const [explains, ...others] = modifiers.filter(({ name }) => name === 'exp');
  for (const { text } of others) if (text !== explains?.text) notes.push(`"${text}" goes: a record has one`);
  return {
    version: ordered[0]?.version ?? 'v=spf1',
    terms: [
      ...parts.flatMap((part) => part.mechanisms),
      ...(all ? [all] : []),
      ...modifiers.filter(({ name }) => name !== 'exp'),
      ...(explains ? [explains] : []),
    ],
  };
}

/** How a record without `all` ends: as the target of its redirect; where nobody knows, or it does not end at all, as if by ~all. */
function endOf({ terms }: SpfRecord, recordOf: RecordOf, hops = 0): SpfTerm | undefined {
  const soft = parseSpfTerm('~all');
  const target = terms
    .find(({ name }) => name === 'redirect')
    ?.domain?.toLowerCase()
    .replace(/\.$/, '');
  const text = target === undefined || hops > 10 ? undefined : recordOf(target);
  if (text === undefined) return soft;
  try {
    const record = parseSpf(text);
    const all = record.terms.find(({ name }) => name === 'all');
    // As an include it lets everybody pass, whatever stands at the end.
    if (all?.qualifier === '+') return undefined;
    return all ?? endOf(record, recordOf, hops + 1);
  } catch {
    return soft;
  }
}

function idle({ text }: SpfTerm): string {
  return `"${text}" goes: beside all it does nothing`;
}

function asInclude(redirect: SpfTerm, notes: string[]): SpfTerm {
  const text = `include:${redirect.text.slice(redirect.text.indexOf('=') + 1)}`;
  notes.push(`"${redirect.text}" becomes "${text}", which passes the same hosts`);
  return parseSpfTerm(text);
}

/** The mildest of -all, ~all and ?all; undefined where no record has one. */
function mildest(ends: readonly SpfTerm[], notes: string[]): SpfTerm | undefined {
  const limits = ends.filter(({ qualifier }) => qualifier !== '+');
  const open = ends.find(({ qualifier }) => qualifier === '+');
  if (open) notes.push(`"${open.text}", which lets every host pass, goes`);
  const chosen = ['?', '~', '-'].flatMap((mild) => limits.find(({ qualifier }) => qualifier === mild) ?? [])[0];
  const spelt = new Set(limits.map(({ qualifier }) => qualifier));
  if (chosen && spelt.size > 1) notes.push(`"${chosen.text}" is the mildest of their ends`);
  return chosen ?? (open ? parseSpfTerm('~all') : undefined);
}
