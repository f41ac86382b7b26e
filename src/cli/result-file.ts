import { writeFileSync } from 'node:fs';
import { Problem } from '../core/problem.ts';

/** Prints what --json asks for on stdout, or writes it into the file that it names. */
export function printResult(json: string, value: unknown): void {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (json === '-') process.stdout.write(text);
  else writeResult('--json', json, text);
}

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
