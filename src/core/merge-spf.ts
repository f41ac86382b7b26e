import type { LiveRecord } from './dns.ts';
import { alreadyThere, creation, isOurs, type Merged, type MergeInput, merged, touch, update } from './merge-change.ts';
import { Problem } from './problem.ts';
import type { DesiredRecord } from './resource.ts';
import { countSpfLookups, isSpf, mergeSpf, parseSpf, SPF_LOOKUP_LIMIT } from './spf.ts';
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
    const includes = parseSpf(want.record.value)
      .terms.filter((term) => term.name === 'include')
      .map((term) => term.value);
    const value = mergeSpf(record.value, includes);
    if (value === record.value) return termsThere(want, record, includes, input);
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
        `${name}: with ${includes.join(', ')} the SPF record would cost ${lookups} DNS look-ups, receivers stop at ${SPF_LOOKUP_LIMIT} and treat it as an error.`,
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
    const added = includes.filter((domain) => !namesInclude(record.value, domain));
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
function ownTerms(want: DesiredRecord, includes: readonly string[], input: MergeInput) {
  const before = (input.owned.get(want.id) as { terms?: readonly string[] } | undefined)?.terms ?? [];
  const terms = [...new Set([...before, ...includes.map((domain) => `include:${domain}`)])];
  return { name: want.record.name, type: 'TXT', terms };
}

function namesInclude(txt: string, domain: string): boolean {
  return parseSpf(txt).terms.some((term) => term.name === 'include' && term.value === domain);
}

/** Our terms are there already: with `adopt` the record is ours where it is just what we would have made, else the terms are. */
function termsThere(want: DesiredRecord, record: LiveRecord, includes: readonly string[], input: MergeInput): Merged {
  if (record.value === want.record.value) return alreadyThere(want, record, input);
  if (!input.adopt || input.owned.get(want.id) !== undefined) return merged();
  return merged({
    claims: [{ id: want.id, value: ownTerms(want, includes, input), why: 'names our senders already' }],
  });
}
