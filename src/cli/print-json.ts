import type { Flags } from './flags.ts';
import { printResult } from './result-file.ts';

/** Prints for people, or, with --json, the data; with --json=FILE both, the data into the file. */
export function printJson(flags: Flags, data: object, show: () => string): void {
  const json = flags.text('json');
  if (json !== undefined) printResult(json, data);
  if (json !== '-') process.stdout.write(`${show()}\n`);
}
