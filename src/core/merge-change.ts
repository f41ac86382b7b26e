import { type DnsRecord, type LiveRecord, MARKER, sameData, showValue } from './dns.ts';
import type { Limits } from './dns-provider.ts';
import type { DmarcPolicy } from './domain-spec.ts';
import type { Json } from './problem.ts';
import type { Change, Conflict, DesiredRecord, Owned } from './resource.ts';

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
  /** The policy that a weaker published one is raised to, where a person said so. */
  readonly raiseDmarc?: DmarcPolicy;
  /** SPF records that live ones draw in, by domain, for counting look-ups. */
  readonly spfTree: ReadonlyMap<string, string>;
}

export interface Merged {
  readonly changes: readonly Change[];
  readonly conflicts: readonly Conflict[];
}

/** What the ledger keeps of a record that we wrote. */
export function recordData(record: DnsRecord): Json {
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
  const written = owned.get(want.id) as DnsRecord | undefined;
  return written !== undefined && sameData({ ...written, ttl: record.ttl }, record);
}

export function creation(want: DesiredRecord, limits: Limits): Change {
  return base(want, 'create', `${want.record.name} ${want.record.type} ${showValue(want.record)}`, {
    after: written(want, limits),
  });
}

/** Changes a record of ours. */
export function update(want: DesiredRecord, before: LiveRecord, limits: Limits): Change {
  return base(want, 'update', changed(want, before), {
    before: live(before),
    after: { ...written(want, limits), ttl: before.ttl },
  });
}

/** Changes somebody's record, which stays theirs: its TTL and comment are kept, and only `owns` of it becomes ours. */
export function touch(want: DesiredRecord, before: LiveRecord, owns: Json | null): Change {
  const comment = before.comment === undefined ? {} : { comment: before.comment };
  const after = { ...(recordData(want.record) as { [key: string]: Json }), ttl: before.ttl, ...comment };
  return { ...base(want, 'update', changed(want, before), { before: live(before), after }), owns };
}

function changed(want: DesiredRecord, before: LiveRecord): string {
  return sameData(before, want.record) && before.proxied
    ? `${want.record.name} ${want.record.type}: answered by DNS itself, no longer proxied`
    : `${want.record.name} ${want.record.type} ${showValue(before)} becomes ${showValue(want.record)}`;
}

export function deletion(want: DesiredRecord, before: LiveRecord, effect = want.effect): Change {
  const change = base(want, 'delete', `${before.name} ${before.type} ${showValue(before)}`, { before: live(before) });
  return { ...change, id: `${want.id} without ${showValue(before)}`, effect };
}

/** The conflict that records of somebody else stand where ours should. */
export function foreign(want: DesiredRecord, records: readonly LiveRecord[]): Conflict {
  const shown = records.map((record) => `${record.type} ${showValue(record)}`).join(', ');
  const locked = records.find((record) => record.readOnly !== undefined)?.readOnly;
  const marked = records.some((record) => record.comment?.includes(MARKER));
  return {
    code: locked ? 'dns.read-only' : marked ? 'dns.drift' : 'dns.occupied',
    system: want.system,
    name: want.record.name,
    message: `${want.record.name} is needed for ${want.purpose} (${want.record.type} ${showValue(want.record)}), but holds ${shown}${locked ? `, ${locked}` : marked ? ', which was ours and was changed by somebody' : ''}.`,
    fix: locked
      ? 'Switch off the feature that owns the record, then run again.'
      : want.firmness === 'single'
        ? 'Choose another MAIL FROM name with --mail-from, or remove the record if nobody uses it.'
        : 'Remove or rename the record if nobody uses it, then run again.',
  };
}

function written(want: DesiredRecord, limits: Limits): { readonly [key: string]: Json | undefined } {
  const { record } = want;
  const ttl = record.ttl === 'auto' ? 'auto' : Math.min(Math.max(record.ttl, limits.minTtl), limits.maxTtl);
  return {
    ...(recordData(record) as { [key: string]: Json }),
    ttl,
    ...(limits.marker === 'comment' ? { comment: MARKER } : {}),
  };
}

function live(record: LiveRecord): Json {
  return {
    ...(recordData(record) as { [key: string]: Json }),
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
    ...(want.waitsFor && want.waitsFor.length > 0 ? { waitsFor: want.waitsFor } : {}),
    undo: 'inverse',
  };
}
