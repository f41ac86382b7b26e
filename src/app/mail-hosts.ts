import type { RelaySpec } from '../core/domain-spec.ts';
import type { Ownership } from '../core/ground.ts';

/** The mail hosts at which something of these domains is ours, by the ledger: also those that no profile names any more. */
export interface KnownHosts {
  readonly relays: readonly RelaySpec[];
  readonly mailcows: readonly string[];
}

export async function readKnownHosts(domains: readonly string[], owned: Ownership): Promise<KnownHosts> {
  const relays = new Map<string, RelaySpec>();
  const mailcows = new Set<string>();
  for (const domain of domains) {
    for (const [id, entry] of (await owned.read(domain)).entries()) {
      const [, system, host] = /^(postfix|mailcow) ([^/]+)\//.exec(id) ?? [];
      if (host === undefined) continue;
      if (system === 'mailcow') mailcows.add(host);
      const { at } = entry as { at?: Pick<RelaySpec, 'ssh' | 'configDirectory'> };
      if (system === 'postfix' && at) relays.set(host, { host, managed: true, recipients: 'any', ...at });
    }
  }
  return { relays: [...relays.values()], mailcows: [...mailcows] };
}
