import { parseResource, type Resource, SERVED_TYPES } from '../dns/resource.ts';
import { Zone } from '../dns/zone.ts';
import { recordText } from './record-input.ts';
import type { RecordTable } from './state.ts';

const SERVED: readonly string[] = SERVED_TYPES;

/**
 * What the name servers serve of a domain's records. ALIAS is flattened; the apex NS are Porkbun's own, whatever the table says.
 * The SOA is as Porkbun's servers (run by Cloudflare) answer it.
 */
export function buildServedZone(origin: string, records: RecordTable, serial: number, hosts: readonly string[]): Zone {
  const zone = new Zone(origin, {
    primary: hosts[0] ?? '',
    admin: 'dns.cloudflare.com',
    serial,
    refresh: 10_000,
    retry: 2400,
    expire: 604_800,
    minimum: 1800,
    ttl: 1800,
  });
  const sets = new Map<string, Resource[]>();
  for (const record of records.values()) {
    const { name, type, ttl } = record;
    if (type === 'ALIAS') zone.flattened.set(name, record.content);
    if (!SERVED.includes(type) || (type === 'NS' && name === origin)) continue;
    const key = `${name} ${type}`;
    sets.set(key, [...(sets.get(key) ?? []), parseResource(name, type, ttl, recordText(record))]);
  }
  for (const [key, set] of sets) {
    const [name = '', type = ''] = key.split(' ');
    zone.put(name, type, set);
  }
  zone.put(
    origin,
    'NS',
    hosts.map((data) => ({ name: origin, type: 'NS', ttl: 86_400, data })),
  );
  return zone;
}
