import { lintSpf } from '../checks/lint/lint-spf.ts';
import { type LiveRecord, sameData, showValue } from '../dns.ts';
import { Problem } from '../problem.ts';
import { isSpf, sendersIn } from '../records/spf.ts';
import { correctSpf, isMeantAsSpf } from '../records/spf-corrections.ts';
import { fromBytes, showText } from '../records/txt.ts';
import type { Conflict, DesiredRecord } from '../resource.ts';
import {
  alreadyThere,
  creation,
  inOne,
  isOurs,
  type Merged,
  type MergeInput,
  merged,
  mergeOrder,
  touch,
  update,
} from './merge-change.ts';
import { judged } from './merge-verdict.ts';
import { mergeSpf } from './spf-merge.ts';

/** Faults by which receivers use nothing of a record. */
const BROKEN = ['spf.syntax', 'spf.chunks', 'spf.modifier-twice'];

/**
 * Our terms inside the one SPF record of a name. Other TXT values stay what they are, and a second SPF record is never made. Several
 * become one where a person said so. A default is wanted only where no record is.
 */
export function mergeSpfRecord(want: DesiredRecord, there: readonly LiveRecord[], input: MergeInput): Merged {
  const texts = there.filter((record) => record.type === 'TXT');
  // In one order, whoever is asked: name servers answer in any.
  const records = texts.filter(({ value }) => isSpf(value)).toSorted((a, b) => (a.value < b.value ? -1 : 1));
  const meant = texts.filter(({ value }) => isMeantAsSpf(fromBytes(value)));
  const [record] = records;
  const broken = (record ? records : meant).flatMap((one) => brokenConflict(want, one) ?? [])[0];
  const isWanted = want.firmness === 'spf';
  if (broken && (isWanted || !record)) return merged({ conflicts: [broken] });
  if (!record) return judged(want, creation(want, input.limits), there, input);
  if (records.length > 1) return isWanted || input.mergeSeveral ? mergeSeveral(want, records, input) : merged();
  if (!isWanted) return sameData(record, want.record) ? alreadyThere(want, record, input) : merged();

  const terms = sendersIn(want.record.value);
  const { value, notes } = mergeSpf([record.value], terms);
  if (value === record.value) return termsThere(want, record, terms, input);
  if (record.readOnly) return merged({ conflicts: [locked(want, record.readOnly)] });
  const grown = { ...want, record: { ...want.record, value }, effect: [want.effect, ...notes].join('; ') };
  const change = isOurs(record, want, input.owned)
    ? update(grown, record, input.limits)
    : touch(grown, record, ownTerms(want, [record], terms, input));
  return judged(want, change, [record], input);
}

/** One record of several, or a conflict that shows it. */
function mergeSeveral(want: DesiredRecord, records: readonly LiveRecord[], input: MergeInput): Merged {
  const { system } = want;
  const { name } = want.record;
  const problem = `${name} has ${records.length} SPF records (${records.map(showValue).join(' and ')}): receivers treat that as an error and use none of them.`;
  const conflict = (more: string, fix: string): Merged =>
    merged({ conflicts: [{ code: 'spf.multiple', system, name, message: `${problem} ${more}`.trim(), fix }] });
  const reason = records.find(({ readOnly }) => readOnly !== undefined)?.readOnly;
  if (reason !== undefined) return merged({ conflicts: [locked(want, reason)] });
  const terms = want.firmness === 'spf' ? sendersIn(want.record.value) : [];
  const theirs = records.filter((one) => !isOurs(one, want, input.owned));
  const merge = (all: readonly LiveRecord[]) =>
    mergeSpf(
      all.map((one) => one.value),
      terms,
      (domain) => input.spfTree.get(domain),
    );
  try {
    const ordered = mergeOrder(records, want, input.owned, (all) => merge(all).value);
    const { value, notes } = merge(ordered);
    const effect = ['receivers use SPF again: of several records they use none', ...notes].join('; ');
    const grown = { ...want, record: { ...want.record, value }, effect };
    const kept = touch(grown, ordered[0], ownTerms(want, theirs, terms, input));
    const {
      conflicts: [refused],
      changes: [change = kept],
    } = judged(want, kept, records, input);
    const merges = `Merged, they are ${showValue(grown.record)}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`;
    if (refused) return conflict(`${merges}, which is not written: ${refused.message}`, refused.fix);
    if (!input.mergeSeveral)
      return conflict(
        `${merges}.`,
        'Run with --merge-several to write that one and delete the others, or merge them by hand, then run again.',
      );
    return merged({ changes: inOne(want, ordered, change, input.owned) });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return conflict(`They can't be merged: ${error.message}`, error.fix ?? 'Merge them by hand, then run again.');
  }
}

function brokenConflict({ system, record: { name } }: DesiredRecord, record: LiveRecord): Conflict | undefined {
  const text = fromBytes(record.value);
  const fault = lintSpf(text).find(({ id }) => BROKEN.includes(id));
  if (!fault) return undefined;
  const meant = correctSpf(text);
  return {
    code: fault.id,
    system,
    name,
    message: `${name}: the published SPF record ${showValue(record)} can't be merged: ${showText(fault.seen[0]?.value ?? '')}.`,
    fix:
      meant === undefined
        ? 'Correct the published record first; a broken one is never merged.'
        : `Correct it by hand, then run again. Probably meant: "${meant}".`,
  };
}

function locked({ system, record: { name } }: DesiredRecord, reason: string): Conflict {
  return {
    code: 'dns.read-only',
    system,
    name,
    message: `${name}: the SPF record is locked (${reason}).`,
    fix: 'Switch that feature off, then run again.',
  };
}

/** The record stays whoever's it is; ours in it are the terms that we add to what is theirs, and those that we added before. */
function ownTerms(
  want: DesiredRecord,
  theirs: readonly LiveRecord[],
  terms: readonly string[],
  { owned }: Pick<MergeInput, 'owned'>,
) {
  const there = theirs.flatMap(({ value }) => sendersIn(value));
  const before = (owned.get(want.id) as { terms?: readonly string[] } | undefined)?.terms ?? [];
  const added = terms.filter((term) => !there.includes(term));
  return { name: want.record.name, type: 'TXT', terms: [...new Set([...before, ...added])] };
}

/** Our terms are there already: with `adopt` the record is ours where it is just what we would have made, else the terms are. */
function termsThere(want: DesiredRecord, record: LiveRecord, terms: readonly string[], input: MergeInput): Merged {
  if (record.value === want.record.value) return alreadyThere(want, record, input);
  if (!input.adopt || input.owned.get(want.id) !== undefined) return merged();
  return merged({
    claims: [{ id: want.id, value: ownTerms(want, [], terms, input), why: 'names our senders already' }],
  });
}
