import { foldName, isWithin, lineage } from './names.ts';
import type { Resource } from './resource.ts';

/** A zone's start of authority; times in seconds. */
export interface Soa {
  readonly primary: string;
  readonly admin: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
  readonly ttl: number;
}

/** One zone as a name server holds it. Names are matched folded and served in the case they were written in. */
export class Zone {
  readonly origin: string;
  soa: Soa;
  /** Names whose CNAME is hidden: the server asks for the target's addresses and answers those (folded name to target). */
  readonly flattened = new Map<string, string>();
  readonly #nodes = new Map<string, Map<string, Resource[]>>();
  #existing: Set<string> | undefined;

  constructor(origin: string, soa: Soa) {
    this.origin = foldName(origin);
    this.soa = soa;
  }

  /** Sets the records at a name and type; an empty list removes them. A set has one TTL, the lowest (RFC 2181 section 5.2). */
  put(name: string, type: string, resources: readonly Resource[]): void {
    const key = foldName(name);
    if (!isWithin(key, this.origin)) throw new RangeError(`${name} is not in the zone ${this.origin}`);
    const node = this.#nodes.get(key) ?? new Map<string, Resource[]>();
    const ttl = Math.min(...resources.map((resource) => resource.ttl ?? 0));
    if (resources.length === 0) node.delete(type);
    else
      node.set(
        type,
        resources.map((resource) => ({ ...resource, ttl })),
      );
    if (node.size === 0) this.#nodes.delete(key);
    else this.#nodes.set(key, node);
    this.#existing = undefined;
  }

  /** The record sets at a folded name, by type. */
  at(name: string): ReadonlyMap<string, readonly Resource[]> | undefined {
    return this.#nodes.get(name);
  }

  /** Whether a folded name exists: it has records or something below it has (an empty non-terminal, RFC 8020). */
  exists(name: string): boolean {
    if (!this.#existing) {
      this.#existing = new Set([this.origin]);
      for (const key of [...this.#nodes.keys(), ...this.flattened.keys()])
        for (const above of lineage(key)) {
          if (!isWithin(above, this.origin)) break;
          this.#existing.add(above);
        }
    }
    return this.#existing.has(name);
  }

  /** The SOA record; in negative answers its TTL is the lower of TTL and minimum (RFC 2308 section 3). */
  soaRecord(negative: boolean): Resource {
    const { primary, admin, serial, refresh, retry, expire, minimum, ttl } = this.soa;
    return {
      name: this.origin,
      type: 'SOA',
      ttl: negative ? Math.min(ttl, minimum) : ttl,
      data: { mname: primary, rname: admin, serial, refresh, retry, expire, minimum },
    };
  }
}

/** The zones of one server; the deepest one that covers a name answers for it. */
export class ZoneShelf {
  readonly #zones = new Map<string, Zone>();

  set(zone: Zone): void {
    this.#zones.set(zone.origin, zone);
  }

  delete(origin: string): void {
    this.#zones.delete(foldName(origin));
  }

  get(origin: string): Zone | undefined {
    return this.#zones.get(foldName(origin));
  }

  /** The zone for a folded name; for DS at a zone's own name it is the zone above (RFC 4035 section 3.1.4.1). */
  find(name: string, type: string): Zone | undefined {
    const names = lineage(name);
    const above = type === 'DS' ? names.slice(1) : names;
    for (const origin of [...above, name]) {
      const zone = this.#zones.get(origin);
      if (zone) return zone;
    }
    return undefined;
  }
}
