import { Problem } from '../core/problem.ts';

/** Why something could not be read. A wrong account or input stops everything, and a bug is no property of the outside: those are thrown. */
export function unreadable(error: unknown): Problem {
  if (!(error instanceof Problem) || error.kind === 'account' || error.kind === 'input') throw error;
  return error;
}
