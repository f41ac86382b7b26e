import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { RunReport } from '../core/report.ts';
import type { Resource } from '../core/resource.ts';
import { lookAhead } from '../planning/look.ts';
import { readUnsettled } from '../planning/recover.ts';
import { movedSince, type ReviewedPlan } from './plan-file.ts';
import { type RunOptions, runDomains, type Task } from './run.ts';

/**
 * Brings domains up. What a killed run had made is recognised first, so that the ledger is whole again.
 * `reviewed`: nothing is done that these plans do not hold.
 */
export function up(
  specs: readonly DomainSpec[],
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  options: RunOptions,
  reviewed: readonly ReviewedPlan[] = [],
): Promise<readonly RunReport[]> {
  const tasks = () =>
    Promise.all(
      specs.map(async (spec): Promise<Task> => {
        const unsettled = await readUnsettled(spec.domain, ground);
        const review = reviewed.find((one) => one.spec.domain === spec.domain);
        return {
          spec,
          async look(cache) {
            const look = await lookAhead(spec, resources, ground, cache, unsettled);
            const moved = review ? movedSince(review, look.plan) : [];
            return { ...look, plan: { ...look.plan, conflicts: [...look.plan.conflicts, ...moved] } };
          },
          lost: (changes) => unsettled.made.push(...changes),
          applied: async () => {
            for (const run of unsettled.closes) await ground.runs.close(run);
          },
          ...(review === undefined ? {} : { reviewed: { approved: review.approved, changes: review.plan.changes } }),
        };
      }),
    );
  return runDomains(
    'up',
    specs.map((spec) => spec.domain),
    ground,
    options,
    tasks,
  );
}
