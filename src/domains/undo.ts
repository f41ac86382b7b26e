import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground, JournalEntry } from '../core/ground.ts';
import { madeIn } from '../core/made.ts';
import { Problem } from '../core/problem.ts';
import type { RunReport } from '../core/report.ts';
import type { Resource } from '../core/resource.ts';
import { lookBack } from '../planning/look-back.ts';
import { type RunOptions, runDomains, type Task } from './run.ts';

/** What a run's journal says of one domain: the wish that it had then. */
interface Undoable {
  readonly spec: DomainSpec;
  readonly entries: readonly JournalEntry[];
}

/** Reads what a run did, for taking it back. Throws a Problem where there is no such run, or nothing of it to take back. */
export async function readRun(ground: Pick<Ground, 'runs'>, run: string): Promise<readonly Undoable[]> {
  const entries = await ground.runs.read(run);
  if (entries === undefined) {
    throw new Problem('input', 'runs.missing', `There is no run "${run}" in this state folder.`, {
      fix: '`mailwright runs` lists them; --state names another folder.',
    });
  }
  return entries.flatMap((entry) => (entry.kind === 'began' ? [{ spec: entry.spec, entries }] : []));
}

/**
 * Takes a run back, as a run of its own: what still is as the run left it goes back to what it was; what was changed since is left and
 * named. Also a run that was killed: whatever of it is there is found by looking.
 */
export async function undo(
  run: string,
  undoables: readonly Undoable[],
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  options: RunOptions,
): Promise<readonly RunReport[]> {
  const tasks = async () =>
    undoables.map(({ spec, entries }): Task => {
      const made = madeIn(entries, spec.domain);
      return {
        spec,
        look: (cache) => lookBack(spec, made, resources, ground, cache),
        applied: () => ground.runs.close(run),
      };
    });
  const domains = undoables.map(({ spec }) => spec.domain);
  return runDomains('undo', domains, ground, options, tasks, { direction: 'back', undoes: run });
}
