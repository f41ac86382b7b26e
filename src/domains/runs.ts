import type { Ground, JournalEntry, RunVerb } from '../core/ground.ts';
import type { Change, Outcome } from '../core/resource.ts';

/** A run as its journal tells it. */
export interface RunSummary {
  readonly run: string;
  readonly verb: RunVerb;
  readonly at: string;
  readonly domains: readonly string[];
  /** The worst of its domains; unfinished: killed, or still at work. */
  readonly status: string;
  readonly undoes?: string;
  readonly undoneBy?: string;
  readonly changes: readonly {
    readonly domain: string;
    readonly change: Change;
    /** Absent: begun, and nobody knows how it went. */
    readonly outcome?: Outcome;
  }[];
}

/** All runs, newest first; of one domain, where it is named. `limit`: at most so many. */
export async function readRuns(
  ground: Pick<Ground, 'runs'>,
  only: { domain?: string | undefined; limit?: number } = {},
): Promise<RunSummary[]> {
  const found: RunSummary[] = [];
  const undone = new Map<string, { by: string; domains: Set<string> }>();
  for (const run of await ground.runs.list()) {
    const summary = summarise(run, (await ground.runs.read(run)) ?? []);
    if (!summary) continue;
    if (summary.undoes !== undefined && summary.status === 'done') {
      for (const one of summary.undoes.split(' ')) {
        const known = undone.get(one) ?? { by: run, domains: new Set<string>() };
        for (const domain of summary.domains) known.domains.add(domain);
        undone.set(one, known);
      }
    }
    if (only.domain !== undefined && !summary.domains.includes(only.domain)) continue;
    const taken = undone.get(run);
    const undoneBy = summary.domains.every((domain) => taken?.domains.has(domain)) ? taken?.by : undefined;
    found.push(undoneBy === undefined ? summary : { ...summary, undoneBy });
    if (found.length >= (only.limit ?? Number.POSITIVE_INFINITY)) break;
  }
  return found;
}

/** One run's journal in short; undefined where it holds nothing. Pure. */
export function summarise(run: string, entries: readonly JournalEntry[]): RunSummary | undefined {
  const began = entries.filter((entry) => entry.kind === 'began');
  const [first] = began;
  if (!first) return undefined;
  const outcomes = new Map<string, Outcome>();
  for (const entry of entries)
    if (entry.kind === 'settled') outcomes.set(`${entry.domain}\n${entry.id}`, entry.outcome);
  const ended = new Map(entries.filter((entry) => entry.kind === 'ended').map((entry) => [entry.domain, entry.status]));
  const statuses = began.map((entry) => ended.get(entry.domain) ?? 'unfinished');
  const worst = ['unfinished', 'failed', 'conflict', 'usage', 'pending', 'waiting', 'done'].find((one) =>
    statuses.includes(one),
  );
  return {
    run,
    verb: first.verb,
    at: first.at,
    domains: began.map((entry) => entry.domain),
    status: worst ?? statuses[0] ?? 'unfinished',
    ...(first.undoes === undefined ? {} : { undoes: first.undoes }),
    changes: entries.flatMap((entry) => {
      if (entry.kind !== 'started') return [];
      const outcome = outcomes.get(`${entry.domain}\n${entry.id}`);
      return [{ domain: entry.domain, change: entry.change, ...(outcome === undefined ? {} : { outcome }) }];
    }),
  };
}
