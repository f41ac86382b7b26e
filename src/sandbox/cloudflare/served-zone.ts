import { createHash } from 'node:crypto';
import { parseResource, type Resource, SERVED_TYPES } from '../dns/resource.ts';
import { Zone } from '../dns/zone.ts';
import type { CloudZone, RecordTable, StoredRecord } from './state.ts';
import { readText } from './txt.ts';

/** Automatic TTL as it is served, in seconds. */
const AUTOMATIC_TTL = 300;
const SERVED: readonly string[] = SERVED_TYPES;

/**
 * What the name servers serve of a zone's records: automatic TTLs as 300 s, proxied names as Cloudflare's own addresses,
 * flattened CNAMEs as their target's. Types outside SERVED_TYPES are kept by the API but not served here.
 */
export function buildServedZone(zone: CloudZone, records: RecordTable, serial: number): Zone {
  const [primary = ''] = zone.account.nameServers;
  const served = new Zone(zone.name, {
    primary,
    admin: 'dns.cloudflare.com',
    serial,
    refresh: 10_000,
    retry: 2400,
    expire: 604_800,
    minimum: 1800,
    ttl: 1800,
  });
  const sets = new Map<string, Resource[]>();
  const add = (resource: Resource) => {
    const key = `${resource.name} ${resource.type}`;
    sets.set(key, [...(sets.get(key) ?? []), resource]);
  };
  for (const record of records.values()) {
    if (record.proxied)
      for (const resource of edgeAddresses(record.name)) sets.set(`${record.name} ${resource.type}`, resource.set);
    else if (record.type === 'CNAME' && isFlattened(zone, record)) served.flattened.set(record.name, record.content);
    else if (isServed(zone, record)) add(toResource(record));
  }
  for (const [key, set] of sets) {
    const [name = '', type = ''] = key.split(' ');
    served.put(name, type, set);
  }
  served.put(
    zone.name,
    'NS',
    zone.account.nameServers.map((data) => ({ name: zone.name, type: 'NS', ttl: 86_400, data })),
  );
  return served;
}

function isFlattened(zone: CloudZone, { name, settings }: StoredRecord): boolean {
  return name === zone.name || zone.flattenAllCnames || settings.flatten_cname === true;
}

/** The zone's own NS records are Cloudflare's, whatever the table says. */
function isServed(zone: CloudZone, { type, name }: StoredRecord): boolean {
  return SERVED.includes(type) && !(type === 'NS' && name === zone.name);
}

function toResource(record: StoredRecord): Resource {
  const { name, type, content } = record;
  const ttl = record.ttl === 1 ? AUTOMATIC_TTL : record.ttl;
  if (type === 'TXT') return { name, type, ttl, data: readText(content) };
  const hasPriority = type === 'MX' || type === 'SRV';
  return parseResource(name, type, ttl, hasPriority ? `${record.priority ?? 0} ${content}` : content);
}

/** Two addresses of each family, the same for a name every time. */
function edgeAddresses(name: string): { type: 'A' | 'AAAA'; set: Resource[] }[] {
  const [one = 0, two = 0] = createHash('sha256').update(name).digest();
  const four = [`104.21.${one % 96}.${two}`, `172.67.${128 + (one % 96)}.${two}`];
  const hex = ((one << 8) | two).toString(16);
  const six = [`2606:4700:3031::6815:${hex}`, `2606:4700:3034::ac43:${hex}`];
  return [
    { type: 'A', set: four.map((data) => ({ name, type: 'A', ttl: AUTOMATIC_TTL, data })) },
    { type: 'AAAA', set: six.map((data) => ({ name, type: 'AAAA', ttl: AUTOMATIC_TTL, data })) },
  ];
}
