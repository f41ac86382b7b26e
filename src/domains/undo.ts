import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground, JournalEntry } from '../core/ground.ts';
import { madeIn } from '../core/merge/made.ts';
import { Problem } from '../core/problem.ts';
import type { RunReport } from '../core/report.ts';
import type { Resource } from '../core/resource.ts';
import { lookBack } from '../planning/look-back.ts';
import { runDomains } from './run.ts';
import type { RunOptions, Task } from './task.ts';

/** What the journals of some runs say of one domain: the wish that the last of them had, and all that they did. */
interface Undoable {
  readonly spec: DomainSpec;
  readonly entries: readonly JournalEntry[];
}

/** Reads what runs did, for taking them back together. Throws a Problem where there is no such run. */
export async function readRuns(ground: Pick<Ground, 'runs'>, runs: readonly string[]): Promise<readonly Undoable[]> {
  const entries: JournalEntry[] = [];
  // Ids begin with the time: what was done first is told first.
  for (const run of runs.toSorted()) {
    const told = await ground.runs.read(run);
    if (told === undefined) {
      throw new Problem('input', 'runs.missing', `There is no run "${run}" in this state folder.`, {
        fix: '`mailwright runs` lists them; --state names another folder.',
      });
    }
    entries.push(...told);
  }
  const specs = new Map(
    entries.flatMap((entry) => (entry.kind === 'began' ? [[entry.domain, entry.spec] as const] : [])),
  );
  return [...specs.values()].map((spec) => ({ spec, entries }));
}

/**
 * Takes runs back, as a run of its own: what still is as they left it goes back to what it was; what was changed since is left and
 * named. Also runs that were killed: whatever of them is there is found by looking.
 */
export async function undo(
  runs: readonly string[],
  undoables: readonly Undoable[],
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  options: RunOptions,
): Promise<readonly RunReport[]> {
  const tasks = async () =>
    undoables.map(({ spec, entries }): Task => {
      const made = madeIn(entries, spec.domain);
      const approvals = entries.filter((entry) => entry.kind === 'approved' && entry.domain === spec.domain);
      const madeAt = Object.assign(
        {},
        ...approvals.map((entry) => (entry.kind === 'approved' ? entry.accounts : {})),
      ) as Record<string, string>;
      const asked = entries.flatMap((entry) =>
        entry.kind === 'asked' && entry.domain === spec.domain ? entry.changes : [],
      );
      const done = { made, madeAt, asked };
      return {
        spec,
        look: (cache) => lookBack(spec, done, resources, ground, cache),
        // What is left of it is named; nothing is left to find out.
        done: async () => {
          for (const run of runs) await ground.runs.settle(run, spec.domain, `undone by ${ground.journal.run}`);
        },
      };
    });
  const specs = undoables.map(({ spec }) => spec);
  return runDomains('undo', specs, ground, options, tasks, { direction: 'back', undoes: runs.join(' ') });
}
