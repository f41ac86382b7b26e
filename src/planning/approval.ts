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
    const match = announcing(change, left);
    if (!match) return true;
    match.count -= 1;
    return false;
  });
}

/** The approval with its announcements used up by the changes that they covered: these are approved by name from now, also when they fail at first. */
export function useUp(approved: Approved, changes: readonly Change[]): Approved {
  const announced = approved.announced.map((one) => ({ ...one }));
  const named = new Map(approved.changes);
  for (const change of changes) {
    if (approved.changes.has(change.id)) continue;
    const match = announcing(change, announced);
    if (!match) continue;
    match.count -= 1;
    named.set(change.id, content(change));
  }
  return { ...approved, changes: named, announced: announced.filter((one) => one.count > 0) };
}

/** The announcement that a change without a name of its own in the approval belongs to. */
function announcing<A extends Announced>(change: Change, announced: readonly A[]): A | undefined {
  const after = change.after as { name?: string; type?: string } | undefined;
  const isUnder = (name: string | undefined, under: string) => name === under || name?.endsWith(`.${under}`);
  return announced.find(
    (one) => one.count > 0 && one.verb === change.verb && one.type === after?.type && isUnder(after?.name, one.under),
  );
}

/** What was agreed on: the deed and what it replaces, not the sentence about it. */
function content(change: Change): string {
  const { id: _id, ttl: _ttl, comment: _comment, ...before } = (change.before ?? {}) as { [key: string]: unknown };
  return JSON.stringify([change.verb, before, change.after ?? null]);
}
