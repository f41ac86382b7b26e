import type { Outcome } from '../../../core/resource.ts';
import type { TlsPolicyData } from '../data.ts';
import { readTlsPolicies } from '../read.ts';
import { type Deed, isThere, unconfirmed } from './deed.ts';

/** Makes a TLS policy for a next hop; one that somebody made since stays theirs. */
export async function makeTlsPolicy({ client, data }: Deed): Promise<Outcome> {
  const { host, dest, policy } = data as unknown as TlsPolicyData;
  const about = `TLS policy for ${dest}`;
  try {
    const body = { dest, policy, parameters: '', active: '1' };
    await client.write('add/tls-policy-map', body, { about, expect: ['tls_policy_map_entry_saved'] });
    if (!(await find(client, dest))) throw unconfirmed(host, about);
    return { status: 'done' };
  } catch (error) {
    const live = isThere(error, 'tls-policy-map-entry-exists') ? await find(client, dest) : undefined;
    if (!live?.active || live.policy !== policy) throw error;
    return { status: 'kept' };
  }
}

/** Takes it away again. */
export async function removeTlsPolicy({ client, data }: Deed): Promise<Outcome> {
  const { host, dest } = data as unknown as TlsPolicyData;
  const about = `TLS policy for ${dest}`;
  const live = await find(client, dest);
  if (!live) return { status: 'done' };
  await client.write('delete/tls-policy-map', [live.id], { about, expect: ['tls_policy_map_entry_deleted'] });
  if (await find(client, dest)) throw unconfirmed(host, `the removal of ${about}`);
  return { status: 'done' };
}

async function find(client: Deed['client'], dest: string) {
  return (await readTlsPolicies(client)).find((one) => one.dest === dest);
}
