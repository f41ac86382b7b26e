import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { RunReport } from '../core/report.ts';
import type { Resource } from '../core/resource.ts';
import { NOTHING_APPROVED } from '../planning/approval.ts';
import type { RoundEvent } from '../planning/events.ts';
import type { Plan } from '../planning/plan.ts';
import { runRound } from '../planning/round.ts';
import { openReport, statusOf } from './report.ts';

/** Looks once and touches nothing: `plan` says what would be done, `check` what is true. */
export async function look(
  command: 'plan' | 'check',
  spec: DomainSpec,
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  emit: (event: RoundEvent) => void,
): Promise<{ report: RunReport; plan: Plan }> {
  const report = openReport(ground.journal.run, command, spec.domain, () => ground.clock.now());
  const { plan } = await runRound({
    spec,
    resources,
    ground,
    number: 1,
    approved: NOTHING_APPROVED,
    given: new Set(),
    emit(event) {
      report.take(event);
      emit(event);
    },
  });
  if (plan.conflicts.length > 0) return { report: report.finish('conflict'), plan };
  if (command === 'plan' && plan.changes.length > 0) return { report: report.finish('waiting'), plan };
  return { report: report.finish(statusOf(plan, false)), plan };
}
