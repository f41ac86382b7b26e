import type { JournalEntry } from '../ground.ts';
import type { Json } from '../problem.ts';
import type { Change, Made } from '../resource.ts';

/** Something a run made, and whether it is known to have happened: a run that was killed can't say. */
export interface MadeInRun extends Made {
  readonly sure: boolean;
}

/**
 * What a run made of one domain, by its journal, in the order in which it was made: every change that it began and that did not fail.
 * Several steps of one thing count as one, its value before the first, after the last; but where somebody changed a record between two
 * of them, these stay apart. What was there already (`kept`) is not among it. Pure.
 */
export function madeIn(entries: readonly JournalEntry[], domain: string): MadeInRun[] {
  const made: MadeInRun[] = [];
  const began = new Map<string, Change>();
  const add = (change: Change, sure: boolean) => {
    const at = made.findLastIndex((one) => one.id === change.id);
    const last = made[at];
    if (last && goesOn(last, change)) made[at] = fold(last, change, sure);
    else made.push(fold(undefined, change, sure));
  };
  for (const entry of entries) {
    if (entry.domain !== domain) continue;
    if (entry.kind === 'started') {
      const lost = began.get(entry.id);
      if (lost) add(lost, false);
      began.set(entry.id, entry.change);
    }
    if (entry.kind === 'settled') {
      const change = began.get(entry.id);
      began.delete(entry.id);
      const lost = entry.outcome.status === 'failed' && entry.outcome.problem.kind === 'unknown';
      if (change && (entry.outcome.status === 'done' || lost)) add(change, !lost);
    }
  }
  for (const change of began.values()) add(change, false);
  return made.filter((one) => one.before !== undefined || one.after !== undefined);
}

/** Whether a step begins where the one before it ended. */
function goesOn(last: MadeInRun, change: Change): boolean {
  if (change.system !== 'dns') return true;
  return plain(last.after) === plain(change.before);
}

/** A record's data as text; nothing is nothing. */
function plain(data: Json | undefined): string {
  if (data === undefined) return '';
  const { name, type, value, preference } = data as { [key: string]: Json };
  return JSON.stringify([name, type, value, preference]);
}

function fold(before: MadeInRun | undefined, change: Change, sure: boolean): MadeInRun {
  const { id, system, verb, what, after, undo, owns, waitsFor } = change;
  const first = before ?? change;
  return {
    id,
    system,
    verb: before?.verb === 'create' ? 'create' : verb,
    what,
    ...(first.before === undefined ? {} : { before: first.before }),
    ...(after === undefined ? {} : { after }),
    ...(owns === undefined ? {} : { owns }),
    ...(waitsFor === undefined ? {} : { waitsFor }),
    ...((before ? before.wasOurs : changesOurs(change)) ? { wasOurs: true as const } : {}),
    undo,
    sure,
  };
}

/** An update that is neither of somebody's record nor a mere mark changes what was ours already. */
function changesOurs({ verb, foreign, marks, system }: Change): boolean {
  return system === 'dns' && verb === 'update' && !foreign && !marks;
}
