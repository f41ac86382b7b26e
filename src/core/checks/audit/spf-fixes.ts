import { mergeSpf } from '../../merge/spf-merge.ts';
import { isSpf, SPF_LOOKUP_LIMIT } from '../../records/spf.ts';
import { correctSpf } from '../../records/spf-corrections.ts';
import { fromBytes, toBytes } from '../../records/txt.ts';
import { publish } from '../finding.ts';
import { lintSpf } from '../lint/lint-spf.ts';
import { follow, type See } from './see.ts';
import { spfTree } from './spf-tree.ts';

/** A record that can't be read, as it was evidently meant; undefined where that is not evident. */
export function meantSpf(text: string): string | undefined {
  const meant = correctSpf(text);
  return meant !== undefined && lintSpf(meant).every(({ id }) => id !== 'spf.modifier-twice') ? meant : undefined;
}

/** The way out of a record that can't be read. */
export function meantInstead(name: string, text: string): { fix?: string } {
  const meant = meantSpf(text);
  return meant === undefined ? {} : { fix: `${publish(name, meant)} in its place: that was probably meant.` };
}

/** The way out of several records at a name of `domain`: the one that they would be, where their order decides nothing. */
export function oneInstead(name: string, records: readonly string[], domain: string, see: See): { fix: string } {
  const plan = `Where the profile writes SPF here, \`mailwright plan ${domain} --merge-several\` shows the one, and \`up\` with it writes it.`;
  const one = together(records, [], (at) => follow(see, at, 'TXT').answer.values.map(fromBytes).find(isSpf));
  if (one === undefined) return { fix: `Merge them into one. ${plan}` };
  const alone: See = (at, type) =>
    at === name && type === 'TXT' ? { status: 'present', values: [toBytes(one)], servers: [] } : see(at, type);
  const { lookups } = spfTree(name, alone);
  const way =
    lookups > SPF_LOOKUP_LIMIT
      ? `Together they are "${one}", which costs ${lookups} look-ups: take out what no longer sends, publish the rest as one`
      : publish(name, one);
  return { fix: `${way} and delete the others. ${plan}` };
}

/** The way out of a record that lacks a sender: the record with it, right before its end. */
export function withSender(name: string, record: string, term: string): { fix: string } {
  // A sign before it lets nobody pass, and a DNS host that was given no final dot has made another name of it.
  const spelt = term.replaceAll('.', '\\.');
  const plain = record.replace(new RegExp(` (?:[-~?]${spelt}\\.?|${spelt}\\.[^ .]\\S*)(?= |$)`, 'i'), ` ${term}`);
  const grown = together([plain], [term]);
  return {
    fix:
      grown === undefined ? `Write ${term} into the record, before its all.` : `${publish(name, grown)} in its place.`,
  };
}

function together(
  records: readonly string[],
  terms: readonly string[],
  recordOf?: (domain: string) => string | undefined,
): string | undefined {
  try {
    return mergeSpf(records.toSorted(), terms, recordOf).value;
  } catch {
    // One of them can't be read, or a person has to decide.
    return undefined;
  }
}
