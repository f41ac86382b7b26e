import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { RunReport } from '../core/report.ts';
import type { Resource } from '../core/resource.ts';
import { NOTHING_APPROVED } from '../planning/approval.ts';
import type { RoundEvent } from '../planning/events.ts';
import { lookAhead } from '../planning/look.ts';
import type { Plan } from '../planning/plan.ts';
import { readUnsettled } from '../planning/recover.ts';
import { type Course, runRound } from '../planning/round.ts';
import { openReport, statusOf } from './report.ts';

/** What one look brought of a domain. */
export interface Looked {
  readonly report: RunReport;
  readonly plan: Plan;
}

/** Looks once and touches nothing: `plan` says what would be done, `check` what is true. */
export async function look(
  command: 'plan' | 'check',
  specs: readonly DomainSpec[],
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  emit: (event: RoundEvent) => void,
): Promise<readonly Looked[]> {
  return lookOnce(command, specs, ground, emit, async (spec) => {
    const unsettled = await readUnsettled(spec.domain, ground);
    return (cache) => lookAhead(spec, resources, ground, cache, unsettled);
  });
}

/** The same with a look of one's own (`down --dry-run` looks at the way back). */
export async function lookOnce(
  command: 'plan' | 'check' | 'down',
  specs: readonly DomainSpec[],
  ground: Ground,
  emit: (event: RoundEvent) => void,
  lookOf: (spec: DomainSpec) => Promise<Course['look']>,
): Promise<readonly Looked[]> {
  const reports = new Map(
    specs.map((spec) => [spec, openReport(ground.journal.run, command, spec.domain, () => ground.clock.now())]),
  );
  const courses = await Promise.all(
    specs.map(async (spec) => ({
      spec,
      look: await lookOf(spec),
      approved: NOTHING_APPROVED,
      given: new Set<string>(),
    })),
  );
  const results = await runRound({
    courses,
    applies: new Set(),
    ground,
    number: 1,
    direction: command === 'down' ? 'back' : 'up',
    emit(event) {
      for (const [spec, report] of reports) if ('domain' in event && event.domain === spec.domain) report.take(event);
      emit(event);
    },
  });
  return results.map(({ course, plan }) => {
    const report = reports.get(course.spec);
    // Without its zone a plan is not the whole of it: `up` would not begin it either.
    const blind = plan.unknown.some(({ system }) => system === 'dns');
    const waiting = command !== 'check' && plan.changes.length > 0;
    const planned = blind ? 'pending' : 'waiting';
    const status = plan.conflicts.length > 0 ? 'conflict' : waiting ? planned : statusOf(plan, false);
    return { report: (report as NonNullable<typeof report>).finish(status), plan };
  });
}
