import { type LiveRecord, MARKER } from '../core/dns.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import { madeIn } from '../core/merge/made.ts';
import { recordData } from '../core/merge/merge-change.ts';
import { revertRecords } from '../core/merge/revert-records.ts';
import type { Json } from '../core/problem.ts';
import type { Made, Owned } from '../core/resource.ts';
import type { Survey } from './survey.ts';
import { readable } from './zones.ts';

/** What runs that were killed may have made of a domain: their last word on it is missing. */
export interface Unsettled {
  /** Grows by what this run itself gets no answer to. */
  readonly made: Made[];
  /** The unfinished runs that were about this domain. */
  readonly runs: readonly string[];
}

/** Reads the journals of unfinished runs. The caller holds the domain's lock, so that none of them is still at work on it. */
export async function readUnsettled(domain: string, ground: Ground): Promise<Unsettled> {
  const made: Made[] = [];
  const runs: string[] = [];
  for (const run of await ground.runs.unfinished()) {
    if (run === ground.journal.run) continue;
    const entries = (await ground.runs.read(run)) ?? [];
    const began = entries.filter((entry) => entry.kind === 'began').map((entry) => entry.domain);
    const ended = entries.filter((entry) => entry.kind === 'ended').map((entry) => entry.domain);
    if (!began.includes(domain) || ended.includes(domain)) continue;
    // What came to its end is in the ledger since.
    made.push(...madeIn(entries, domain).filter((one) => !one.sure));
    runs.push(run);
  }
  return { made, runs };
}

/**
 * What of that is true: what could be taken back stands as we made it, so that it is ours. A mark in the world has to say so, too,
 * where the world has room for one: between the kill and now, somebody may have made the same by hand. Pure.
 */
export function recover(unsettled: Unsettled, survey: Survey, spec: DomainSpec): Record<string, Json | null> {
  const lacking = unsettled.made.filter((one) =>
    Object.entries(ownsOf(one)).some(([id, value]) => differs(survey, id, value)),
  );
  if (lacking.length === 0) return {};
  const marked = readable(survey.zones).flatMap((view) =>
    view.live.filter((record) => view.provider.limits.marker === 'none' || record.comment?.includes(MARKER)),
  );
  const all = readable(survey.zones).flatMap((view) => view.live);
  const found = new Set<string>();
  for (const one of lacking) {
    if (one.system === 'dns') {
      const touchesTheirs = one.verb === 'update';
      const { changes } = revertRecords([one], touchesTheirs ? all : marked, { owned: asIfOurs(one) });
      if (changes.length > 0 || isGone(one, all)) found.add(one.id);
    } else {
      const system = survey.systems.get(one.system);
      const back = system && !system.problem ? system.resource.revert([one], system.state, spec) : undefined;
      if (back && (back.changes.length > 0 || back.left.some((left) => left.ours))) found.add(one.id);
    }
  }
  return Object.assign({}, ...lacking.filter((one) => found.has(one.id)).map(ownsOf)) as Record<string, Json | null>;
}

/** The ledger as it would be: whether the world agrees is the question here. */
function asIfOurs(made: Made): Owned {
  const owns = ownsOf(made);
  return { get: (id) => owns[id] ?? undefined, entries: () => [] };
}

/** What the ledger would hold had the run come to say that it is done. */
function ownsOf(made: Made): Readonly<Record<string, Json | null>> {
  if (made.owns !== undefined) return made.owns;
  return { [made.id]: made.verb === 'delete' ? null : (made.after ?? null) };
}

function differs(survey: Survey, id: string, value: Json | null): boolean {
  return JSON.stringify(survey.owned.get(id) ?? null) !== JSON.stringify(value);
}

/** A deletion that took place: the record is not there any more. */
function isGone(made: Made, live: readonly LiveRecord[]): boolean {
  if (made.after !== undefined || made.before === undefined) return false;
  const before = JSON.stringify(recordData(made.before as unknown as LiveRecord));
  return !live.some((record) => JSON.stringify(recordData(record)) === before);
}
