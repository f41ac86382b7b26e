import { type DnsRecord, type LiveRecord, MARKER, sameData, showValue } from '../dns.ts';
import type { Limits } from '../dns-provider.ts';
import type { DmarcPolicy } from '../domain-spec.ts';
import type { Json } from '../problem.ts';
import type { Change, Claim, Conflict, DesiredRecord, Owned } from '../resource.ts';

/** What merging needs to know of one zone. */
export interface MergeInput {
  readonly desired: readonly DesiredRecord[];
  /** All live records at the desired names, of every type. */
  readonly live: readonly LiveRecord[];
  readonly owned: Owned;
  readonly limits: Limits;
  /** The zone's own name: other rules hold there. */
  readonly zone: string;
  readonly takeOverMx: boolean;
  /** Mark what is as we would have made it. */
  readonly adopt?: boolean;
  /** Write over what was ours and was changed by somebody. */
  readonly overwrite?: boolean;
  /** Where a name has several SPF or DMARC records, make them one and delete the others. */
  readonly mergeSeveral?: boolean;
  /** The policy that a weaker published one is raised to, where a person said so. */
  readonly raiseDmarc?: DmarcPolicy;
  /** Add our report addresses to somebody's DMARC record. */
  readonly addReports?: boolean;
  /** SPF records that live ones draw in, by domain, for counting look-ups. */
  readonly spfTree: ReadonlyMap<string, string>;
}

export interface Merged {
  readonly changes: readonly Change[];
  readonly conflicts: readonly Conflict[];
  readonly claims: readonly Claim[];
}

/** A merged part from what it has. */
export function merged(part: Partial<Merged> = {}): Merged {
  return { changes: [], conflicts: [], claims: [], ...part };
}

/** What the ledger keeps of a record that we wrote. */
export function recordData(record: DnsRecord): { readonly [key: string]: Json } {
  return {
    name: record.name,
    type: record.type,
    value: record.value,
    ...(record.preference === undefined ? {} : { preference: record.preference }),
  };
}

/**
 * Whether a live record is ours and unchanged: the ledger holds exactly this value under the wish's id.
 * Our marker alone proves only that we made it once; somebody may have edited the value since.
 */
export function isOurs(record: LiveRecord, want: Pick<DesiredRecord, 'id'>, owned: Owned): boolean {
  return holdsRecord(owned.get(want.id), record);
}

/** Whether a ledger entry is exactly this record. */
export function holdsRecord(entry: Json | undefined, record: LiveRecord): boolean {
  const written = entry as unknown as DnsRecord | undefined;
  return written?.value !== undefined && sameData({ ...written, ttl: record.ttl }, record);
}

/** Whether a live record stands where ours stood: we made one here, or our comment is on it, and the value is somebody else's by now. */
export function isDrifted(record: LiveRecord, want: DesiredRecord, owned: Owned): boolean {
  const written = owned.get(want.id) as unknown as DnsRecord | undefined;
  const marked = isMarked(record);
  return record.type === want.record.type && !isOurs(record, want, owned) && (marked || written?.value !== undefined);
}

/** Whether our comment is on it. */
export function isMarked(record: LiveRecord): boolean {
  return record.comment?.includes(MARKER) ?? false;
}

/** The record is as we would have made it: nothing to do, and with `adopt` it is ours from now. */
export function alreadyThere(want: DesiredRecord, record: LiveRecord, input: MergeInput): Merged {
  if (!input.adopt || isOurs(record, want, input.owned)) return merged();
  const value = recordData(record);
  const canMark = input.limits.marker === 'comment' && record.comment === undefined && !record.readOnly;
  if (!canMark) {
    const why = isMarked(record) ? 'carries our mark' : 'is as we would have made it';
    return merged({ claims: [{ id: want.id, value, why }] });
  }
  const marked: Change = {
    ...base(want, 'update', `${record.name} ${record.type} ${showValue(record)}: marked as ours`, {
      before: live(record),
      after: { ...live(record), comment: MARKER },
    }),
    effect: 'nothing visible: a comment at the DNS provider',
    owns: { [want.id]: value },
    marks: true,
  };
  return merged({ changes: [marked] });
}

export function creation(want: DesiredRecord, limits: Limits): Change {
  return base(want, 'create', `${want.record.name} ${want.record.type} ${showValue(want.record)}`, {
    after: written(want, limits),
  });
}

/** Changes a record of ours. */
export function update(want: DesiredRecord, before: LiveRecord, limits: Limits): Change {
  return {
    ...base(want, 'update', changed(want, before), {
      before: live(before),
      after: { ...written(want, limits), ttl: before.ttl },
    }),
    ...lingering(before),
  };
}

/** Writes over a record of ours that somebody changed: it is theirs by now, so that the change counts as one of theirs. */
export function overwriting(want: DesiredRecord, before: LiveRecord, limits: Limits): Change {
  return { ...update(want, before, limits), foreign: true };
}

/** Changes somebody's record, which stays theirs: its TTL and comment are kept, and only `owns` of it becomes ours. */
export function touch(want: DesiredRecord, before: LiveRecord, owns: Json | undefined): Change {
  const comment = before.comment === undefined ? {} : { comment: before.comment };
  const after = { ...recordData(want.record), ttl: before.ttl, ...comment };
  return {
    ...base(want, 'update', changed(want, before), { before: live(before), after }),
    owns: owns === undefined ? {} : { [want.id]: owns },
    foreign: true,
    ...lingering(before),
  };
}

function changed(want: DesiredRecord, before: LiveRecord): string {
  return sameData(before, want.record) && before.proxied
    ? `${want.record.name} ${want.record.type}: answered by DNS itself, no longer proxied`
    : `${want.record.name} ${want.record.type} ${showValue(before)} becomes ${showValue(want.record)}`;
}

/** Removes a record. `whose`: the ledger entry that it is ours by; absent: somebody else's. */
export function deletion(want: DesiredRecord, before: LiveRecord, whose?: string, effect = want.effect): Change {
  const change = base(want, 'delete', `${before.name} ${before.type} ${showValue(before)}`, { before: live(before) });
  return {
    ...change,
    id: `${want.id} without ${showValue(before)}`,
    effect,
    ...(whose === undefined ? { owns: {}, foreign: true } : { owns: { [whose]: null } }),
    ...lingering(before),
  };
}

/**
 * The order in which several records become one; the first is the one that stays. That is somebody's, so that the one stays theirs, and one
 * that is the result already: so a merge that was cut off is gone on with.
 */
export function mergeOrder(
  records: readonly LiveRecord[],
  want: DesiredRecord,
  owned: Owned,
  result: (ordered: readonly LiveRecord[]) => string | undefined,
): readonly [LiveRecord, ...LiveRecord[]] {
  const theirs = records.filter((record) => !isOurs(record, want, owned));
  const all = [...theirs, ...records.filter((record) => !theirs.includes(record))];
  const orders = theirs.map((record) => [record, ...all.filter((other) => other !== record)] as const);
  return orders.find((order) => result(order) === order[0].value) ?? (all as [LiveRecord, ...LiveRecord[]]);
}

/** One record in the place of several: the first of them by a change, unless it says all already; the others go, their words are in it. */
export function inOne(
  want: DesiredRecord,
  [first, ...others]: readonly [LiveRecord, ...LiveRecord[]],
  change: Change,
  owned: Owned,
): readonly Change[] {
  const isDone = (change.after as { value?: Json }).value === first.value;
  const gone = others.map((record) => {
    const { foreign: _theirs, ...removal } = deletion(want, record, want.id, 'its words are in the one record');
    // What was ours in it is ours in the one, by that change's entry.
    return { ...removal, owns: {}, ...(isOurs(record, want, owned) ? {} : { foreign: true as const }) };
  });
  return [...(isDone ? [] : [change]), ...gone];
}

/** Seconds for which resolvers may go on with the old value; 'auto' is five minutes at Cloudflare. */
export function lingering(before: LiveRecord): { lingers: number } {
  return { lingers: before.ttl === 'auto' ? 300 : before.ttl };
}

/** The conflict that records of somebody else stand where ours should. */
export function foreign(want: DesiredRecord, records: readonly LiveRecord[], owned: Owned): Conflict {
  const shown = records.map((record) => `${record.type} ${showValue(record)}`).join(', ');
  const locked = records.find((record) => record.readOnly !== undefined)?.readOnly;
  const drifted = records.some((record) => isDrifted(record, want, owned));
  return {
    code: locked ? 'dns.read-only' : drifted ? 'dns.drift' : 'dns.occupied',
    system: want.system,
    name: want.record.name,
    message: `${want.record.name} is needed for ${want.purpose} (${want.record.type} ${showValue(want.record)}), but holds ${shown}${locked ? `, ${locked}` : drifted ? ', which was ours and was changed by somebody' : ''}.`,
    fix: locked
      ? 'Switch off the feature that owns the record, then run again.'
      : drifted
        ? 'Run with --overwrite to put ours back, or correct the profile if theirs is right.'
        : want.check === 'mail-from.mx'
          ? 'Choose another MAIL FROM name with --mail-from, or remove the record if nobody uses it.'
          : 'Remove or rename the record if nobody uses it, then run again.',
  };
}

/** The conflict that somebody has added records beside the one that is right, and may be the only one. */
export function added(want: DesiredRecord, records: readonly LiveRecord[]): Conflict {
  const { record, purpose, system, check } = want;
  const shown = records.map((one) => `${one.type} ${showValue(one)}`).join(', ');
  const why = check === 'mail-from.mx' ? ': SES accepts the name with one MX alone' : '';
  return {
    code: 'dns.occupied',
    system,
    name: record.name,
    message: `${record.name} has ${record.type} ${showValue(record)} for ${purpose}, as it should, and beside it ${shown}, which is not of our making.`,
    fix: `Remove ${records.length > 1 ? 'those' : 'that one'} at the DNS host, then run again${why}.`,
  };
}

function written(want: DesiredRecord, limits: Limits): { readonly [key: string]: Json | undefined } {
  const { record } = want;
  const ttl = record.ttl === 'auto' ? 'auto' : Math.min(Math.max(record.ttl, limits.minTtl), limits.maxTtl);
  return { ...recordData(record), ttl, ...(limits.marker === 'comment' ? { comment: MARKER } : {}) };
}

/** A live record as change data. */
export function live(record: LiveRecord): { readonly [key: string]: Json } {
  return {
    ...recordData(record),
    ttl: record.ttl,
    ...(record.id === undefined ? {} : { id: record.id }),
    ...(record.comment === undefined ? {} : { comment: record.comment }),
    ...(record.proxied === undefined ? {} : { proxied: record.proxied }),
  };
}

function base(want: DesiredRecord, verb: Change['verb'], what: string, data: Pick<Change, 'before' | 'after'>): Change {
  return {
    id: want.id,
    system: 'dns',
    verb,
    what,
    effect: want.effect,
    ...data,
    by: 'us',
    ...(data.after === undefined ? {} : { owns: { [want.id]: recordData(want.record) } }),
    ...(want.waitsFor && want.waitsFor.length > 0 ? { waitsFor: want.waitsFor } : {}),
    ...(want.ask === undefined ? {} : { ask: want.ask }),
    undo: 'inverse',
  };
}
