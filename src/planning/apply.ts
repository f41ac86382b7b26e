import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { Change, Outcome } from '../core/resource.ts';
import { isDelegated } from './dns-checks.ts';
import type { RoundEvent } from './events.ts';
import { type Job, openJob } from './job.ts';
import type { Plan } from './plan.ts';
import { neededRecords, waitServed } from './serving.ts';
import type { Survey } from './survey.ts';
import { unreported } from './unreported.ts';
import { writeZones } from './write-zones.ts';
import { zoneOf } from './zones.ts';

/** How the changes of one domain went. `held`: not made now, with the reason; a later round makes them. */
export interface Applied {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly held: ReadonlyMap<string, string>;
  /** Somebody changed the zone under our hands: it is looked at again at once. */
  readonly moved: boolean;
}

/** One domain's part of a round: what was approved, over what was seen. */
export interface Approval {
  readonly spec: DomainSpec;
  readonly plan: Plan;
  readonly changes: readonly Change[];
  readonly survey: Survey;
}

/** What applying stands on. */
export interface ApplyNeeds {
  readonly ground: Ground;
  readonly emit: (event: RoundEvent) => void;
  readonly stop: AbortSignal | undefined;
  /** up: systems first, DNS last · back: records first, as far as nothing uses them any more. */
  readonly direction: 'up' | 'back';
}

/** A change with the domain that it is for. */
export interface Item {
  readonly job: Job;
  readonly change: Change;
}

/**
 * Makes the changes of one or several domains: each as soon as nothing that it waits for is left, each zone in one batch, and what waits
 * for records to be served after that. A failure stops only what depends on it. What several domains need alike is made once.
 */
export async function applyPlans(
  approvals: readonly Approval[],
  needs: ApplyNeeds,
): Promise<ReadonlyMap<string, Applied>> {
  const total = approvals.reduce((sum, one) => sum + one.changes.length, 0);
  let begun = 0;
  let ended = 0;
  const jobs = approvals.map((approval) =>
    openJob(approval, {
      ground: needs.ground,
      started: (domain, change) => {
        begun += 1;
        needs.emit({ kind: 'applying', domain, change, n: begun, of: total });
      },
      settled: (domain, change, outcome) => {
        ended += 1;
        needs.emit({ kind: 'settled', domain, change, outcome, n: ended, of: total });
      },
    }),
  );
  const items = jobs.flatMap((job) => job.changes.map((change): Item => ({ job, change })));
  const dns = items.filter(({ change }) => change.system === 'dns');
  const systems = items.filter(({ change }) => change.system !== 'dns');
  const served = systems.filter(({ job, change }) => neededRecords(change, job.records).length > 0);
  const plain = systems.filter((item) => !served.includes(item));

  if (needs.direction === 'back') await writeZones(dns, needs, { holdTheRest: false });
  await flow(plain, needs);
  await writeZones(dns, needs, { holdTheRest: true });
  await flow(await serveable(served, needs), needs);
  return new Map(jobs.map((job) => [job.spec.domain, { outcomes: job.outcomes, held: job.held, moved: job.moved }]));
}

/** Runs changes of all systems in waves that flow: whatever becomes free starts at once, beside what is still running. */
async function flow(group: readonly Item[], needs: ApplyNeeds): Promise<void> {
  const waiting = new Set(group);
  const running = new Set<Promise<void>>();
  const alike = new Map<string, Promise<Outcome>>();
  const run = (work: Promise<void>) => {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
  };
  const launch = () => {
    const free: Item[] = [];
    for (const item of needs.stop?.aborted ? [] : [...waiting]) {
      const blocker = item.job.blockerOf(item.change);
      if (blocker === 'wait') continue;
      waiting.delete(item);
      if (blocker === undefined) free.push(item);
      else item.job.hold(item.change, blocker);
    }
    const batches = Map.groupBy(free, ({ job, change }) => (job.isTogether(change) ? change.system : undefined));
    for (const item of batches.get(undefined) ?? []) run(make(item, alike));
    for (const [system, items] of batches) if (system !== undefined) run(makeTogether(items));
  };
  launch();
  while (running.size > 0) {
    await Promise.race(running);
    launch();
  }
  const reason = needs.stop?.aborted ? 'stopped' : 'waits for what is not done yet';
  for (const { job, change } of waiting) job.hold(change, reason);
}

/** The journal knows of a change before anything happens. What another domain of this round is making already is only waited for. */
async function make({ job, change }: Item, alike: Map<string, Promise<Outcome>>): Promise<void> {
  if (change.system === 'ledger') {
    await job.begin(change);
    return job.settle(change, { status: 'done' });
  }
  const key = JSON.stringify([change.id, change.verb, change.after]);
  const other = change.verb === 'create' ? alike.get(key) : undefined;
  if (other) {
    const outcome = await other;
    // Whoever made it owns it.
    await job.begin(change);
    return job.settle(change, outcome.status === 'done' ? { ...outcome, status: 'kept' } : outcome);
  }
  const work = makeChanges([{ job, change }]).then(([outcome]) => outcome ?? unreported(change));
  alike.set(key, work);
  await work;
}

/** One call for the changes of all domains: what several of them need alike is in it once, and whoever comes first owns it. */
async function makeTogether(items: readonly Item[]): Promise<void> {
  const first = new Map<string, Item>();
  for (const item of items) if (!first.has(item.change.id)) first.set(item.change.id, item);
  const made = [...first.values()];
  const outcomes = await makeChanges(made);
  const byId = new Map(made.map(({ change }, index) => [change.id, outcomes[index] ?? unreported(change)]));
  for (const { job, change } of items) {
    const outcome = byId.get(change.id);
    if (first.get(change.id)?.change === change || !outcome) continue;
    await job.begin(change);
    await job.settle(change, outcome.status === 'done' ? { ...outcome, status: 'kept' } : outcome);
  }
}

/** Makes changes of one system in one call: journal, call, ledger, journal. The answers are in the order of the changes. */
async function makeChanges(items: readonly Item[]): Promise<readonly Outcome[]> {
  await Promise.all(items.map(({ job, change }) => job.begin(change)));
  const told = new Map<string, Outcome>();
  const settled = new Map<string, Promise<void>>();
  const report = {
    start: () => {},
    outcome: (id: string, outcome: Outcome) => {
      const item = items.find(({ change }) => change.id === id);
      if (!item || told.has(id)) return;
      told.set(id, outcome);
      settled.set(id, item.job.settle(item.change, outcome));
    },
  };
  const [first] = items;
  await first?.job.resourceOf(first.change)?.apply(
    items.map(({ change }) => change),
    report,
  );
  await Promise.all(settled.values());
  return Promise.all(
    items.map(async ({ job, change }) => {
      const known = told.get(change.id);
      if (known) return known;
      const lost = unreported(change);
      await job.settle(change, lost);
      return lost;
    }),
  );
}

/** Of the changes that wait for records: those whose records are served now; the others are held, with the reason. */
async function serveable(waiting: readonly Item[], needs: ApplyNeeds): Promise<readonly Item[]> {
  const possible = waiting.filter(({ job, change }) => {
    const stuck = (change.waitsFor ?? []).find((id) => job.held.has(id) || job.outcomes.get(id)?.status === 'failed');
    if (stuck !== undefined) job.hold(change, job.held.get(stuck) ?? `${stuck} failed`);
    if (stuck !== undefined) return false;
    const blocker = job.blockerOf(change);
    if (blocker !== undefined && blocker !== 'wait') job.hold(change, blocker);
    if (blocker !== undefined) return false;
    const dark = neededRecords(change, job.records)
      .map((want) => zoneOf(want.record.name, job.survey.zones))
      .find((view) => view === undefined || isDelegated(view.zone, view.delegation) === 'no');
    if (dark) job.hold(change, `waits until ${dark.zone.name} is delegated to its name servers`);
    return dark === undefined;
  });
  const wanted = possible.flatMap(({ job, change }) =>
    neededRecords(change, job.records).map((want) => ({
      want,
      zone: zoneOf(want.record.name, job.survey.zones)?.zone.name,
    })),
  );
  const missing = await waitServed(wanted, needs);
  return possible.filter(({ job, change }) => {
    const late = neededRecords(change, job.records).filter((want) => missing.has(want.id));
    const names = late.map((want) => `${want.record.name} ${want.record.type}`).join(' and ');
    if (late.length > 0) job.hold(change, `waits until ${names} ${late.length > 1 ? 'are' : 'is'} served`);
    return late.length === 0;
  });
}
