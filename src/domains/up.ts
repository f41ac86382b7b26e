import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { RunReport } from '../core/report.ts';
import type { Resource } from '../core/resource.ts';
import { tasksAhead } from './ahead.ts';
import { movedSince, type ReviewedPlan } from './plan-file.ts';
import { runDomains } from './run.ts';
import type { RunOptions } from './task.ts';

/** Brings domains up. `reviewed`: nothing is done that these plans do not hold. */
export function up(
  specs: readonly DomainSpec[],
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  options: RunOptions,
  reviewed: readonly ReviewedPlan[] = [],
): Promise<readonly RunReport[]> {
  const reviewOf = (domain: string) => reviewed.find((one) => one.spec.domain === domain);
  const tasks = tasksAhead(specs, resources, ground, (plan) => {
    const review = reviewOf(plan.domain);
    return review ? { ...plan, conflicts: [...plan.conflicts, ...movedSince(review, plan)] } : plan;
  });
  return runDomains('up', specs, ground, options, async () =>
    (await tasks()).map((task) => {
      const review = reviewOf(task.spec.domain);
      return review
        ? {
            ...task,
            reviewed: { approved: review.approved, accounts: review.plan.accounts ?? {}, changes: review.plan.changes },
          }
        : task;
    }),
  );
}
