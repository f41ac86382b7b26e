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

  return {
    runs: {
      list: async () => (await names()).map(idOf).toSorted().toReversed(),
      unfinished: async () => (await names()).filter((name) => name.endsWith(OPEN)).map(idOf),
      async read(run) {
        if (!/^[\w-]+$/.test(run)) return undefined;
        const text = (await readText(join(folder, run + CLOSED))) ?? (await readText(join(folder, run + OPEN)));
        return text === undefined ? undefined : parse(text, run);
      },
      close,
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

/** The entries of a journal. Only its last line may be cut off: the process died while writing it. */
function parse(text: string, run: string): JournalEntry[] {
  const lines = text.split('\n');
  const last = lines.pop();
  const entries = lines.map((line, index) => {
    try {
      return JSON.parse(line) as JournalEntry;
    } catch {
      throw new Problem('failed', 'runs.broken', `The journal of run ${run} is broken in line ${index + 1}.`, {
        fix: 'Restore it from a backup, or move it away: what it can’t prove is then left alone.',
      });
    }
  });
  try {
    if (last) entries.push(JSON.parse(last) as JournalEntry);
  } catch {
    // Never durable, so nothing was done on its word.
  }
  return entries;
}
