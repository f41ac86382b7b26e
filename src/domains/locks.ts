import type { Ground } from '../core/ground.ts';
import { type Problem, toProblem } from '../core/problem.ts';

/** The locks of a run's domains, to be released when it ends. */
interface Locks {
  readonly locks: readonly { release(): Promise<void> }[];
  /** Domains that another run works on. */
  readonly busy: ReadonlyMap<string, Problem>;
}

/** All or none, in one order for everybody, so that two runs never wait for each other. `keepGoing`: those that are free. */
export async function lockAll(domains: readonly string[], ground: Ground, keepGoing: boolean): Promise<Locks> {
  const locks: { release(): Promise<void> }[] = [];
  const busy = new Map<string, Problem>();
  for (const domain of domains.toSorted()) {
    try {
      locks.push(await ground.lock.acquire(`domain ${domain}`));
    } catch (error) {
      const problem = toProblem(error);
      busy.set(domain, problem);
      if (keepGoing && problem.kind === 'conflict' && busy.size < domains.length) continue;
      for (const lock of locks) await lock.release();
      throw error;
    }
  }
  return { locks, busy };
}
