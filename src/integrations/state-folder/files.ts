import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

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

/** A JSON file that is read, changed and replaced by one writer at a time in this process. */
export function openJsonFile<T>(path: string, empty: T) {
  let queue: Promise<unknown> = Promise.resolve();
  const read = async (): Promise<T> => {
    const text = await readText(path);
    return text === undefined ? empty : (JSON.parse(text) as T);
  };
  return {
    read,
    update(change: (now: T) => T): Promise<void> {
      const done = queue.then(async () => writeWhole(path, `${JSON.stringify(change(await read()), null, 1)}\n`));
      queue = done.catch(() => undefined);
      return done;
    },
  };
}
