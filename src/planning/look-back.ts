import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { MadeInRun } from '../core/made.ts';
import type { Change, Hold, Left, Made, Resource } from '../core/resource.ts';
import { revertRecords } from '../core/revert-records.ts';
import { zoneChecks } from './dns-checks.ts';
import { guardConflicts } from './guards.ts';
import { type Look, withOtherZones } from './look.ts';
import { aboutZone, type Plan, unreadSystems } from './plan.ts';
import { readSurvey, type Survey } from './survey.ts';
import { readable, type ZoneCache, zoneOf } from './zones.ts';

/** Looks at everything that a run made of a domain, and plans its way back: three-way against what is live now. Changes nothing. */
export async function lookBack(
  spec: DomainSpec,
  made: readonly MadeInRun[],
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  cache: ZoneCache,
): Promise<Look> {
  const seen = await readSurvey(spec, resources, ground, cache);
  const names = made.flatMap((one) => recordName(one) ?? []);
  const survey = await withOtherZones(seen, names, ground, cache);
  return { survey, plan: planBack(spec, made, survey) };
}

/** The inverse of what was made, the last first, as far as it is still ours to take back. Pure. */
export function planBack(spec: DomainSpec, made: readonly MadeInRun[], survey: Survey): Plan {
  const kept = made.filter((one) => one.undo === 'keep' && one.sure);
  const open = made.filter((one) => one.undo === 'inverse');
  const systems = [...survey.systems.values()].flatMap(({ resource, state, problem }) => {
    const mine = open.filter((one) => one.system === resource.name);
    return problem || mine.length === 0 ? [] : [resource.revert(mine, state, spec)];
  });
  const dns = revertDns(
    open.filter((one) => one.system === 'dns'),
    systems.flatMap((one) => one.changes),
    spec,
    survey,
  );
  const ledger = open.filter((one) => one.system === 'ledger' && isOwned(one, survey)).map(releasing);
  const changes = ordered([...systems.flatMap((one) => one.changes), ...dns.changes, ...ledger], made);
  const unknown = unreadSystems(survey);
  const { main } = survey.zones;
  if ('problem' in main && open.some((one) => one.system === 'dns'))
    unknown.push({
      system: 'dns',
      message: main.problem.message,
      ...(main.problem.fix ? { fix: main.problem.fix } : {}),
    });
  const undelegated = readable(survey.zones).map((view) =>
    zoneChecks({ ...spec, consents: { ...spec.consents, zoneNotLive: true } }, view),
  );
  return {
    domain: spec.domain,
    about: readable(survey.zones).map(aboutZone),
    changes,
    later: [],
    conflicts: guardConflicts(changes, survey.zones, { ...spec, consents: { ...spec.consents, force: true } }),
    checks: undelegated.flatMap((one) => one.checks),
    records: [],
    recovered: {},
    left: [
      ...kept.map((one) => ({ id: one.id, what: one.what, why: 'it can’t be taken back, or holds data since' })),
      ...systems.flatMap((one) => one.left),
      ...dns.left,
    ],
    unknown,
  };
}

/** Records go back, but for those that live mail uses and that nothing of this plan releases. */
function revertDns(
  made: readonly Made[],
  systems: readonly Change[],
  spec: DomainSpec,
  survey: Survey,
): { changes: readonly Change[]; left: readonly Left[] } {
  const holds = [...survey.systems.values()].flatMap(({ resource, state, problem }) =>
    problem ? [] : (resource.plan(spec, state, survey.owned).holds ?? []),
  );
  const released = new Set(systems.map((change) => change.id));
  const holder = (one: Made): Hold | undefined =>
    holds.find((hold) => hold.name === recordName(one) && !released.has(hold.by));
  const free = made.filter((one) => one.verb !== 'create' || holder(one) === undefined);
  const live = readable(survey.zones).flatMap((view) => view.live);
  const reverted = revertRecords(
    free.filter((one) => zoneOf(recordName(one) ?? '', survey.zones) !== undefined),
    live,
  );
  const changes = reverted.changes.map((change) => {
    const after = holds.filter((hold) => hold.name === (change.before as { name?: string } | undefined)?.name);
    const waitsFor = after.map((hold) => hold.by);
    return waitsFor.length > 0 && change.verb === 'delete' ? { ...change, waitsFor } : change;
  });
  const held = made.flatMap((one) => {
    const hold = one.verb === 'create' ? holder(one) : undefined;
    return hold ? [{ id: one.id, what: one.what, why: hold.why }] : [];
  });
  return { changes, left: [...reverted.left, ...held] };
}

/** What had to be there first goes last: the order of the way up, turned round, beside what the systems themselves say. */
function ordered(changes: readonly Change[], made: readonly Made[]): readonly Change[] {
  const ids = new Set(changes.map((change) => change.id));
  return changes.map((change) => {
    const dependents = made.filter((one) => one.waitsFor?.includes(change.id) && ids.has(one.id)).map((one) => one.id);
    const waitsFor = [...new Set([...(change.waitsFor ?? []), ...dependents])].filter(
      (id) => id !== change.id && ids.has(id),
    );
    const { waitsFor: _before, ...rest } = change;
    return waitsFor.length > 0 ? { ...rest, waitsFor } : rest;
  });
}

function recordName(made: Made): string | undefined {
  return ((made.after ?? made.before) as { name?: string } | undefined)?.name;
}

function isOwned(made: Made, survey: Survey): boolean {
  return Object.keys(made.owns ?? {}).some((id) => survey.owned.get(id) !== undefined);
}

/** What was only counted as ours no longer is. */
function releasing(made: Made): Change {
  return {
    id: made.id,
    system: 'ledger',
    verb: 'delete',
    what: `${made.id.replace(/^ledger (dns )?/, '')}: no longer counted as ours`,
    effect: 'nothing visible: only our own memory changes',
    ...(made.after === undefined ? {} : { before: made.after }),
    owns: Object.fromEntries(Object.keys(made.owns ?? {}).map((id) => [id, null])),
    by: 'us',
    undo: 'inverse',
    marks: true,
  };
}
