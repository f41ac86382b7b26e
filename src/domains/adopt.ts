import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { RunReport } from '../core/report.ts';
import type { Change, Resource } from '../core/resource.ts';
import { tasksAhead } from './ahead.ts';
import { runDomains } from './run.ts';
import type { RunOptions } from './task.ts';

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
  const wishes = specs.map((spec) => ({ ...spec, consents: { ...spec.consents, adopt: true } }));
  const tasks = tasksAhead(wishes, resources, ground, (plan) => {
    later.set(
      plan.domain,
      plan.changes.filter((change) => !change.marks),
    );
    return {
      ...plan,
      changes: plan.changes.filter((change) => change.marks),
      later: [],
      // What stands in the way of `up` does not stand in the way of a mark, and what it would mend is no failure of adopting.
      conflicts: plan.conflicts.filter((one) => one.code === 'ses.home'),
      checks: plan.checks.filter((one) => one.status === 'ok' || one.status === 'unknown'),
    };
  });
  const reports = await runDomains('adopt', wishes, ground, options, tasks);
  return { reports, later };
}
