import { parseResource, type Resource, SERVED_TYPES } from '../dns/resource.ts';
import { Zone } from '../dns/zone.ts';
import { keyOf, type RecordSet, type SetTable } from './state.ts';
import { isText, readStrings } from './values.ts';

const SERVED: readonly string[] = SERVED_TYPES;
const LONGEST_CHAIN = 5;

/**
 * What the name servers serve of a zone's sets. Of weighted sets and their like the one with the most weight is served, always;
 * an alias answers what its target in the same zone has, or the addresses of a target elsewhere.
 */
export function buildServedZone(origin: string, sets: SetTable): Zone {
  const soa = sets.get(keyOf({ name: origin, type: 'SOA' }));
  const [primary = '', admin = '', ...numbers] = soa?.values[0]?.split(/\s+/) ?? [];
  const [serial = 1, refresh = 7200, retry = 900, expire = 1_209_600, minimum = 86_400] = numbers.map(Number);
  const times = { serial, refresh, retry, expire, minimum, ttl: soa?.ttl ?? 900 };
  const zone = new Zone(origin, { primary: withoutDot(primary), admin: withoutDot(admin), ...times });
  const chosen = new Map<string, RecordSet>();
  for (const set of sets.values()) {
    const key = `${set.name} ${set.type}`;
    const rival = chosen.get(key);
    if (!rival || weightOf(set) > weightOf(rival)) chosen.set(key, set);
  }
  for (const { name, type, alias } of chosen.values()) {
    if (type === 'SOA' || !SERVED.includes(type)) continue;
    const source = follow(chosen, name, type);
    if (source) zone.put(name, type, toResources(name, source));
    else if (alias && (type === 'A' || type === 'AAAA')) zone.flattened.set(name, alias.dnsName);
  }
  return zone;
}

/** The set with values that a name ends at by aliases within the zone. */
function follow(chosen: ReadonlyMap<string, RecordSet>, name: string, type: string): RecordSet | undefined {
  let at = name;
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    const set = chosen.get(`${at} ${type}`);
    if (!set?.alias) return set;
    at = set.alias.dnsName;
  }
  return undefined;
}

/** Alias answers have the name of the alias and the TTL of the target. */
function toResources(name: string, { type, ttl = 60, values }: RecordSet): Resource[] {
  return values.map((value) =>
    isText(type) ? { name, type: 'TXT', ttl, data: readStrings(value) } : parseResource(name, type, ttl, value.trim()),
  );
}

function weightOf({ routing }: RecordSet): number {
  return Number(routing.Weight ?? 0);
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}
