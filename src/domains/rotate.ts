import type { CheckId } from '../core/checks/check.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { RunReport } from '../core/report.ts';
import type { Resource } from '../core/resource.ts';
import { tasksAhead } from './ahead.ts';
import { runDomains } from './run.ts';
import type { RunOptions } from './task.ts';

/** What a rotation is judged by. */
const CHECKS: readonly CheckId[] = ['ses.dkim', 'ses.dkim-key-length', 'ses.identity'];

/** Renews DKIM keys, and nothing else of what `up` would do. */
export function rotateDkim(
  specs: readonly DomainSpec[],
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  options: RunOptions,
): Promise<readonly RunReport[]> {
  const wishes = specs.map((spec) => ({ ...spec, consents: { ...spec.consents, rotateDkim: true } }));
  const tasks = tasksAhead(wishes, resources, ground, (plan) => ({
    ...plan,
    changes: plan.changes.filter((change) => change.id.endsWith('/dkim-rotate')),
    checks: plan.checks.filter((check) => CHECKS.includes(check.id)),
    conflicts: plan.conflicts.filter((one) => one.code.startsWith('ses.dkim-') || one.code === 'ses.home'),
    later: [],
    left: [],
  }));
  return runDomains('rotate', wishes, ground, options, tasks);
}
