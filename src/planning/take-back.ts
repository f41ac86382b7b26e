import type { DnsRecord } from '../core/dns.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { Change, Hold, Left, Made, Reverted } from '../core/resource.ts';
import { revertRecords } from '../core/revert-records.ts';
import type { Survey } from './survey.ts';
import { readable, zoneOf } from './zones.ts';

/**
 * The way back of what was made in all systems: each says what of it is still ours to take back; records go after what uses them, and stay
 * where something goes on using them; what had to be there first goes last. `known`: records that are no strangers in an MX set. Pure.
 */
export function takeBack(
  made: readonly Made[],
  survey: Survey,
  spec: DomainSpec,
  holds: readonly Hold[],
  known: readonly DnsRecord[] = [],
): Reverted {
  const systems = [...survey.systems.values()].flatMap(({ resource, state, problem }) => {
    const mine = made.filter((one) => one.system === resource.name);
    return problem || mine.length === 0 ? [] : [resource.revert(mine, state, spec)];
  });
  const inSystems = systems.flatMap((one) => one.changes);
  const dns = recordsBack(
    made.filter((one) => one.system === 'dns'),
    inSystems,
    survey,
    holds,
    known,
  );
  return {
    changes: ordered([...inSystems, ...dns.changes], made),
    left: [...systems.flatMap((one) => one.left), ...dns.left],
  };
}

function recordsBack(
  made: readonly Made[],
  systems: readonly Change[],
  survey: Survey,
  holds: readonly Hold[],
  known: readonly DnsRecord[],
): Reverted {
  const going = new Set(systems.map((change) => change.id));
  /** What goes on using the records of a name when all this is done. */
  const user = (one: Made) =>
    one.verb === 'create'
      ? holds.find((hold) => hold.name === recordName(one) && !hold.by.some((id) => going.has(id)))
      : undefined;
  const live = readable(survey.zones).flatMap((view) => view.live);
  const free = made.filter((one) => !user(one) && zoneOf(recordName(one) ?? '', survey.zones) !== undefined);
  const reverted = revertRecords(free, live, known);
  const changes = reverted.changes.map((change) => {
    const name = (change.before as { name?: string } | undefined)?.name;
    const waitsFor = holds
      .filter((hold) => hold.name === name)
      .flatMap((hold) => hold.by.filter((id) => going.has(id)));
    return waitsFor.length > 0 && change.verb === 'delete' ? { ...change, waitsFor: [...new Set(waitsFor)] } : change;
  });
  const used = made.flatMap((one): Left[] => {
    const hold = user(one);
    return hold ? [{ id: one.id, what: one.what, why: hold.why, ours: true }] : [];
  });
  return { changes, left: [...reverted.left, ...used] };
}

/** The order of the way up, turned round, beside what the systems themselves say. */
function ordered(changes: readonly Change[], made: readonly Made[]): readonly Change[] {
  const ids = new Set(changes.map((change) => change.id));
  return changes.map((change) => {
    const dependents = made.filter((one) => one.waitsFor?.includes(change.id)).map((one) => one.id);
    const first = [...new Set([...(change.waitsFor ?? []), ...dependents])];
    const waitsFor = first.filter((id) => id !== change.id && ids.has(id));
    const { waitsFor: _before, ...rest } = change;
    return waitsFor.length > 0 ? { ...rest, waitsFor } : rest;
  });
}

/** Ledger entries of what was made and is not there any more: nothing of it goes back, and nothing is left. */
export function goneOf(made: readonly Made[], back: Reverted, survey: Survey): Record<string, null> {
  const known = new Set([...back.changes, ...back.left].map((one) => one.id));
  const unread = [...survey.systems].flatMap(([name, { problem }]) => (problem ? [name] : []));
  const gone = made.filter((one) => !known.has(one.id) && !unread.includes(one.system) && one.system !== 'ledger');
  const ids = gone.flatMap((one) => Object.keys(one.owns ?? { [one.id]: null }));
  return Object.fromEntries(ids.filter((id) => survey.owned.get(id) !== undefined).map((id) => [id, null]));
}

/** The name of a made record. */
export function recordName(made: Made): string | undefined {
  return ((made.after ?? made.before) as { name?: string } | undefined)?.name;
}
