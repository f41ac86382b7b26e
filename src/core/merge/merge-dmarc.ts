import { type LiveRecord, sameData, showValue } from '../dns.ts';
import type { DmarcPolicy } from '../domain-spec.ts';
import {
  addReportAddresses,
  dmarcAddresses,
  isDmarc,
  isMeantAsDmarc,
  isWeaker,
  newAddresses,
  policyOf,
  setPolicy,
  unreadablePolicies,
} from '../records/dmarc.ts';
import { fromBytes, showText } from '../records/txt.ts';
import type { Conflict, DesiredRecord } from '../resource.ts';
import { mergeDmarcRecords, raiseDmarc } from './dmarc-merge.ts';
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

/**
 * The DMARC record: made where none is, nor anything that was meant as one. A published policy never gets weaker; somebody's record is raised, gets our report addresses, or
 * takes in the others at its name, only where a person said so, and keeps everything else. Our own follows the profile, but for a weaker
 * policy.
 */
export function mergeDmarc(want: DesiredRecord, there: readonly LiveRecord[], input: MergeInput): Merged {
  const published = there
    .filter((record) => record.type === 'TXT' && isDmarc(record.value))
    // In one order, whoever is asked: name servers answer in any.
    .toSorted((a, b) => (a.value < b.value ? -1 : 1));
  const [only, second] = published;
  // A CNAME (or a delegation of _dmarc) means that a service publishes the policy: it is theirs to say.
  const theirs = there.some((record) => record.type === 'CNAME' || record.type === 'NS');
  if (!only)
    return theirs || (input.limits.by === 'us' && there.some(isBroken))
      ? merged()
      : judged(want, creation(want, input.limits), there, input);
  if (published.some((record) => record.readOnly)) return merged();
  if (second) return theirs ? merged() : mergeSeveral(want, published, input);
  if (sameData(only, want.record)) return alreadyThere(want, only, input);
  if (isOurs(only, want, input.owned)) return mergeOwn(want, only, input);
  const unclear = input.raiseDmarc ? unreadablePolicies(only.value).filter((tag) => !tag.startsWith('p=')) : [];
  if (unclear.length > 0) return merged({ conflicts: [notRaised(want, only, unclear)] });
  const grown = grow(want, only.value, [only.value], input);
  if (grown.value === only.value) return merged();
  return judged(want, touch(withValue(want, grown), only, grown.owns), [only], input);
}

/** Whether sub-domains were meant to be spared, nobody can tell; and under a raised p= the record would count for none as before. */
function notRaised(
  { system, record: { name } }: DesiredRecord,
  only: LiveRecord,
  unclear: readonly string[],
): Conflict {
  return {
    code: 'dmarc.policy-invalid',
    system,
    name,
    message: `${name}: the policy of ${showValue(only)} is not raised: ${showText(unclear.join(' and '))} can't be read, and with it receivers act as with p=none, whatever p= says.`,
    fix: 'Write none, quarantine or reject there, or take the tag out, then run again.',
  };
}

/**
 * Somebody's record that is none by the letter. Receivers that take it for one would use neither it nor ours beside it: its check says what
 * is wrong. A person who enters records puts it right with ours.
 */
function isBroken({ type, value }: LiveRecord): boolean {
  return type === 'TXT' && isMeantAsDmarc(fromBytes(value));
}

const USED_AGAIN = 'receivers use the policy again: of several records they use none';

/** Of several, receivers use none: which one is right is for a person to say (its check does), or the strictest takes the others in. */
function mergeSeveral(want: DesiredRecord, published: readonly LiveRecord[], input: MergeInput): Merged {
  const merge = (all: readonly LiveRecord[]) => {
    const one = mergeDmarcRecords(all.map((record) => record.value));
    const theirs = all.filter((record) => !isOurs(record, want, input.owned)).map((record) => record.value);
    const grown = one && grow(want, one.value, theirs, input);
    return grown && { ...grown, effects: [USED_AGAIN, ...one.notes, ...grown.effects] };
  };
  const ordered = mergeOrder(published, want, input.owned, (all) => merge(all)?.value);
  const grown = input.mergeSeveral ? merge(ordered) : undefined;
  if (!grown) return merged();
  const part = judged(want, touch(withValue(want, grown), ordered[0], grown.owns), published, input);
  return merged({
    conflicts: part.conflicts,
    changes: part.changes.flatMap((change) => inOne(want, ordered, change, input.owned)),
  });
}

/** What a person asked for beside what is published: a stricter policy, our report addresses. Ours are those that `theirs` do not name. */
function grow(want: DesiredRecord, text: string, theirs: readonly string[], input: MergeInput) {
  const raised = input.raiseDmarc ? raiseDmarc(text, input.raiseDmarc) : { value: text, notes: [] };
  const wanted = dmarcAddresses(want.record.value, 'rua');
  const value = input.addReports ? addReportAddresses(raised.value, wanted) : raised.value;
  const ours = newAddresses(
    wanted,
    theirs.flatMap((one) => dmarcAddresses(one, 'rua')),
  ).filter((uri) => newAddresses([uri], dmarcAddresses(value, 'rua')).length === 0);
  return {
    value,
    effects: [
      ...(input.raiseDmarc && raised.value !== text ? [stricter(input.raiseDmarc), ...raised.notes] : []),
      ...(value === raised.value ? [] : ['reports go to these addresses, too']),
    ],
    owns: ours.length > 0 ? { name: want.record.name, type: 'TXT', rua: ours } : undefined,
  };
}

function withValue(
  want: DesiredRecord,
  { value, effects }: { value: string; effects: readonly string[] },
): DesiredRecord {
  return { ...want, record: { ...want.record, value }, effect: effects.join('; ') };
}

/** Ours, and the profile says something else by now: it is written, under the policy that is published unless a person raises it. */
function mergeOwn(want: DesiredRecord, only: LiveRecord, input: MergeInput): Merged {
  const published = policyOf(only.value);
  const raises = input.raiseDmarc !== undefined && isWeaker(only.value, policyOf(want.record.value));
  const value = raises ? want.record.value : setPolicy(want.record.value, published);
  if (value === only.value) return merged();
  const effects = [raises ? stricter(policyOf(value)) : 'nothing visible: what is reported, and to whom, changes'];
  return judged(want, update(withValue(want, { value, effects }), only, input.limits), [only], input);
}

function stricter(policy: DmarcPolicy): string {
  return `receivers ${policy} mail that neither SPF nor DKIM proves`;
}
