import type { Ground } from '../core/ground.ts';
import type { RunStatus } from '../core/report.ts';
import type { Outcome } from '../core/resource.ts';
import type { ApplyNeeds } from '../planning/apply.ts';
import { NOTHING_APPROVED } from '../planning/approval.ts';
import { type Course, type RoundResult, runRound } from '../planning/round.ts';
import { statusOf } from './report.ts';
import type { RunOptions, Task } from './task.ts';
import { waitingFor } from './waiting-for.ts';

/** Pauses between looks while a run waits; after the last, every minute. */
const PAUSES_MS = [1000, 1000, 2000, 3000, 5000, 10_000, 15_000, 30_000, 60_000];
/** How often a run without --wait looks what became of a lost answer. */
const LOST_LOOKS = 3;
/** Rounds that a domain takes without waiting: more would mean that the plan never becomes empty. */
const MAX_ROUNDS = 8;

interface Ending {
  readonly status: RunStatus;
  readonly held: ReadonlyMap<string, string>;
}

/** A domain on its way through the rounds. */
interface Way {
  readonly task: Task;
  readonly course: Course;
  busy: number;
  lostLooks: number;
  /** What killed runs left open of it was found out, and written down. */
  settled: boolean;
}

/** Round after round, the domains that go first before the others, until nothing is left to do or to wait for. */
export async function runRounds(
  tasks: readonly Task[],
  ground: Ground,
  options: RunOptions,
  direction: ApplyNeeds['direction'],
): Promise<ReadonlyMap<string, Ending>> {
  const until = ground.clock.now() + options.waitMs;
  const endings = new Map<string, Ending>();
  const ways = tasks.map((task): Way => {
    const course = {
      spec: task.spec,
      look: task.look,
      approved: task.reviewed?.approved ?? NOTHING_APPROVED,
      given: new Set<string>(),
      told: new Set<string>(),
    };
    return { task, course, busy: 0, lostLooks: 0, settled: false };
  });
  const stopping = stopAtFailure(options, ways.length > 1 && !options.keepGoing);
  let active = ways.slice(0, options.first ?? ways.length);
  let rest = ways.slice(active.length);
  let pauses = 0;
  for (let number = 1; active.length > 0; number += 1) {
    let verdict: 'yes' | 'no' | 'conflict' = 'yes';
    const looked = number === 1 ? ways : active;
    const results = await runRound({
      courses: looked.map((way) => way.course),
      applies: new Set(active.map((way) => way.course)),
      ground,
      number,
      direction,
      approvedBy: options.approvedBy,
      keepGoing: options.keepGoing,
      emit: stopping.emit,
      stop: stopping.signal,
      ask: async (open) => {
        verdict = await options.ask(open);
        return verdict === 'yes' ? 'yes' : 'no';
      },
    });
    const refused = (verdict as string) === 'conflict' ? 'conflict' : 'waiting';
    for (const { course, plan, ended } of results) {
      if (ended === 'applied') continue;
      const status = ended === 'refused' ? refused : plan.conflicts.length > 0 ? 'conflict' : 'waiting';
      endings.set(course.spec.domain, { status, held: new Map() });
    }
    const none = results.every(({ ended }) => ended !== 'applied');
    if (none && !(options.keepGoing && rest.length > 0)) return endings;
    for (const way of active) {
      const applied = results.some((one) => one.course === way.course && one.ended === 'applied');
      if (applied && !way.settled) await way.task.applied?.();
      if (applied) way.settled = true;
    }

    const next: Way[] = [];
    let changed = false;
    for (const way of active) {
      const result = results.find((one) => one.course === way.course);
      if (result?.ended !== 'applied') continue;
      const stand = standOf(result, way);
      endings.set(way.course.spec.domain, { status: stand.status, held: result.applied?.held ?? new Map() });
      if (stopping.signal.aborted) continue;
      if (stand.changed && way.busy < MAX_ROUNDS) {
        way.busy += 1;
        changed = true;
        next.push(way);
      } else if (stand.status === 'pending') {
        const patient = ground.clock.now() < until || (stand.lost && way.lostLooks < LOST_LOOKS);
        if (stand.lost) way.lostLooks += 1;
        if (patient) next.push(way);
      }
    }
    active = next;
    if (active.length === 0 && rest.length > 0 && mayFollow(ways.slice(0, -rest.length), endings, options)) {
      // Those that went first are looked at again: what they waited for may have come.
      const well = ways.filter((way) =>
        ['done', 'pending'].includes(endings.get(way.course.spec.domain)?.status ?? ''),
      );
      active = [...well, ...rest];
      rest = [];
      continue;
    }
    if (changed || active.length === 0) continue;
    const pause = PAUSES_MS[Math.min(pauses, PAUSES_MS.length - 1)] ?? 60_000;
    pauses += 1;
    const waiting = results.filter((result) => active.some((way) => way.course === result.course));
    stopping.emit({
      kind: 'waiting',
      what: waitingFor(waiting.map(({ plan }) => plan)),
      next: new Date(ground.clock.now() + pause).toISOString(),
      until: new Date(Math.max(until, ground.clock.now() + pause)).toISOString(),
    });
    await ground.clock.sleep(pause, stopping.signal);
    if (stopping.signal.aborted) break;
  }
  return endings;
}

/** How a domain stands after a round. An answer that was lost says nothing: what became of it is found by looking. */
function standOf(
  { plan, applied }: RoundResult,
  { course, task }: Way,
): { status: RunStatus; changed: boolean; lost: boolean } {
  const outcomes: readonly [string, Outcome][] = [...(applied?.outcomes ?? [])];
  for (const [id, outcome] of outcomes)
    if (outcome.status === 'failed' && !['unknown', 'retry'].includes(outcome.problem.kind)) course.given.add(id);
  const lost = plan.changes.filter((change) => {
    const outcome = applied?.outcomes.get(change.id);
    return outcome?.status === 'failed' && outcome.problem.kind === 'unknown';
  });
  task.lost?.(lost);
  const open = plan.changes.some((change) => change.by === 'us' && !course.given.has(change.id));
  const failed = course.given.size > 0;
  return {
    status: open && !failed ? 'pending' : statusOf(plan, failed),
    changed: applied?.moved === true || outcomes.some(([, outcome]) => outcome.status !== 'failed'),
    lost:
      lost.length > 0 ||
      outcomes.some(([, outcome]) => outcome.status === 'failed' && outcome.problem.kind === 'retry'),
  };
}

/** Whether the others may follow those that went first: nothing failed, and with --wait everything is done. */
function mayFollow(first: readonly Way[], endings: ReadonlyMap<string, Ending>, options: RunOptions): boolean {
  const good: readonly RunStatus[] = options.waitMs > 0 ? ['done'] : ['done', 'pending'];
  return (
    options.keepGoing || first.every(({ course }) => good.includes(endings.get(course.spec.domain)?.status ?? 'failed'))
  );
}

/** One domain's failure ends a run over several after the calls under way. */
function stopAtFailure(options: RunOptions, halts: boolean): { signal: AbortSignal; emit: RunOptions['emit'] } {
  const failure = new AbortController();
  const signal = options.stop ? AbortSignal.any([options.stop, failure.signal]) : failure.signal;
  return {
    signal,
    emit(event) {
      options.emit(event);
      if (!halts || event.kind !== 'settled' || event.outcome.status !== 'failed') return;
      if (!['unknown', 'retry'].includes(event.outcome.problem.kind)) failure.abort();
    },
  };
}
