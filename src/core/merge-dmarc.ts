import { addReportAddresses, dmarcAddresses, isDmarc, isWeaker, policyOf, raiseDmarc, setPolicy } from './dmarc.ts';
import { type LiveRecord, sameData } from './dns.ts';
import type { DmarcPolicy } from './domain-spec.ts';
import { alreadyThere, creation, isOurs, type Merged, type MergeInput, merged, touch, update } from './merge-change.ts';
import type { DesiredRecord } from './resource.ts';

/**
 * The DMARC record: made where none is. A published policy never gets weaker; somebody's record is raised, or gets our report
 * addresses, only where a person said so, and keeps everything else. Our own follows the profile, but for a weaker policy.
 */
export function mergeDmarc(want: DesiredRecord, there: readonly LiveRecord[], input: MergeInput): Merged {
  const published = there.filter((record) => record.type === 'TXT' && isDmarc(record.value));
  const [only, second] = published;
  // A CNAME (or a delegation of _dmarc) means that a service publishes the policy: it is theirs to say.
  const theirs = there.some((record) => record.type === 'CNAME' || record.type === 'NS');
  if (!only) return theirs ? merged() : merged({ changes: [creation(want, input.limits)] });
  // Of several, receivers use none: which one is right is for a person to say (its check does).
  if (second || only.readOnly) return merged();
  if (sameData(only, want.record)) return alreadyThere(want, only, input);
  if (isOurs(only, want, input.owned)) return mergeOwn(want, only, input);

  const policy = input.raiseDmarc;
  const raised = policy ? raiseDmarc(only.value, policy) : only.value;
  const wanted = input.addReports ? dmarcAddresses(want.record.value, 'rua') : [];
  const added = wanted.filter((uri) => !dmarcAddresses(raised, 'rua').includes(uri));
  const value = addReportAddresses(raised, added);
  if (value === only.value) return merged();
  const effects = [
    ...(policy && raised !== only.value ? [stricter(policy)] : []),
    ...(added.length > 0 ? ['reports go to these addresses, too'] : []),
  ];
  const grown = { ...want, record: { ...want.record, value }, effect: effects.join('; ') };
  const owns = added.length > 0 ? { name: want.record.name, type: 'TXT', rua: added } : undefined;
  return merged({ changes: [touch(grown, only, owns)] });
}

/** Ours, and the profile says something else by now: it is written, under the policy that is published unless a person raises it. */
function mergeOwn(want: DesiredRecord, only: LiveRecord, input: MergeInput): Merged {
  const published = policyOf(only.value);
  const raises = input.raiseDmarc !== undefined && isWeaker(only.value, policyOf(want.record.value));
  const value = raises ? want.record.value : setPolicy(want.record.value, published);
  if (value === only.value) return merged();
  const effect = raises ? stricter(policyOf(value)) : 'nothing visible: what is reported, and to whom, changes';
  return merged({ changes: [update({ ...want, record: { ...want.record, value }, effect }, only, input.limits)] });
}

function stricter(policy: DmarcPolicy): string {
  return `receivers ${policy} mail that neither SPF nor DKIM proves`;
}
