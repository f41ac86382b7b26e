import { toProblem } from '../core/problem.ts';
import { type RunReport, STATUS_CODES } from '../core/report.ts';
import type { Plan } from '../planning/plan.ts';
import type { RunOptions } from './task.ts';

/**
 * What is up is looked at once more; what is on its way would be called wrong. A look that fails, or that somebody does not wait for,
 * hides nothing of what was done.
 */
export async function lastLook(
  up: readonly { report: RunReport; plan: Plan }[],
  { verify, stop }: Pick<RunOptions, 'verify' | 'stop'>,
): Promise<readonly RunReport[]> {
  const plain = up.map(({ report }) => report);
  if (!verify || up.length === 0 || stop?.aborted) return plain;
  const stopped = new Promise<readonly RunReport[]>((resolve) => {
    stop?.addEventListener('abort', () => resolve(plain), { once: true });
  });
  const looked = verify(up).catch((error: unknown) => {
    const { message } = toProblem(error);
    const said = { code: 'check.failed', message: `The last look failed: ${message}`, fix: 'Run `mailwright check`.' };
    const unseen = { status: 'pending', exit: STATUS_CODES.pending } as const;
    return plain.map((report) => ({ ...report, ...unseen, errors: [...report.errors, said] }));
  });
  return Promise.race([looked, stopped]);
}
