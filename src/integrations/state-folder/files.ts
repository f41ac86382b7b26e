import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Problem } from '../../core/problem.ts';

/** A file's text, or undefined where there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces a file whole: after a crash it is the old one or the new one. Readable by its owner alone. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.${performance.now().toString(36).replace('.', '')}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/**
 * Runs jobs that come while one is running together in one go: with `together` called for all of them at once,
 * a hundred small writes cost one flush to disk. Each caller's promise settles when its own job is on disk.
 */
export function batched<T>(together: (jobs: readonly T[]) => Promise<void>): (job: T) => Promise<void> {
  let next: T[] = [];
  let running: Promise<void> = Promise.resolve();
  let planned: Promise<void> | undefined;
  return (job) => {
    next.push(job);
    planned ??= running
      .catch(() => undefined)
      .then(() => {
        const jobs = next;
        next = [];
        planned = undefined;
        running = together(jobs);
        return running;
      });
    return planned;
  };
}

/** A JSON file that is read, changed and replaced whole, by one writer at a time in this process. A broken cache is forgotten. */
export function openJsonFile<T extends object>(path: string, empty: T, broken: 'forget' | 'tell' = 'tell') {
  const read = async (): Promise<T> => {
    const text = await readText(path);
    if (text === undefined) return empty;
    try {
      return JSON.parse(text) as T;
    } catch {
      if (broken === 'forget') return empty;
      throw new Problem('failed', 'state.broken', `${path} is broken: it is no JSON.`, {
        fix: 'Restore it from a backup, or move it away: what can’t be proved ours is then left alone.',
      });
    }
  };
  const update = batched<(now: T) => T>(async (changes) => {
    let after: T = await read();
    for (const change of changes) after = change(after);
    await writeWhole(path, `${JSON.stringify(after, null, 1)}\n`);
  });
  return { read, update };
}
