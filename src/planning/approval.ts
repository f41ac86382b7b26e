import type { Announced, Change } from '../core/resource.ts';
import type { Plan } from './plan.ts';

/** What a person (or a flag, or a reviewed plan) said yes to for one domain: the plan's changes and what it announced. */
export interface Approved {
  readonly changes: ReadonlyMap<string, string>;
  readonly announced: readonly Announced[];
}

export const NOTHING_APPROVED: Approved = { changes: new Map(), announced: [] };

/** The approval that covers this plan beside what was approved before. */
export function approve(plan: Pick<Plan, 'changes' | 'later'>, before: Approved): Approved {
  const changes = new Map(before.changes);
  for (const change of plan.changes) changes.set(change.id, content(change));
  return { changes, announced: [...before.announced, ...plan.later] };
}

/** The changes of a plan that nobody approved: not the same as approved ones and not announced. */
export function notCovered(plan: Plan, approved: Approved): readonly Change[] {
  const left = approved.announced.map((announced) => ({ ...announced }));
  return plan.changes.filter((change) => {
    const known = approved.changes.get(change.id);
    if (known !== undefined) return known !== content(change);
    const after = change.after as { name?: string; type?: string } | undefined;
    const match = left.find(
      (one) =>
        one.count > 0 && one.verb === change.verb && one.type === after?.type && after?.name?.endsWith(`.${one.under}`),
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
