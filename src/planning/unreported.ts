import { toProblem } from '../core/problem.ts';
import type { Change, Outcome } from '../core/resource.ts';

/** An applier that forgets to say how it went is a bug, and is told as one. */
export function unreported(change: Change): Outcome {
  return {
    status: 'failed',
    problem: toProblem(new Error(`${change.system} did not report on ${change.id}`)).toJSON(),
  };
}
