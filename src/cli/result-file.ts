import { writeFileSync } from 'node:fs';
import { Problem } from '../core/problem.ts';

/** As JSON, in which nothing foreign moves a terminal's cursor or turns its text round: what is not seen is written as \uXXXX. */
export function toJson(value: unknown, indent?: number): string {
  const hex = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, indent).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
    char.split('').map(hex).join(''),
  );
}

/** Prints what --json asks for on stdout, or writes it into the file that it names. */
export function printResult(json: string, value: unknown): void {
  const text = `${toJson(value, 2)}\n`;
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
