import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Problem } from '../../core/problem.ts';

/** A file as it is to be. */
export interface FileToWrite {
  readonly path: string;
  readonly text: string;
  /** Of a new file; `force`: also of one that is there. */
  readonly mode: number;
  readonly force?: boolean;
  /** What it held when it was read; undefined: it was not there. Anything else by now, and nothing is written. */
  readonly before: string | undefined;
}

/** A file's text, undefined where there is none. Throws a Problem where it can't be read. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Problem('input', 'file.unreadable', `${path} can't be read (${(error as Error).message}).`);
  }
}

/**
 * Writes several files, all or none: whole beside their places first, then each takes its place in one step. Without a pause between, so
 * that no signal handler runs meanwhile. Throws a Problem, with everything as it was.
 */
export function writeTogether(files: readonly FileToWrite[]): void {
  const drafts: { file: FileToWrite; place: string; draft: string }[] = [];
  const placed: typeof drafts = [];
  const folders: string[] = [];
  try {
    for (const file of files) {
      if (readIfThere(file.path) !== file.before) {
        throw new Problem('conflict', 'file.changed', `${file.path} has changed meanwhile; nothing was written.`, {
          fix: 'Run again.',
        });
      }
      const made = mkdirSync(dirname(file.path), { recursive: true });
      if (made !== undefined) folders.push(made);
      // A link stays a link: what it points to is replaced.
      const place = existsSync(file.path) ? realpathSync(file.path) : file.path;
      const draft = `${place}.${process.pid}.tmp`;
      drafts.push({ file, place, draft });
      const mode = file.before === undefined || file.force ? file.mode : statSync(place).mode & 0o777;
      writeDraft(draft, file.text, mode);
    }
    for (const one of drafts) {
      renameSync(one.draft, one.place);
      placed.push(one);
    }
  } catch (error) {
    for (const { file, place } of placed) {
      if (file.before === undefined) rmSync(place, { force: true });
      else writeDraft(place, file.before, statSync(place).mode & 0o777);
    }
    for (const { draft } of drafts) rmSync(draft, { force: true });
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    if (error instanceof Problem) throw error;
    throw new Problem('input', 'file.unwritable', `Nothing was written: ${(error as Error).message}.`, {
      fix: 'Make the folder writable, or work in another.',
    });
  }
}

function writeDraft(path: string, text: string, mode: number): void {
  const file = openSync(path, 'w', mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  // The mode of creation is cut by the umask.
  chmodSync(path, mode);
}
