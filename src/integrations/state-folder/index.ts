import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Facts, Journal, Lock, Ownership, Runs, Secrets } from '../../core/ground.ts';
import { isNote } from '../../core/ledger.ts';
import type { Json } from '../../core/problem.ts';
import { openJsonFile, readText, writeWhole } from './files.ts';
import { openJournals } from './journals.ts';
import { openLock } from './lock.ts';

/** The command line's memory: journals, ownership, locks and slow facts as files in one folder, readable by its owner alone. */
export interface StateFolder {
  readonly folder: string;
  /** The name of this installation, made once. */
  readonly home: string;
  readonly owned: Ownership;
  readonly runs: Runs;
  readonly lock: Lock;
  readonly secrets: Secrets;
  readonly facts: Facts;
  openJournal(run: string): Promise<Journal & { close(): Promise<void> }>;
}

/** Opens the folder and makes it where it is new. */
export async function openStateFolder(folder: string): Promise<StateFolder> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const facts = openJsonFile<Record<string, { value: Json; at: number }>>(join(folder, 'facts.json'), {}, 'forget');
  const journals = openJournals(join(folder, 'runs'));
  return {
    folder,
    home: await installation(folder),
    owned: openLedger(join(folder, 'owned')),
    runs: journals.runs,
    lock: openLock(join(folder, 'locks')),
    secrets: {
      put: (ref, value) => writeWhole(join(folder, 'secrets', encodeURIComponent(ref)), value),
      get: (ref) => readText(join(folder, 'secrets', encodeURIComponent(ref))),
      remove: (ref) => rm(join(folder, 'secrets', encodeURIComponent(ref)), { force: true }),
    },
    facts: {
      async recall(key, maxAgeMs) {
        const known = (await facts.read())[key];
        return known && Date.now() - known.at <= maxAgeMs ? known : undefined;
      },
      remember: (key, value) => facts.update((now) => ({ ...now, [key]: { value, at: Date.now() } })),
    },
    openJournal: journals.open,
  };
}

/** What is ours, one file for each domain. */
function openLedger(folder: string): Ownership {
  const files = new Map<string, ReturnType<typeof openJsonFile<Record<string, Json>>>>();
  const fileOf = (domain: string) => {
    const known = files.get(domain) ?? openJsonFile<Record<string, Json>>(join(folder, `${domain}.json`), {});
    files.set(domain, known);
    return known;
  };
  return {
    async domains() {
      const names = await readdir(folder).catch(() => [] as string[]);
      const domains = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
      const filled = await Promise.all(
        domains.map(async (one) => Object.keys(await fileOf(one).read()).some((id) => !isNote(id))),
      );
      return domains.filter((_, index) => filled[index]).toSorted();
    },
    async read(domain) {
      const all = await fileOf(domain).read();
      return { get: (id) => all[id], entries: () => Object.entries(all) };
    },
    async write(domain, entries) {
      if (Object.keys(entries).length === 0) return;
      await fileOf(domain).update((now) => {
        const after = { ...now };
        for (const [id, value] of Object.entries(entries)) {
          if (value === null) delete after[id];
          else after[id] = value;
        }
        return after;
      });
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
