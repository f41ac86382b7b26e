import { loadConfig, stateFolder } from '../config.ts';
import { type DomainSpec, NO_CONSENTS } from '../core/domain-spec.ts';
import type { Runs } from '../core/ground.ts';
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
  const named = request.profile !== undefined || request.file !== undefined;
  const last = named ? new Map<string, DomainSpec>() : await lastWishes(runs, domains);
  const rest = domains.filter((domain) => !last.has(domain));
  const loaded = loadDomains({ ...request, domains: rest.length > 0 ? rest : domains });
  const known = [...last.values()].map((spec) => ({ ...spec, consents: NO_CONSENTS }));
  const specs = rest.length > 0 ? [...known, ...loaded.specs] : known;
  return { ...loaded, specs: specs.toSorted((a, b) => a.domain.localeCompare(b.domain)) };
}

/** What the last run that worked towards a wish wanted of each domain. */
async function lastWishes(runs: Runs, domains: readonly string[]): Promise<Map<string, DomainSpec>> {
  const wishes = new Map<string, DomainSpec>();
  const open = new Set(domains);
  for (const run of await runs.list()) {
    if (open.size === 0) break;
    for (const entry of (await runs.read(run)) ?? []) {
      if (entry.kind !== 'began' || entry.verb === 'undo' || !open.has(entry.domain)) continue;
      wishes.set(entry.domain, entry.spec);
      open.delete(entry.domain);
    }
  }
  return wishes;
}
