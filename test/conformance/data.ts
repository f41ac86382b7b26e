import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

/** Other people's test data, beside the checkout or where TEST_DATA says. It is read in place and is no part of the project. */
const FOLDER = process.env.TEST_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));

export function dataPath(path: string): string {
  return `${FOLDER}/${path}`;
}

export function dataFile(path: string): string {
  return readFileSync(dataPath(path), 'utf8');
}

/** A suite over a folder of that data; where it is absent, one skipped test says so. */
export function conformance(folder: string, suite: () => void): void {
  if (existsSync(`${FOLDER}/${folder}`)) describe(folder, suite);
  else describe.skip(`${folder} (SKIPPED: the data is not in ${FOLDER}; TEST_DATA names another folder)`, () => {});
}
