import { writeFileSync } from 'node:fs';
import { Problem } from '../core/problem.ts';

/** Writes what a flag asked for into the file that it names. */
export function writeResult(flag: string, path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new Problem('input', 'flag.file', `${flag}: ${path} can't be written (${(error as Error).message}).`, {
      fix: 'Name a file in a folder that exists and may be written.',
    });
  }
}
