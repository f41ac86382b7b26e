import { type LiveRecord, sameData, showValue } from '../dns.ts';
import type { Limits } from '../dns-provider.ts';
import { isSpf } from '../records/spf.ts';
import type { Change, Conflict, DesiredRecord } from '../resource.ts';
import {
  added,
  alreadyThere,
  creation,
  deletion,
  foreign,
  isDrifted,
  isMarked,
  isOurs,
  type Merged,
  type MergeInput,
  merged,
  overwriting,
  touch,
  update,
} from './merge-change.ts';
import { mergeDmarc } from './merge-dmarc.ts';
import { mergeMx } from './merge-mx.ts';
import { mergeSpfRecord } from './merge-spf.ts';
import { findSlip } from './slips.ts';

/**
 * The one place where what systems want published meets what is live in a zone. Pure.
 * Every foreign value is kept; what can't be had without touching one is a conflict, and all conflicts are found at once.
 * Merging a second time, after the changes were made, changes nothing.
 */
export function mergeRecords(whole: MergeInput): Merged {
  const { changes: corrections, input } = correctSlips(whole);
  const inbound = input.desired.filter((want) => want.firmness === 'mx');
  const parts = [
    mergeInbound(inbound, input),
    ...input.desired.filter((want) => want.firmness !== 'mx').map((want) => mergeOne(want, input)),
  ];
  const { by } = whole.limits;
  return {
    changes: [...corrections, ...parts.flatMap((part) => part.changes)].map((change) => ({ ...change, by })),
    conflicts: [...parts.flatMap((part) => part.conflicts), ...limitConflicts(input.desired, input.limits)],
    claims: parts.flatMap((part) => part.claims),
  };
}

/** What a person entered wrongly is to be put right, and stands in nobody's way meanwhile. */
function correctSlips(input: MergeInput): { changes: readonly Change[]; input: MergeInput } {
  if (input.limits.by !== 'person') return { changes: [], input };
  const slips = input.desired.flatMap((want) => {
    const slip = findSlip(want.record, input.live, input.zone);
    // Of the one MX that SES asks for, the preference is nobody's concern.
    const matters = slip && !(slip.kind === 'preference' && want.firmness === 'single');
    return matters ? [{ want, slip }] : [];
  });
  const changes = slips.map(({ want, slip: { kind, record, what, fix } }): Change => {
    const change = kind === 'doubled' ? creation(want, input.limits) : update(want, record, input.limits);
    return { ...change, slip: { what, fix } };
  });
  const wanted = new Set(slips.map(({ want }) => want));
  const wrong = new Set(slips.map(({ slip }) => slip.record));
  return {
    changes,
    input: {
      ...input,
      desired: input.desired.filter((want) => !wanted.has(want)),
      live: input.live.filter((record) => !wrong.has(record)),
    },
  };
}

function mergeOne(want: DesiredRecord, input: MergeInput): Merged {
  const there = input.live.filter((record) => record.name === want.record.name);
  const part = mergeFree(want, there, input);
  const locked = part.changes.length > 0 ? lockedSet(want, there, input) : undefined;
  return locked ? merged({ conflicts: [locked] }) : part;
}

/** The inbound set, which is one thing where all of it has to be written at once. */
function mergeInbound(inbound: readonly DesiredRecord[], input: MergeInput): Merged {
  const part = mergeMx(inbound, input);
  const [first] = inbound;
  if (!first || part.changes.length === 0) return part;
  const there = input.live.filter((record) => record.name === first.record.name);
  const locked = lockedSet(first, there, input);
  return locked ? merged({ conflicts: [locked] }) : part;
}

function mergeFree(want: DesiredRecord, there: readonly LiveRecord[], input: MergeInput): Merged {
  if (want.firmness === 'default' && !isSpf(want.record.value)) return mergeDmarc(want, there, input);
  const blocked = exclusivity(want, there, input);
  // What is wanted only where nothing is yields to whoever stands there.
  if (blocked) return want.firmness === 'default' ? merged() : merged({ conflicts: [blocked] });
  if (isSpf(want.record.value)) return mergeSpfRecord(want, there, input);
  if (want.record.type === 'CNAME' || want.firmness === 'single') return mergeSingle(want, there, input);
  return mergeExact(want, there, input);
}

/** This value beside whatever else stands there; an older value of ours becomes it. */
function mergeExact(want: DesiredRecord, there: readonly LiveRecord[], input: MergeInput): Merged {
  const same = there.find((record) => sameData(record, want.record));
  if (same) return alreadyThere(want, same, input);
  const older = there.find((record) => isOurs(record, want, input.owned));
  return merged({ changes: [older ? update(want, older, input.limits) : creation(want, input.limits)] });
}

/** Exactly this record and no other of its type: a CNAME, or the one MX of a MAIL FROM name. */
function mergeSingle(want: DesiredRecord, there: readonly LiveRecord[], input: MergeInput): Merged {
  const sameType = there.filter((record) => record.type === want.record.type);
  // Of the one MX that SES asks for, only the host matters: a preference of somebody's choosing is left.
  const right = sameType.find((record) =>
    sameData({ ...record, ...(record.type === 'MX' ? preferenceOf(want) : {}) }, want.record),
  );
  const others = sameType.filter((record) => record !== right);
  const locked = others.find((record) => record.readOnly !== undefined);
  // Where the right one stands, ours was not changed: the other was added.
  const isAdded = (record: LiveRecord) => right !== undefined && !isMarked(record);
  const drifted = input.overwrite
    ? others.filter((record) => isDrifted(record, want, input.owned) && !isAdded(record))
    : [];
  const theirs = others.filter((record) => !isOurs(record, want, input.owned) && !drifted.includes(record));
  if (!locked && theirs.length > 0 && theirs.every(isAdded)) return merged({ conflicts: [added(want, theirs)] });
  if (theirs.length > 0 || locked) {
    return merged({ conflicts: [foreign(want, locked ? [locked] : theirs, input.owned)] });
  }
  const whose = (record: LiveRecord) => (drifted.includes(record) ? undefined : want.id);
  if (right) {
    const changes = others.map((record) => deletion(want, record, whose(record)));
    if (right.proxied && !right.readOnly) return merged({ changes: [...changes, touch(want, right, undefined)] });
    const there = alreadyThere(want, right, input);
    return { ...there, changes: [...changes, ...there.changes] };
  }
  const [first, ...rest] = others;
  const change = first && drifted.includes(first) ? overwriting : update;
  return merged({
    changes: [
      ...rest.map((record) => deletion(want, record, whose(record))),
      first ? change(want, first, input.limits) : creation(want, input.limits),
    ],
  });
}

function preferenceOf(want: DesiredRecord): { preference?: number } {
  return want.record.preference === undefined ? {} : { preference: want.record.preference };
}

/** Where all values of a name and type are one thing, one that nobody may edit takes no other beside it. */
function lockedSet(want: DesiredRecord, there: readonly LiveRecord[], input: MergeInput): Conflict | undefined {
  if (input.limits.unit !== 'set') return undefined;
  const locked = there.filter((record) => record.type === want.record.type && record.readOnly !== undefined);
  return locked.length > 0 ? foreign(want, locked, input.owned) : undefined;
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
  return inTheWay.length > 0 ? foreign(want, inTheWay, input.owned) : undefined;
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
