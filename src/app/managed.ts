import { loadConfig, stateFolder } from '../config.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { Runs, RunVerb } from '../core/ground.ts';
import { Problem } from '../core/problem.ts';
import { openStateFolder } from '../integrations/state-folder/index.ts';
import { type DomainRequest, type Loaded, loadDomains } from './load-domain.ts';

/**
 * The wishes for every domain of which something is ours, by the ledger: those of its last run, because domains of one folder may be of
 * several profiles; a profile that is named counts for all.
 */
export async function loadManaged(request: DomainRequest): Promise<Loaded> {
  const state = stateFolder(loadConfig(), request.state);
  const { owned, runs } = await openStateFolder(state);
  const domains = await owned.domains();
  if (domains.length === 0) {
    throw new Problem('input', 'list.none', `Nothing is managed from ${state} yet.`, {
      fix: 'Bring a domain up or adopt one, name domains, or point --state at the folder that was used.',
    });
  }
  const loaded = await withLastWishes(loadDomains({ ...request, domains }), request, runs);
  return { ...loaded, specs: loaded.specs.toSorted((a, b) => a.domain.localeCompare(b.domain)) };
}

/** The wishes for domains that are named: those of their last runs where no profile and no flag says what is wanted. */
export async function loadAsLast(request: DomainRequest): Promise<Loaded> {
  const loaded = loadDomains(request);
  const { runs } = await openStateFolder(loaded.state);
  return withLastWishes(loaded, request, runs);
}

async function withLastWishes(loaded: Loaded, request: DomainRequest, runs: Runs): Promise<Loaded> {
  const said = Object.values(request.flags).some((value) => value !== undefined);
  if (said || request.profile !== undefined || request.file !== undefined) return loaded;
  const last = await lastWishes(
    runs,
    loaded.specs.map((spec) => spec.domain),
  );
  const specs = loaded.specs.map((spec) => {
    const before = last.get(spec.domain) ?? spec;
    // A zone that was prepared before its move still waits for it.
    const zoneNotLive = spec.consents.zoneNotLive || before.consents.zoneNotLive;
    return { ...before, consents: { ...spec.consents, zoneNotLive } };
  });
  return { ...loaded, specs };
}

/** Runs that work towards the whole wish; undo goes the other way, rotate wants new keys alone. */
const WISHING: ReadonlySet<RunVerb> = new Set(['up', 'adopt', 'migrate']);

/** How a run ends that needed no approval. Declined and refused ones are no wish. */
const WELL: ReadonlySet<string> = new Set(['done', 'pending', 'failed']);

/** What the last run that worked towards a wish wanted of each domain: one that was approved, or found nothing to do. */
async function lastWishes(runs: Runs, domains: readonly string[]): Promise<Map<string, DomainSpec>> {
  const wishes = new Map<string, DomainSpec>();
  const open = new Set(domains);
  for (const run of await runs.list()) {
    if (open.size === 0) break;
    const entries = (await runs.read(run)) ?? [];
    for (const entry of entries) {
      if (entry.kind !== 'began' || !WISHING.has(entry.verb) || !open.has(entry.domain)) continue;
      const { domain, spec } = entry;
      const counts = entries.some(
        (one) =>
          'domain' in one &&
          one.domain === domain &&
          (one.kind === 'approved' || (one.kind === 'ended' && WELL.has(one.status))),
      );
      if (!counts) continue;
      wishes.set(domain, spec);
      open.delete(domain);
    }
  }
  return wishes;
}
