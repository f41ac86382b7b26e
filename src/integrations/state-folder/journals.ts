import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Journal, JournalEntry, Runs } from '../../core/ground.ts';
import { Problem } from '../../core/problem.ts';
import { batched, readText } from './files.ts';

/** A run at work, or killed, has this ending; at its end the file is renamed. So the unfinished ones are found by their names. */
const OPEN = '.open.jsonl';
const CLOSED = '.jsonl';

/** Journals as files of one JSON line for each entry, flushed to disk before anybody goes on. */
export function openJournals(folder: string): {
  readonly runs: Runs;
  open(run: string): Promise<Journal & { close(): Promise<void> }>;
} {
  const names = async () => (await readdir(folder).catch(() => [] as string[])).filter((name) => name.endsWith(CLOSED));
  const idOf = (name: string) => name.slice(0, name.endsWith(OPEN) ? -OPEN.length : -CLOSED.length);
  const close = (run: string) =>
    rename(join(folder, run + OPEN), join(folder, run + CLOSED)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error; // nothing was written, or another process closed it
    });

  const read = async (run: string) => {
    if (!/^[\w-]+$/.test(run)) return undefined;
    const text = (await readText(join(folder, run + CLOSED))) ?? (await readText(join(folder, run + OPEN)));
    return text === undefined ? undefined : parse(text, run);
  };

  return {
    runs: {
      list: async () => (await names()).map(idOf).toSorted().toReversed(),
      unfinished: async () => (await names()).filter((name) => name.endsWith(OPEN)).map(idOf),
      read,
      async settle(run, domain, status) {
        const path = join(folder, run + OPEN);
        if ((await readText(path)) === undefined) return; // finished already
        const entry: JournalEntry = { kind: 'ended', domain, at: new Date().toISOString(), status };
        const file = await open(path, 'a', 0o600);
        try {
          // A line that was cut off stays one of its own.
          await file.appendFile(`\n${JSON.stringify(entry)}\n`);
          await file.datasync();
        } finally {
          await file.close();
        }
        if (isEnded(await read(run))) await close(run);
      },
    },
    async open(run) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // A run that never comes to write (a conflict, a lock) leaves no file.
      let file: Awaited<ReturnType<typeof open>> | undefined;
      const ended = new Set<string>();
      const began = new Set<string>();
      const write = batched<JournalEntry>(async (entries) => {
        file ??= await open(join(folder, run + OPEN), 'a', 0o600);
        await file.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
        await file.datasync();
        for (const { kind, domain } of entries) {
          if (kind === 'began') began.add(domain);
          if (kind === 'ended') ended.add(domain);
        }
      });
      return {
        run,
        write,
        async close() {
          await file?.close();
          // A domain without its end is left for the next run to look at.
          if (file && [...began].every((domain) => ended.has(domain))) await close(run);
        },
      };
    },
  };
}

/** Whether every domain that the run began with has its end. */
function isEnded(entries: readonly JournalEntry[] | undefined): boolean {
  const ended = new Set((entries ?? []).filter(({ kind }) => kind === 'ended').map(({ domain }) => domain));
  return (entries ?? []).every(({ kind, domain }) => kind !== 'began' || ended.has(domain));
}

/**
 * The entries of a journal. A line may be cut off where a process died while writing it, or the disk was full: it never was durable, so
 * nothing was done on its word.
 */
function parse(text: string, run: string): JournalEntry[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const entries = lines.flatMap((line): JournalEntry[] => {
    try {
      return [JSON.parse(line) as JournalEntry];
    } catch {
      return [];
    }
  });
  if (entries.length > 0 || lines.length === 0) return entries;
  throw new Problem('failed', 'runs.broken', `The journal of run ${run} can’t be read.`, {
    fix: 'Restore it from a backup, or move it away: what it can’t prove is then left alone.',
  });
}
