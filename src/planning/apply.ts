import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import { toProblem } from '../core/problem.ts';
import type { Change, Outcome } from '../core/resource.ts';
import { isDelegated } from './dns-checks.ts';
import type { RoundEvent } from './events.ts';
import type { Plan } from './plan.ts';
import { neededRecords, SERVING_GRACE_MS, waitServed } from './serving.ts';
import type { Survey } from './survey.ts';

/** How the changes of one round went. `held`: not made now, with the reason; a later round makes them. */
export interface Applied {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly held: ReadonlyMap<string, string>;
}

interface Needs {
  readonly ground: Ground;
  readonly survey: Survey;
  readonly emit: (event: RoundEvent) => void;
  readonly stop: AbortSignal | undefined;
}

/**
 * Makes the changes of a plan: each as soon as nothing that it waits for is left, systems first, each zone in one batch, and what waits
 * for records to be served after that. A failure stops only what depends on it.
 */
export async function applyPlan(
  plan: Plan,
  changes: readonly Change[],
  spec: DomainSpec,
  needs: Needs,
): Promise<Applied> {
  const { ground, emit } = needs;
  const outcomes = new Map<string, Outcome>();
  const held = new Map<string, string>();
  const byId = new Map(changes.map((change) => [change.id, change]));
  const records = new Map(plan.records.map((record) => [record.id, record]));
  const report = {
    start(id: string) {
      const change = byId.get(id);
      if (change) emit({ kind: 'applying', change, n: outcomes.size + 1, of: changes.length });
    },
    outcome(id: string, outcome: Outcome) {
      outcomes.set(id, outcome);
      const change = byId.get(id);
      if (change) emit({ kind: 'settled', change, outcome });
    },
  };

  /** Runs changes of all systems in waves that flow: whatever becomes free starts at once, beside what is still running. */
  async function flow(group: readonly Change[]): Promise<void> {
    const waiting = new Set(group);
    const running = new Set<Promise<void>>();
    const launch = () => {
      for (const change of needs.stop?.aborted ? [] : [...waiting]) {
        const blocker = blockerOf(change);
        if (blocker === 'wait') continue;
        waiting.delete(change);
        if (blocker !== undefined) {
          held.set(change.id, blocker);
          continue;
        }
        const job = make(change).finally(() => running.delete(job));
        running.add(job);
      }
    };
    launch();
    while (running.size > 0) {
      await Promise.race(running);
      launch();
    }
    const reason = needs.stop?.aborted ? 'stopped' : 'waits for what is not done yet';
    for (const change of waiting) held.set(change.id, reason);
  }

  /** The journal knows of a change before anything happens. */
  async function make(change: Change): Promise<void> {
    await ground.journal.write({ kind: 'started', at: time(ground), id: change.id, change });
    await needs.survey.systems.get(change.system)?.resource.apply([change], report);
    await settle(change, outcomes.get(change.id) ?? unreported(change));
  }

  async function settle(change: Change, outcome: Outcome): Promise<void> {
    outcomes.set(change.id, outcome);
    if (outcome.status === 'done') {
      if (change.verb === 'delete') await ground.owned.remove(spec.domain, change.id);
      else {
        const ours = change.owns === undefined ? change.after : change.owns;
        if (ours !== undefined && ours !== null) await ground.owned.put(spec.domain, change.id, ours);
      }
    }
    await ground.journal.write({ kind: 'settled', at: time(ground), id: change.id, outcome });
  }

  /** undefined: free to go · 'wait': something of this round comes first · else why it is held back. */
  function blockerOf(change: Change): string | undefined {
    for (const id of change.waitsFor ?? []) {
      const first = byId.get(id);
      const outcome = outcomes.get(id);
      if (outcome?.status === 'failed') return `${first?.what ?? id} failed`;
      if (first && held.has(id)) return held.get(id);
      if (first && outcome === undefined) return 'wait';
      if (!first && !records.has(id)) return `waits for ${id}, which can't be made now`;
    }
    return undefined;
  }

  const dns = changes.filter((change) => change.system === 'dns');
  const needServing = changes.filter((change) => change.system !== 'dns' && neededRecords(change, records).length > 0);
  const plain = changes.filter((change) => change.system !== 'dns' && !needServing.includes(change));
  await flow(plain);
  await writeZone();
  const served = await serveable(needServing);
  await flow(served);
  return { outcomes, held };

  /** Of the changes that wait for records: those whose records are served now; the others are held, with the reason. */
  async function serveable(waiting: readonly Change[]): Promise<readonly Change[]> {
    const { zone } = needs.survey;
    const possible = waiting.filter((change) => {
      const stuck = (change.waitsFor ?? []).find((id) => held.has(id) || outcomes.get(id)?.status === 'failed');
      if (stuck !== undefined) held.set(change.id, held.get(stuck) ?? `${stuck} failed`);
      return stuck === undefined;
    });
    if (possible.length === 0 || 'problem' in zone) return [];
    if (isDelegated(zone.zone, zone.delegation) === 'no') {
      for (const change of possible)
        held.set(change.id, `waits until ${zone.zone.name} is delegated to its name servers`);
      return [];
    }
    const wanted = [...new Set(possible.flatMap((change) => neededRecords(change, records)))];
    const missing = await waitServed(wanted, zone.zone.name, needs);
    return possible.filter((change) => {
      const late = neededRecords(change, records).filter((want) => missing.has(want));
      const names = late.map((want) => `${want.record.name} ${want.record.type}`).join(' and ');
      if (late.length > 0) held.set(change.id, `waits until ${names} ${late.length > 1 ? 'are' : 'is'} served`);
      return late.length === 0;
    });
  }

  /** Two domains of one zone take turns: the second waits a while, then leaves its records to its next run. */
  async function zoneLock(name: string): Promise<{ release(): Promise<void> } | undefined> {
    const until = ground.clock.now() + SERVING_GRACE_MS;
    for (;;) {
      try {
        return await ground.lock.acquire(`zone ${name}`);
      } catch (error) {
        if (toProblem(error).code !== 'lock.held') throw error;
        if (ground.clock.now() >= until || needs.stop?.aborted) return undefined;
        emit({
          kind: 'waiting',
          what: `another run that writes the zone ${name}`,
          next: time(ground),
          until: new Date(until).toISOString(),
        });
        await ground.clock.sleep(500, needs.stop);
      }
    }
  }

  async function writeZone(): Promise<void> {
    const { zone } = needs.survey;
    if (dns.length === 0 || 'problem' in zone) return;
    // While records are still announced and the systems get on, the zone waits: it is written once, whole.
    const progress = [...outcomes.values()].some((outcome) => outcome.status !== 'failed');
    if (plan.later.length > 0 && progress) {
      for (const change of dns) held.set(change.id, 'written together with the records that are named next');
      return;
    }
    const ready = dns.filter((change) => {
      const blocker = needs.stop?.aborted ? 'stopped' : blockerOf(change);
      if (blocker !== undefined) held.set(change.id, blocker === 'wait' ? 'waits for what is not done yet' : blocker);
      return blocker === undefined;
    });
    if (ready.length === 0) return;
    const lock = await zoneLock(zone.zone.name);
    if (lock === undefined) {
      for (const change of ready) held.set(change.id, `another run is writing the zone ${zone.zone.name}`);
      return;
    }
    try {
      const at = time(ground);
      await Promise.all(ready.map((change) => ground.journal.write({ kind: 'started', at, id: change.id, change })));
      await zone.provider.apply(zone.zone, ready, report);
    } catch (error) {
      const problem = toProblem(error).toJSON();
      for (const change of ready)
        if (!outcomes.has(change.id)) report.outcome(change.id, { status: 'failed', problem });
    } finally {
      await Promise.all(ready.map((change) => settle(change, outcomes.get(change.id) ?? unreported(change))));
      await lock.release();
    }
  }
}

/** An applier that forgets to say how it went is a bug, and is told as one. */
function unreported(change: Change): Outcome {
  return {
    status: 'failed',
    problem: toProblem(new Error(`${change.system} did not report on ${change.id}`)).toJSON(),
  };
}

function time(ground: Ground): string {
  return new Date(ground.clock.now()).toISOString();
}
