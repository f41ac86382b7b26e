import type { LiveRecord } from '../core/dns.ts';
import { toProblem } from '../core/problem.ts';
import type { Change, Outcome } from '../core/resource.ts';
import type { ApplyNeeds, Item } from './apply.ts';
import { nameOf } from './guards.ts';
import { SERVING_GRACE_MS } from './serving.ts';
import { unreported } from './unreported.ts';
import { type ZoneView, zoneOf } from './zones.ts';

/** Writes every zone in one batch, whatever domains the records are for. What is not free to go is held, or left for a later pass. */
export async function writeZones(
  items: readonly Item[],
  needs: ApplyNeeds,
  { holdTheRest }: { holdTheRest: boolean },
): Promise<void> {
  const ready = items.filter(({ job, change }) => {
    if (job.outcomes.has(change.id)) return false;
    const blocker = needs.stop?.aborted
      ? 'stopped'
      : job.isNamingRecords()
        ? 'written together with the records that are named next'
        : job.blockerOf(change);
    if (blocker !== undefined && holdTheRest)
      job.hold(change, blocker === 'wait' ? 'waits for what is not done yet' : blocker);
    return blocker === undefined;
  });
  const byZone = Map.groupBy(ready, ({ job, change }) => zoneOf(nameOf(change), job.survey.zones)?.zone.id ?? '');
  await Promise.all(
    [...byZone.values()].map(async (group) => {
      const [first] = group;
      const view = first && zoneOf(nameOf(first.change), first.job.survey.zones);
      if (view) await writeZone(view, group, needs);
      else for (const { job, change } of group) job.hold(change, 'its zone can’t be read');
    }),
  );
}

async function writeZone(view: ZoneView, group: readonly Item[], needs: ApplyNeeds): Promise<void> {
  const lock = await zoneLock(view.zone.name, needs);
  if (lock === undefined) {
    for (const { job, change } of group) job.hold(change, `another run is writing the zone ${view.zone.name}`);
    return;
  }
  try {
    const unmoved = await sortOutMoved(view, withoutClashes(group));
    await Promise.all(unmoved.map(({ job, change }) => job.begin(change)));
    const outcomes = await writeBatch(view, unmoved, needs);
    // One domain's bad record must not keep back the others that share the zone: nothing of the batch was written.
    const domains = new Set(unmoved.map(({ job }) => job));
    const refused = [...outcomes.values()].every(
      (one) => one.status === 'failed' && !['unknown', 'retry'].includes(one.problem.kind),
    );
    if (refused && domains.size > 1) {
      for (const job of domains) {
        const own = unmoved.filter((item) => item.job === job);
        for (const [change, outcome] of await writeBatch(view, own, needs)) outcomes.set(change, outcome);
      }
    }
    await Promise.all(
      unmoved.map(({ job, change }) => {
        const outcome = outcomes.get(change) ?? unreported(change);
        // Two domains may want the same record: whoever came first owns it.
        const first = unmoved.find((one) => one.change.id === change.id)?.change === change;
        return job.settle(change, outcome.status === 'done' && !first ? { ...outcome, status: 'kept' } : outcome);
      }),
    );
  } finally {
    await lock.release();
  }
}

/** Of two domains that want different things of one record, the later waits: its next look sees what became of it. */
function withoutClashes(group: readonly Item[]): readonly Item[] {
  return group.filter(({ job, change }) => {
    const first = group.find((one) => one.change.id === change.id);
    const same = first && JSON.stringify(first.change.after ?? null) === JSON.stringify(change.after ?? null);
    if (!same) job.hold(change, `another domain of this run changes ${nameOf(change)}`);
    return same;
  });
}

/**
 * Looks at the names once more, just before they are written: where somebody changed one since it was planned, the domain is planned
 * again instead. The answer is what may be written.
 */
async function sortOutMoved(view: ZoneView, group: readonly Item[]): Promise<readonly Item[]> {
  const names = [...new Set(group.map(({ change }) => nameOf(change)))];
  let fresh: readonly LiveRecord[];
  try {
    fresh = await view.provider.records(view.zone, names);
  } catch (error) {
    const { message } = toProblem(error);
    for (const { job, change } of group) job.hold(change, `the zone can't be read now: ${message}`);
    return [];
  }
  const moved = new Set(
    group
      .filter(({ job, change }) => {
        const planned = zoneOf(nameOf(change), job.survey.zones)?.live ?? [];
        return shown(planned, nameOf(change)) !== shown(fresh, nameOf(change));
      })
      .map(({ job }) => job),
  );
  for (const { job, change } of group) {
    if (!moved.has(job)) continue;
    job.hold(change, `${view.zone.name} was changed since it was looked at: it is planned again`);
    job.moved = true;
  }
  return group.filter(({ job }) => !moved.has(job));
}

/** What stands at a name, in words that can be compared. */
function shown(live: readonly LiveRecord[], name: string): string {
  const here = live.filter((record) => record.name === name);
  return here
    .map((record) => JSON.stringify([record.type, record.value, record.preference, record.ttl, record.comment]))
    .toSorted()
    .join('\n');
}

async function writeBatch(
  view: ZoneView,
  group: readonly Item[],
  { ground, emit }: ApplyNeeds,
): Promise<Map<Change, Outcome>> {
  const outcomes = new Map<Change, Outcome>();
  const byId = Map.groupBy(group, ({ change }) => change.id);
  const report = {
    start: () => {},
    outcome(id: string, outcome: Outcome) {
      for (const { change } of byId.get(id) ?? []) outcomes.set(change, outcome);
    },
    waiting(what: string, until: number) {
      const next = new Date(ground.clock.now() + 1000).toISOString();
      emit({ kind: 'waiting', what, next, until: new Date(until).toISOString() });
    },
  };
  try {
    await view.provider.apply(
      view.zone,
      [...byId.values()].flatMap(([first]) => (first ? [first.change] : [])),
      report,
    );
  } catch (error) {
    const problem = toProblem(error).toJSON();
    for (const { change } of group) if (!outcomes.has(change)) outcomes.set(change, { status: 'failed', problem });
  }
  return outcomes;
}

/** Runs that write one zone take turns: the later waits a while, then leaves its records to its next run. */
async function zoneLock(
  name: string,
  { ground, stop, emit }: ApplyNeeds,
): Promise<{ release(): Promise<void> } | undefined> {
  const until = ground.clock.now() + SERVING_GRACE_MS;
  for (;;) {
    try {
      return await ground.lock.acquire(`zone ${name}`);
    } catch (error) {
      if (toProblem(error).code !== 'lock.held') throw error;
      if (ground.clock.now() >= until || stop?.aborted) return undefined;
      const now = new Date(ground.clock.now() + 500).toISOString();
      emit({
        kind: 'waiting',
        what: `another run that writes the zone ${name}`,
        next: now,
        until: new Date(until).toISOString(),
      });
      await ground.clock.sleep(500, stop);
    }
  }
}
