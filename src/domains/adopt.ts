import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { RunReport } from '../core/report.ts';
import type { Change, Resource } from '../core/resource.ts';
import { lookAhead } from '../planning/look.ts';
import { readUnsettled } from '../planning/recover.ts';
import { type RunOptions, runDomains, type Task } from './run.ts';

/**
 * Makes live domains ours without changing anything that mail could notice: marks where systems have room for one, the ledger elsewhere.
 * The answer's second part is what `up` would change later.
 */
export async function adopt(
  specs: readonly DomainSpec[],
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  options: RunOptions,
): Promise<{ reports: readonly RunReport[]; later: ReadonlyMap<string, readonly Change[]> }> {
  const later = new Map<string, readonly Change[]>();
  const tasks = () =>
    Promise.all(
      specs.map(async (spec): Promise<Task> => {
        const wish = { ...spec, consents: { ...spec.consents, adopt: true } };
        const unsettled = await readUnsettled(spec.domain, ground);
        return {
          spec: wish,
          async look(cache) {
            const look = await lookAhead(wish, resources, ground, cache, unsettled);
            const marks = look.plan.changes.filter((change) => change.marks);
            later.set(
              spec.domain,
              look.plan.changes.filter((change) => !change.marks),
            );
            // What stands in the way of `up` does not stand in the way of a mark.
            const conflicts = look.plan.conflicts.filter((one) => one.code === 'ses.home');
            // What `up` would mend is no failure of adopting; `check` tells of it.
            const checks = look.plan.checks.filter((one) => one.status === 'ok');
            return { ...look, plan: { ...look.plan, changes: marks, later: [], conflicts, checks } };
          },
        };
      }),
    );
  const reports = await runDomains(
    'adopt',
    specs.map((spec) => spec.domain),
    ground,
    options,
    tasks,
  );
  return { reports, later };
}
