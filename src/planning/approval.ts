import type { Announced, Change } from '../core/resource.ts';
import type { Plan } from './plan.ts';

/** What a person (or a flag, or a reviewed plan) said yes to for one domain: the plan's changes and what it announced. */
export interface Approved {
  readonly changes: ReadonlyMap<string, string>;
  readonly announced: readonly Announced[];
  /** Ids of what is ours and only stays as long as something uses it: when the use ends, it may go. */
  readonly whenFree: ReadonlySet<string>;
}

export const NOTHING_APPROVED: Approved = { changes: new Map(), announced: [], whenFree: new Set() };

/** The approval that covers this plan beside what was approved before. */
export function approve(plan: Pick<Plan, 'changes' | 'later' | 'left'>, before: Approved): Approved {
  const changes = new Map(before.changes);
  for (const change of plan.changes) changes.set(change.id, content(change));
  const waiting = plan.left.filter((one) => one.ours).map((one) => one.id);
  return {
    changes,
    announced: [...before.announced, ...plan.later],
    whenFree: new Set([...before.whenFree, ...waiting]),
  };
}

/** The changes of a plan that nobody approved: not the same as approved ones and not announced. */
export function notCovered(plan: Plan, approved: Approved): readonly Change[] {
  const left = approved.announced.map((announced) => ({ ...announced }));
  return plan.changes.filter((change) => {
    const known = approved.changes.get(change.id);
    if (known !== undefined) return known !== content(change);
    if (change.verb === 'delete' && approved.whenFree.has(change.id)) return false;
    const after = change.after as { name?: string; type?: string } | undefined;
    const isUnder = (name: string | undefined, under: string) => name === under || name?.endsWith(`.${under}`);
    const match = left.find(
      (one) => one.count > 0 && one.verb === change.verb && one.type === after?.type && isUnder(after?.name, one.under),
    );
    if (!match) return true;
    match.count -= 1;
    return false;
  });
}

/** What was agreed on: the deed, not the sentence about it. */
function content(change: Change): string {
  return JSON.stringify([change.verb, change.after ?? null]);
}
