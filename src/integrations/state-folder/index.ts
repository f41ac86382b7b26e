import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Facts, Journal, JournalEntry, Lock, Ownership, Secrets } from '../../core/ground.ts';
import type { Json } from '../../core/problem.ts';
import { batched, openJsonFile, readText, writeWhole } from './files.ts';
import { openLock } from './lock.ts';

/** The command line's memory: journals, ownership, locks and slow facts as files in one folder, readable by its owner alone. */
export interface StateFolder {
  readonly folder: string;
  /** The name of this installation, made once. */
  readonly home: string;
  readonly owned: Ownership;
  readonly lock: Lock;
  readonly secrets: Secrets;
  readonly facts: Facts;
  openJournal(run: string): Promise<Journal & { close(): Promise<void> }>;
}

/** Opens the folder and makes it where it is new. */
export async function openStateFolder(folder: string): Promise<StateFolder> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const facts = openJsonFile<Record<string, { value: Json; at: number }>>(join(folder, 'facts.json'), {}, 'forget');
  const ledgers = new Map<string, ReturnType<typeof openJsonFile<Record<string, Json>>>>();
  const ledgerOf = (domain: string) => {
    const known =
      ledgers.get(domain) ?? openJsonFile<Record<string, Json>>(join(folder, 'owned', `${domain}.json`), {});
    ledgers.set(domain, known);
    return known;
  };
  return {
    folder,
    home: await installation(folder),
    owned: {
      async read(domain) {
        const all = await ledgerOf(domain).read();
        return { get: (id) => all[id] };
      },
      put: (domain, id, value) => ledgerOf(domain).update((now) => ({ ...now, [id]: value })),
      remove: (domain, id) => ledgerOf(domain).update(({ [id]: _gone, ...rest }) => rest),
    },
    lock: openLock(join(folder, 'locks')),
    secrets: {
      put: (ref, value) => writeWhole(join(folder, 'secrets', encodeURIComponent(ref)), value),
      get: (ref) => readText(join(folder, 'secrets', encodeURIComponent(ref))),
    },
    facts: {
      async recall(key, maxAgeMs) {
        const known = (await facts.read())[key];
        return known && Date.now() - known.at <= maxAgeMs ? known : undefined;
      },
      remember: (key, value) => facts.update((now) => ({ ...now, [key]: { value, at: Date.now() } })),
    },
    async openJournal(run) {
      await mkdir(join(folder, 'runs'), { recursive: true, mode: 0o700 });
      const file = await open(join(folder, 'runs', `${run}.jsonl`), 'a', 0o600);
      const write = batched<JournalEntry>(async (entries) => {
        await file.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
        await file.datasync();
      });
      return { run, write, close: () => file.close() };
    },
  };
}

/** Made once, by whoever comes first: everybody else reads that one. */
async function installation(folder: string): Promise<string> {
  const path = join(folder, 'installation.json');
  const read = async () => {
    const text = await readText(path);
    return text === undefined ? undefined : (JSON.parse(text) as { id: string }).id;
  };
  const known = await read();
  if (known !== undefined) return known;
  const id = randomBytes(8).toString('hex');
  const draft = `${path}.${id}`;
  await writeWhole(draft, `${JSON.stringify({ id })}\n`);
  // A link appears whole or not at all, and never over another.
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft, { force: true });
  return (await read()) ?? id;
}
