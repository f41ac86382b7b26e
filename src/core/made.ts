import type { JournalEntry } from './ground.ts';
import type { Change, Made } from './resource.ts';

/** Something a run made, and whether it is known to have happened: a run that was killed can't say. */
export interface MadeInRun extends Made {
  readonly sure: boolean;
}

/**
 * What a run made of one domain, by its journal: every change that it began and that did not fail, the several steps of one thing
 * as one (its value before the first, after the last). What was there already (`kept`) is not among it. Pure.
 */
export function madeIn(entries: readonly JournalEntry[], domain: string): MadeInRun[] {
  const made = new Map<string, MadeInRun>();
  const began = new Map<string, Change>();
  for (const entry of entries) {
    if (entry.domain !== domain) continue;
    if (entry.kind === 'started') began.set(entry.id, entry.change);
    if (entry.kind === 'settled') {
      const change = began.get(entry.id);
      began.delete(entry.id);
      const lost = entry.outcome.status === 'failed' && entry.outcome.problem.kind === 'unknown';
      if (change && (entry.outcome.status === 'done' || lost))
        made.set(entry.id, fold(made.get(entry.id), change, !lost));
    }
  }
  for (const [id, change] of began) made.set(id, fold(made.get(id), change, false));
  return [...made.values()].filter((one) => one.before !== undefined || one.after !== undefined);
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
    undo,
    sure,
  };
}
