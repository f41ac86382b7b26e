import type { LiveRecord } from './dns.ts';
import { alreadyThere, creation, isOurs, type Merged, type MergeInput, merged, touch, update } from './merge-change.ts';
import { Problem } from './problem.ts';
import type { DesiredRecord } from './resource.ts';
import { countSpfLookups, isSpf, mergeSpf, SPF_LOOKUP_LIMIT, sendersIn } from './spf.ts';
import { showText } from './txt.ts';

/**
 * Our terms inside the one SPF record of a name. Other TXT values stay what they are; a second SPF record is never made;
 * a record that would cost more than ten look-ups afterwards is refused with the count.
 */
export function mergeSpfRecord(want: DesiredRecord, there: readonly LiveRecord[], input: MergeInput): Merged {
  const { name } = want.record;
  const conflict = (code: string, message: string, fix: string): Merged =>
    merged({ conflicts: [{ code, system: want.system, name, message, fix }] });
  const records = there.filter((record) => record.type === 'TXT' && isSpf(record.value));
  const [record, second] = records;
  if (!record) return merged({ changes: [creation(want, input.limits)] });
  if (second) {
    return conflict(
      'spf.multiple',
      `${name} has ${records.length} SPF records (${records.map((one) => `"${showText(one.value)}"`).join(' and ')}): receivers treat that as an error and use none of them.`,
      'Merge them into one record by hand, then run again.',
    );
  }
  try {
    const terms = sendersIn(want.record.value);
    const value = mergeSpf(record.value, terms);
    if (value === record.value) return termsThere(want, record, terms, input);
    const { lookups, missing } = countSpfLookups(value, input.spfTree);
    if (missing.length > 0 && lookups <= SPF_LOOKUP_LIMIT) {
      return conflict(
        'spf.unknown',
        `${name}: the look-ups of the SPF record can't be counted: ${[...new Set(missing)].join(', ')} can't be asked, or publishes no SPF record.`,
        'Run again when DNS answers, or remove the include if its owner is gone; spf.root: keep leaves the record alone.',
      );
    }
    if (lookups > SPF_LOOKUP_LIMIT) {
      return conflict(
        'spf.lookups',
        `${name}: with ${terms.map((term) => term.replace('include:', '')).join(', ')} the SPF record would cost ${lookups} DNS look-ups, receivers stop at ${SPF_LOOKUP_LIMIT} and treat it as an error.`,
        'Remove an include that no longer sends, or leave the root record alone (spf.root: keep): with a custom MAIL FROM, SES does not need it.',
      );
    }
    if (record.readOnly) {
      return conflict(
        'dns.read-only',
        `${name}: the SPF record is locked (${record.readOnly}).`,
        'Switch that feature off, then run again.',
      );
    }
    const grown = { ...want, record: { ...want.record, value } };
    if (isOurs(record, want, input.owned)) return merged({ changes: [update(grown, record, input.limits)] });
    const there = sendersIn(record.value);
    const added = terms.filter((term) => !there.includes(term));
    return merged({ changes: [touch(grown, record, ownTerms(want, added, input))] });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return conflict(
      error.code,
      `${name}: the published SPF record can't be merged. ${error.message}`,
      error.fix ?? 'Correct it by hand, then run again.',
    );
  }
}

/** The record stays whoever's it is; ours in it are the terms that we add, and those that we added before. */
function ownTerms(want: DesiredRecord, added: readonly string[], input: MergeInput) {
  const before = (input.owned.get(want.id) as { terms?: readonly string[] } | undefined)?.terms ?? [];
  const terms = [...new Set([...before, ...added])];
  return { name: want.record.name, type: 'TXT', terms };
}

/** Our terms are there already: with `adopt` the record is ours where it is just what we would have made, else the terms are. */
function termsThere(want: DesiredRecord, record: LiveRecord, terms: readonly string[], input: MergeInput): Merged {
  if (record.value === want.record.value) return alreadyThere(want, record, input);
  if (!input.adopt || input.owned.get(want.id) !== undefined) return merged();
  return merged({
    claims: [{ id: want.id, value: ownTerms(want, terms, input), why: 'names our senders already' }],
  });
}
