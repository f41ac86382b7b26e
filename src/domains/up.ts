import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { RunReport, RunStatus } from '../core/report.ts';
import type { Change, Outcome, Resource } from '../core/resource.ts';
import { type Approved, NOTHING_APPROVED } from '../planning/approval.ts';
import type { RoundEvent } from '../planning/events.ts';
import type { Plan } from '../planning/plan.ts';
import { runRound } from '../planning/round.ts';
import { openReport, statusOf } from './report.ts';

/** How far a run goes by itself. */
export interface UpOptions {
  /** Asked for every plan that holds something nobody approved. */
  readonly ask: (plan: Plan, unapproved: readonly Change[]) => Promise<'yes' | 'no' | 'conflict'>;
  /** How long to keep looking until SES and DNS agree, in milliseconds; 0: not at all. */
  readonly waitMs: number;
  readonly emit: (event: RoundEvent) => void;
  readonly stop?: AbortSignal;
}

/** Pauses between looks while a run waits; after the last, every minute. */
const PAUSES_MS = [1000, 1000, 2000, 3000, 5000, 10_000, 15_000, 30_000, 60_000];

/** How often a run without --wait looks what became of a lost answer. */
const LOST_LOOKS = 3;

/** Rounds that a run makes without waiting: more would mean that the plan never becomes empty. */
const MAX_ROUNDS = 8;

/**
 * Brings a domain up: round after round until nothing is left, or only waiting is. Each round looks at the world anew, so a run that
 * was cut off is finished by running again. The lock of the domain is held for the whole of it.
 */
export async function up(
  spec: DomainSpec,
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  options: UpOptions,
): Promise<RunReport> {
  const { clock, journal } = ground;
  const report = openReport(journal.run, 'up', spec.domain, () => clock.now());
  const emit = (event: RoundEvent) => {
    report.take(event);
    options.emit(event);
  };
  const lock = await ground.lock.acquire(`domain ${spec.domain}`);
  try {
    await journal.write({ kind: 'began', run: journal.run, domain: spec.domain, verb: 'up', at: iso(clock.now()) });
    const status = await rounds(spec, resources, ground, { ...options, emit }, report.held);
    await journal.write({ kind: 'ended', at: iso(clock.now()), status });
    return report.finish(status);
  } finally {
    await lock.release();
  }
}

async function rounds(
  spec: DomainSpec,
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  options: UpOptions,
  held: (reasons: ReadonlyMap<string, string>) => void,
): Promise<RunStatus> {
  const until = ground.clock.now() + options.waitMs;
  const given = new Set<string>();
  let approved: Approved = NOTHING_APPROVED;
  let waits = 0;
  let busy = 0;
  for (let number = 1; ; number += 1) {
    let verdict: 'yes' | 'no' | 'conflict' = 'yes';
    const result = await runRound({
      spec,
      resources,
      ground,
      number,
      approved,
      given,
      emit: options.emit,
      stop: options.stop,
      ask: async (plan, unapproved) => {
        verdict = await options.ask(plan, unapproved);
        return verdict === 'yes' ? 'yes' : 'no';
      },
    });
    approved = result.approved;
    if (result.ended === 'conflict') return 'conflict';
    if (result.ended === 'refused')
      return (verdict as 'yes' | 'no' | 'conflict') === 'conflict' ? 'conflict' : 'waiting';
    const outcomes: ReadonlyMap<string, Outcome> = result.applied?.outcomes ?? new Map();
    const reasons = result.applied?.held ?? new Map();
    held(reasons);
    for (const [id, outcome] of outcomes)
      if (outcome.status === 'failed' && outcome.problem.kind !== 'unknown') given.add(id);
    if (options.stop?.aborted) return 'pending';
    // Something changed: look again.
    if ([...outcomes.values()].some((outcome) => outcome.status !== 'failed') && busy < MAX_ROUNDS) {
      busy += 1;
      continue;
    }
    // An answer that was lost says nothing: what became of it is found by looking, a few times also without --wait.
    const lost = [...outcomes.values()].some(
      (outcome) => outcome.status === 'failed' && outcome.problem.kind === 'unknown',
    );
    const open = result.plan.changes.filter((change) => change.by === 'us' && !given.has(change.id));
    const status = open.length > 0 && given.size === 0 ? 'pending' : statusOf(result.plan, given.size > 0);
    const patient = ground.clock.now() < until || (lost && waits < LOST_LOOKS);
    if (status !== 'pending' || !patient) return status;
    const pause = PAUSES_MS[Math.min(waits, PAUSES_MS.length - 1)] ?? 60_000;
    waits += 1;
    options.emit({
      kind: 'waiting',
      what: waitingFor(result.plan),
      next: iso(ground.clock.now() + pause),
      until: iso(Math.max(until, ground.clock.now() + pause)),
    });
    await ground.clock.sleep(pause, options.stop);
    if (options.stop?.aborted) return 'pending';
  }
}

/** What a run waits for, in a few words. */
export function waitingFor(plan: Plan): string {
  const open = plan.checks.filter((check) => check.status === 'pending' || check.status === 'unknown');
  const names = open.map((check) =>
    check.region ? `${check.id} in ${check.region}` : `${check.name ?? check.system} (${check.id})`,
  );
  const rest = plan.changes.map((change) => change.what);
  const unread = plan.unknown.map((one) => `${one.system} to answer`);
  const all = [...new Set([...unread, ...names, ...rest])];
  return all.length > 4 ? `${all.slice(0, 4).join(', ')} and ${all.length - 4} more` : all.join(', ');
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
