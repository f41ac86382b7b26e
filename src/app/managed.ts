import { loadConfig, stateFolder } from '../config.ts';
import { Problem } from '../core/problem.ts';
import { openStateFolder } from '../integrations/state-folder/index.ts';
import { type DomainRequest, type Loaded, loadDomains } from './load-domain.ts';

/** The wishes for every domain of which something is ours, by the ledger. */
export async function loadManaged(request: DomainRequest): Promise<Loaded> {
  const state = stateFolder(loadConfig(), request.state);
  const domains = await (await openStateFolder(state)).owned.domains();
  if (domains.length > 0) return loadDomains({ ...request, domains });
  throw new Problem('input', 'list.none', `Nothing is managed from ${state} yet.`, {
    fix: 'Bring a domain up or adopt one, name domains, or point --state at the folder that was used.',
  });
}
