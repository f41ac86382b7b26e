import type { DnsRecord } from '../core/dns.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import { wordsOf } from '../core/merge/our-words.ts';
import { revertRecords } from '../core/merge/revert-records.ts';
import type { Json } from '../core/problem.ts';
import type { Change, Findings, Left, Made, Reverted } from '../core/resource.ts';
import { isDelegated } from './dns-checks.ts';
import { nameOf } from './guards.ts';
import type { Survey } from './survey.ts';
import { readable, zoneOf } from './zones.ts';

/** What taking back needs to know of the world beside what was made. */
export interface BackInput {
  readonly spec: DomainSpec;
  readonly survey: Survey;
  /** What the systems say now: which names live mail uses, and whether that is all of it. */
  readonly findings: readonly Findings[];
  /** Records that are no strangers in an MX set. */
  readonly known?: readonly DnsRecord[];
}

/**
 * The way back of what was made in all systems: each says what of it is still ours to take back; records go after what uses them, and stay
 * where something goes on using them, or where a system that may use them can't be read; what had to be there first goes last. Pure.
 */
export function takeBack(made: readonly Made[], input: BackInput): Reverted {
  const { survey, spec } = input;
  const systems = [...survey.systems.values()].flatMap(({ resource, state, problem }) => {
    const mine = made.filter((one) => one.system === resource.name);
    if (problem) return [{ changes: [], left: mine.map((one) => leave(one, problem.message)) }];
    return mine.length === 0 ? [] : [resource.revert(mine, state, spec)];
  });
  const unasked = made.filter((one) => !['dns', 'ledger'].includes(one.system) && !survey.systems.has(one.system));
  const inSystems = systems.flatMap((one) => one.changes);
  const dns = recordsBack(
    made.filter((one) => one.system === 'dns'),
    inSystems,
    input,
  );
  return {
    changes: ordered([...inSystems, ...dns.changes], made),
    left: [
      ...systems.flatMap((one) => one.left),
      ...unasked.map((one) =>
        leave(one, `${one.system} is not in the profile any more: name it there, then run again`),
      ),
      ...dns.left,
    ],
  };
}

function recordsBack(made: readonly Made[], systems: readonly Change[], input: BackInput): Reverted {
  const { survey, findings, known = [] } = input;
  const holds = findings.flatMap((one) => one.holds ?? []);
  const going = new Set(systems.map((change) => change.id));
  const blind = [...survey.systems.values()].some(({ problem }) => problem) || findings.some((one) => one.partial);
  /** Why a record has to stay: something goes on using its name when all this is done, or nobody can say. */
  const reason = (one: Made): string | undefined => {
    const name = recordName(one) ?? '';
    if (zoneOf(name, survey.zones) === undefined) return 'its zone can’t be read';
    const uses = one.verb === 'create' || wordsOf(one) !== undefined;
    const hold = uses ? holds.find((one) => one.name === name && !one.by.some((id) => going.has(id))) : undefined;
    if (hold) return hold.why;
    return uses && blind && mayBeUsed(name, input) ? 'SES may use it, and can’t be read now' : undefined;
  };
  const live = readable(survey.zones).flatMap((view) => view.live);
  const free = made.filter((one) => reason(one) === undefined);
  const reverted = revertRecords(free, live, { owned: survey.owned, known });
  const changes = reverted.changes.map((reverting) => {
    const name = (reverting.before as { name?: string } | undefined)?.name;
    const { by = 'us' } = zoneOf(nameOf(reverting), survey.zones)?.provider.limits ?? {};
    const change = { ...reverting, by };
    const waitsFor = holds
      .filter((hold) => hold.name === name)
      .flatMap((hold) => hold.by.filter((id) => going.has(id)));
    return waitsFor.length > 0 ? { ...change, waitsFor: [...new Set(waitsFor)] } : change;
  });
  const stays = made.flatMap((one): Left[] => {
    const why = reason(one);
    return why === undefined
      ? []
      : [{ ...leave(one, why), ...(holds.some((hold) => hold.why === why) ? { ours: true } : {}) }];
  });
  return { changes, left: [...reverted.left, ...stays] };
}

/** Names at which SES looks for keys or takes bounces: all but the domain's own and its policy. */
function mayBeUsed(name: string, { spec }: BackInput): boolean {
  return name !== spec.domain && !name.startsWith('_dmarc.') && !name.includes('._report._dmarc.');
}

function leave(one: Made, why: string): Left {
  return { id: one.id, what: one.what, why };
}

/** The order of the way up, turned round, beside what the systems themselves say. */
function ordered(changes: readonly Change[], made: readonly Made[]): readonly Change[] {
  const ids = new Set(changes.map((change) => change.id));
  return changes.map((change) => {
    const isFor = (one: Made) => one.waitsFor?.some((id) => id === change.id || id === change.system);
    const dependents = made.filter(isFor).map((one) => one.id);
    const first = [...new Set([...(change.waitsFor ?? []), ...dependents])];
    const waitsFor = first.filter((id) => id !== change.id && ids.has(id));
    const { waitsFor: _before, ...rest } = change;
    return waitsFor.length > 0 ? { ...rest, waitsFor } : rest;
  });
}

/**
 * Ledger entries of what was made and is not there any more: nothing of it goes back, and nothing is left. An entry that holds something
 * else by now (what was ours before, and is again) is not of it.
 */
export function goneOf(made: readonly Made[], back: Reverted, survey: Survey): Record<string, null> {
  const known = new Set([...back.changes, ...back.left].map((one) => one.id));
  const unread = [...survey.systems].flatMap(([name, { problem }]) => (problem ? [name] : []));
  const gone = made.filter(
    (one) =>
      !known.has(one.id) && !unread.includes(one.system) && one.system !== 'ledger' && !isInDeadZone(one, survey),
  );
  const entries = gone.flatMap((one) => Object.entries(one.owns ?? { [one.id]: one.after ?? null }));
  const isIt = ([id, value]: [string, Json | null]) =>
    value !== null && JSON.stringify(survey.owned.get(id)) === JSON.stringify(value);
  return Object.fromEntries(entries.filter(isIt).map(([id]) => [id, null]));
}

/** Whether a record's zone is one that nobody is sent to: what is not there may be in the live one. */
function isInDeadZone(made: Made, survey: Survey): boolean {
  const view = made.system === 'dns' ? zoneOf(recordName(made) ?? '', survey.zones) : undefined;
  return view !== undefined && isDelegated(view.zone, view.delegation) === 'no';
}

/** The name of a made record. */
export function recordName(made: Made): string | undefined {
  return ((made.after ?? made.before) as { name?: string } | undefined)?.name;
}
