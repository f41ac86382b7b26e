import { type Check, check } from '../core/checks/check.ts';
import { type DnsRecord, type LiveRecord, sameData, showValue } from '../core/dns.ts';
import { isNote } from '../core/ledger.ts';
import { madeOf } from '../core/merge/our-words.ts';
import type { Json } from '../core/problem.ts';
import { isDmarc } from '../core/records/dmarc.ts';
import { isSpf } from '../core/records/spf.ts';
import type { Change, Hold, Left, Made, Owned } from '../core/resource.ts';
import { isDelegated } from './dns-checks.ts';
import type { PlanInput } from './plan.ts';
import { goneOf, takeBack } from './take-back.ts';
import { zoneOf } from './zones.ts';

/** What is ours and no longer asked for. */
interface Leftovers {
  readonly changes: readonly Change[];
  readonly left: readonly Left[];
  readonly checks: readonly Check[];
  /** Entries of what is gone from the world. */
  readonly gone: Readonly<Record<string, null>>;
}

/**
 * The ledger's entries that nothing asks for any more: *stale*, removed with --prune; and those that are not as we wrote them: *drift*.
 * While a system can't be read, or its wishes have no names yet, nothing is called left over. What live mail uses stays.
 */
export function planLeftovers(input: PlanInput, unread: boolean): Leftovers {
  const { spec, survey, findings } = input;
  if (unread || findings.some((one) => one.partial || (one.later ?? []).length > 0)) {
    return { changes: [], left: [], gone: {}, checks: driftChecks(input) };
  }
  const stale = staleEntries(input);
  const holds = findings.flatMap((one) => one.holds ?? []);
  if (!spec.consents.prune) {
    // One for each record, and one for each place of a system ('ses us-west-2').
    const places = Map.groupBy(stale, (one) => (one.system === 'dns' ? one.id : (one.id.split('/')[0] ?? one.id)));
    const checks = [...places].map(([place, entries]) => staleCheck(place, entries, holds));
    return { changes: [], left: [], gone: {}, checks: [...checks, ...driftChecks(input)] };
  }
  const known = [...survey.owned.entries()].map(([, entry]) => entry as unknown as DnsRecord);
  const back = takeBack(stale, { spec, survey, findings, known });
  return { ...back, gone: goneOf(stale, back, survey), checks: driftChecks(input) };
}

/** Entries of the ledger that are live as we wrote them and that neither a record nor a change nor a system still wants. */
function staleEntries({ survey, records, findings }: PlanInput): Made[] {
  const wanted = new Set([...records.map((want) => want.id), ...findings.flatMap((one) => one.wanted ?? [])]);
  return [...survey.owned.entries()]
    .filter(([id, entry]) => !isNote(id) && !wanted.has(id) && isThere(id, entry, survey))
    .map(([id, entry]) => madeOf(id, entry));
}

/** Whether a DNS entry is live as we wrote it; of other systems only they can tell. */
function isThere(id: string, entry: Json, survey: PlanInput['survey']): boolean {
  if (!id.startsWith('dns ')) return true;
  const data = entry as unknown as DnsRecord & { terms?: readonly string[]; rua?: readonly string[] };
  const live = zoneOf(data.name, survey.zones)?.live.filter((record) => record.name === data.name) ?? [];
  const words = data.terms ?? data.rua;
  if (words) return live.some((record) => words.some((word) => record.value.toLowerCase().includes(word)));
  return live.some((record) => sameData({ ...data, ttl: record.ttl }, record));
}

/** Entries of records that are gone from the world: they are forgotten. */
export function goneEntries(owned: Owned, survey: PlanInput['survey']): string[] {
  return [...owned.entries()].flatMap(([id, entry]) => {
    const { name } = entry as { name?: string };
    const view = id.startsWith('dns ') && name !== undefined ? zoneOf(name, survey.zones) : undefined;
    // What is not in a zone that nobody is sent to may be in the live one.
    const live = view && isDelegated(view.zone, view.delegation) !== 'no';
    return live && !isThere(id, entry, survey) ? [id] : [];
  });
}

/** What is left over: for --prune, or still in use. */
function staleCheck(place: string, entries: readonly Made[], holds: readonly Hold[]): Check {
  const [first] = entries;
  const data = first?.after as unknown as DnsRecord;
  const hold = first?.system === 'dns' ? holds.find(({ name }) => name === data.name) : undefined;
  const made =
    first?.system === 'dns'
      ? data.value
        ? showValue(data)
        : 'our words in a record'
      : entries.map(({ id }) => id.slice(place.length + 1).replaceAll('/', ' ')).join(', ');
  return check('ownership.stale', {
    status: hold ? 'ok' : 'failed',
    system: first?.system ?? 'dns',
    name: place,
    expected: 'asked for, or removed',
    seen: [{ by: 'ledger', value: hold ? `${made}; ${hold.why}` : made }],
  });
}

/** What is asked for, was written by us, and holds somebody else's value by now. */
function driftChecks({ survey, records }: PlanInput): Check[] {
  return records.flatMap((want) => {
    const written = survey.owned.get(want.id) as unknown as DnsRecord | undefined;
    if (written?.value === undefined) return [];
    const there = zoneOf(want.record.name, survey.zones)?.live.filter((one) => one.name === want.record.name) ?? [];
    if (there.length === 0 || there.some((one) => sameData({ ...written, ttl: one.ttl }, one))) return [];
    const changed = there.filter((one) => standsFor(one, written));
    if (changed.length === 0) return [];
    return [
      check('ownership.drift', {
        status: 'failed',
        system: 'dns',
        name: want.record.name,
        expected: `${written.type} ${showValue(written)}`,
        seen: changed.map((one) => ({ by: 'DNS provider', value: `${one.type} ${showValue(one)}` })),
        fix: 'Leave it, or run with --overwrite to put ours back where it stands in the way.',
      }),
    ];
  });
}

/** Whether a live record is what became of ours: the one of its kind at the name. */
function standsFor(record: LiveRecord, written: DnsRecord): boolean {
  if (record.type !== written.type) return false;
  if (record.type !== 'TXT') return record.type !== 'MX' || record.value === written.value;
  return (isSpf(record.value) && isSpf(written.value)) || (isDmarc(record.value) && isDmarc(written.value));
}
