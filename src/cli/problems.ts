import pc from 'picocolors';
import { Problem, type ProblemKind, Problems } from '../core/problem.ts';

const EXIT: Readonly<Record<ProblemKind, number>> = {
  input: 2,
  account: 2,
  conflict: 4,
  unknown: 3,
  retry: 3,
  failed: 1,
};

/** What went wrong, as sentences for people; a bug keeps its stack. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof Problems) return error.all;
  if (error instanceof Problem) return [error];
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [new Problem('failed', 'unexpected', `This should not happen; please report it.\n${stack}`)];
}

/** Prints problems with their ways out; the answer is the exit status. */
export function showProblems(problems: readonly Problem[]): number {
  for (const { message, fix } of problems) {
    console.error(`${pc.red('✗')} ${message}`);
    if (fix) console.error(`  ${pc.dim('→')} ${fix}`);
  }
  return EXIT[problems[0]?.kind ?? 'failed'];
}
