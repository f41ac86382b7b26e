import type { Diagnosis } from '../core/diagnosis.ts';
import { toDiagnosis } from '../core/diagnosis.ts';
import { toProblem } from '../core/problem.ts';

/** One thing that a doctor looks at. */
export interface Examiner {
  /** As lines name it: 'ses', 'cloudflare', 'machine'. */
  readonly system: string;
  /** Milliseconds after which it is unknown. */
  readonly limitMs: number;
  examine(): Promise<readonly Diagnosis[]>;
}

/**
 * Lets all look at once and joins what they say, in their order. One that is late or breaks is one line, and keeps nobody else from
 * speaking. `told`: hears of each as it is done.
 */
export async function examineAll(
  examiners: readonly Examiner[],
  told: (diagnoses: readonly Diagnosis[]) => void = () => {},
): Promise<readonly Diagnosis[]> {
  const all = await Promise.all(
    examiners.map(async (examiner) => {
      const lines = await examineOne(examiner);
      told(lines);
      return lines;
    }),
  );
  return all.flat();
}

async function examineOne({ system, limitMs, examine }: Examiner): Promise<readonly Diagnosis[]> {
  const at = { id: `${system}.examination`, system };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Diagnosis[]>((resolve) => {
    timer = setTimeout(() => {
      const says = `did not come to an end in ${limitMs / 1000} s`;
      resolve([{ ...at, status: 'unknown', says, fix: 'Check the network, then run again.' }]);
    }, limitMs);
  });
  try {
    return await Promise.race([examine(), late]);
  } catch (error) {
    return [toDiagnosis(toProblem(error), at)];
  } finally {
    clearTimeout(timer);
  }
}
