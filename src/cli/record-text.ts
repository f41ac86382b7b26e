import { readFileSync } from 'node:fs';
import { Problem } from '../core/problem.ts';

/** A text that is given on the command line, in a file (@FILE), or on stdin (-). The line end that files end with is no part of it. */
export function readText(given: string): string {
  if (given !== '-' && !given.startsWith('@')) return given;
  const path = given === '-' ? 0 : given.slice(1);
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF|\r?\n$/g, '');
  } catch (error) {
    const where = path === 0 ? 'stdin' : path;
    throw new Problem('input', 'flag.file', `${where} can't be read (${(error as Error).message}).`, {
      fix: 'Name a file that is there, as @FILE.',
    });
  }
}
