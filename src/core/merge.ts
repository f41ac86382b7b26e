import { isDmarc, raiseDmarc } from './dmarc.ts';
import { type LiveRecord, sameData, showValue } from './dns.ts';
import type { Limits } from './dns-provider.ts';
import { creation, deletion, foreign, isOurs, type Merged, type MergeInput, touch, update } from './merge-change.ts';
import { mergeMx } from './merge-mx.ts';
import { mergeSpfRecord } from './merge-spf.ts';
import type { Conflict, DesiredRecord } from './resource.ts';
import { isSpf } from './spf.ts';

/**
 * The one place where what systems want published meets what is live in a zone. Pure.
 * Every foreign value is kept; what can't be had without touching one is a conflict, and all conflicts are found at once.
 * Merging a second time, after the changes were made, changes nothing.
 */
export function mergeRecords(input: MergeInput): Merged {
  const parts: Merged[] = [];
  const inbound = input.desired.filter((want) => want.firmness === 'mx');
  if (inbound.length > 0) parts.push(mergeMx(inbound, input));
  for (const want of input.desired) {
    if (want.firmness !== 'mx') parts.push(mergeOne(want, input));
  }
  const changes = parts.flatMap((part) => part.changes);
  const conflicts = [...parts.flatMap((part) => part.conflicts), ...limitConflicts(input.desired, input.limits)];
  return { changes, conflicts };
}

function mergeOne(want: DesiredRecord, input: MergeInput): Merged {
  const there = input.live.filter((record) => record.name === want.record.name);
  const blocked = exclusivity(want, there, input);
  if (want.firmness === 'default') return mergeDefault(want, there, input);
  if (blocked) return { changes: [], conflicts: [blocked] };
  if (want.firmness === 'spf') return mergeSpfRecord(want, there, input);
  if (want.record.type === 'CNAME' || want.firmness === 'single') return mergeSingle(want, there, input);
  const same = there.find((record) => sameData(record, want.record));
  return same ? none() : { changes: [creation(want, input.limits)], conflicts: [] };
}

/** Only where nothing of its kind is published. A weaker DMARC policy is raised where a person said so, its other tags kept. */
function mergeDefault(want: DesiredRecord, there: readonly LiveRecord[], input: MergeInput): Merged {
  const kind = isSpf(want.record.value) ? isSpf : isDmarc;
  const published = there.filter((record) => record.type === 'TXT' && kind(record.value));
  const [only, second] = published;
  if (only && !second && kind === isDmarc && input.raiseDmarc && !only.readOnly) {
    const value = raiseDmarc(only.value, input.raiseDmarc);
    if (value !== only.value) {
      const raised = {
        ...want,
        record: { ...want.record, value },
        effect: `receivers ${input.raiseDmarc} mail that neither SPF nor DKIM proves`,
      };
      return { changes: [touch(raised, only, null)], conflicts: [] };
    }
  }
  // A CNAME (or a delegation of _dmarc) means that a service publishes the policy: it is theirs to say.
  const theirs = there.some((record) => record.type === 'CNAME' || (record.type === 'NS' && kind === isDmarc));
  return only || theirs ? none() : { changes: [creation(want, input.limits)], conflicts: [] };
}

/** Exactly this record and no other of its type: a CNAME, or the one MX of a MAIL FROM name. */
function mergeSingle(want: DesiredRecord, there: readonly LiveRecord[], input: MergeInput): Merged {
  const sameType = there.filter((record) => record.type === want.record.type);
  // Of the one MX that SES asks for, only the host matters: a preference of somebody's choosing is left.
  const right = sameType.find((record) =>
    sameData({ ...record, ...(record.type === 'MX' ? preferenceOf(want) : {}) }, want.record),
  );
  const others = sameType.filter((record) => record !== right);
  const theirs = others.filter((record) => !isOurs(record, want, input.owned));
  const locked = others.find((record) => record.readOnly !== undefined);
  if (theirs.length > 0 || locked) {
    return { changes: [], conflicts: [foreign(want, locked ? [locked] : theirs)] };
  }
  if (right) {
    const changes = others.map((record) => deletion(want, record));
    if (right.proxied && !right.readOnly) changes.push(touch(want, right, null));
    return { changes, conflicts: [] };
  }
  const [first, ...rest] = others;
  const changes = first ? [update(want, first, input.limits)] : [creation(want, input.limits)];
  return { changes: [...rest.map((record) => deletion(want, record)), ...changes], conflicts: [] };
}

function preferenceOf(want: DesiredRecord): { preference?: number } {
  return want.record.preference === undefined ? {} : { preference: want.record.preference };
}

/** A CNAME stands alone at its name (RFC 1034 3.6.2), and a MAIL FROM name must be nobody's host. */
function exclusivity(want: DesiredRecord, there: readonly LiveRecord[], input: MergeInput): Conflict | undefined {
  const apex = want.record.name === input.zone;
  const inTheWay = there.filter((record) => {
    if (want.record.type === 'CNAME') return record.type !== 'CNAME';
    // The apex has NS records of its own, and a provider that flattens answers a CNAME there as addresses.
    if (record.type === 'NS') return !apex;
    if (record.type === 'CNAME') return !(apex && input.limits.apexCname === 'flattened');
    return want.firmness === 'single' && want.record.type === 'MX' && (record.type === 'A' || record.type === 'AAAA');
  });
  return inTheWay.length > 0 ? foreign(want, inTheWay) : undefined;
}

function limitConflicts(desired: readonly DesiredRecord[], limits: Limits): Conflict[] {
  return desired
    .filter((want) => want.record.type === 'TXT' && want.record.value.length > limits.txtBytes)
    .map((want) => ({
      code: 'dns.txt-too-long',
      system: want.system,
      name: want.record.name,
      message: `${want.record.name}: the TXT record for ${want.purpose} has ${want.record.value.length} bytes, the provider takes ${limits.txtBytes}: ${showValue(want.record).slice(0, 60)}…`,
      fix: 'Shorten the value, or host the zone where longer records are taken.',
    }));
}

function none(): Merged {
  return { changes: [], conflicts: [] };
}
