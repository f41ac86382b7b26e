import { foldName } from './names.ts';
import type { Resource } from './resource.ts';

/** What the resolver knows about a name and type. */
export type Known =
  | { readonly kind: 'records'; readonly records: readonly Resource[] }
  | { readonly kind: 'nodata' | 'nxdomain'; readonly soa: Resource };

/** A zone's servers as its parent told; the address comes from glue where there was some. */
export interface Delegation {
  readonly zone: string;
  readonly servers: readonly { readonly host: string; readonly address?: string }[];
}

interface Kept<T> {
  readonly value: T;
  readonly until: number;
}

// NXDOMAIN holds for every type of a name (RFC 2308 section 5); it has its own key.
const GONE = 'NXDOMAIN';

/** The resolver's memory: sandbox time decides what is still fresh, and TTLs count down in what is given out. */
export class Cache {
  readonly #now: () => number;
  readonly #names = new Map<string, Map<string, Kept<Known>>>();
  readonly #delegations = new Map<string, Kept<Delegation>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Keeps an answer for its TTL: the records' lowest, or the negative answer's SOA TTL. */
  keep(name: string, type: string, known: Known): void {
    const ttl = known.kind === 'records' ? Math.min(...known.records.map(({ ttl }) => ttl ?? 0)) : (known.soa.ttl ?? 0);
    if (ttl <= 0) return;
    const key = foldName(name);
    const types = this.#names.get(key) ?? new Map<string, Kept<Known>>();
    types.set(known.kind === 'nxdomain' ? GONE : type, { value: known, until: this.#now() + ttl * 1000 });
    this.#names.set(key, types);
  }

  find(name: string, type: string): Known | undefined {
    const types = this.#names.get(foldName(name));
    const kept = types?.get(GONE) ?? types?.get(type);
    const left = kept ? Math.ceil((kept.until - this.#now()) / 1000) : 0;
    if (!types || !kept) return undefined;
    if (left <= 0) {
      types.delete(kept.value.kind === 'nxdomain' ? GONE : type);
      return kept.value.kind === 'nxdomain' ? this.find(name, type) : undefined;
    }
    if (kept.value.kind !== 'records') return { kind: kept.value.kind, soa: { ...kept.value.soa, ttl: left } };
    return { kind: 'records', records: kept.value.records.map((record) => ({ ...record, name, ttl: left })) };
  }

  keepDelegation(delegation: Delegation, ttl: number): void {
    this.#delegations.set(delegation.zone, { value: delegation, until: this.#now() + ttl * 1000 });
  }

  findDelegation(zone: string): Delegation | undefined {
    const kept = this.#delegations.get(zone);
    return kept && kept.until > this.#now() ? kept.value : undefined;
  }

  /** Drops all types of a name, and where it is a zone, the way to its servers. */
  forget(name: string): void {
    this.#names.delete(foldName(name));
    this.#delegations.delete(foldName(name));
  }

  clear(): void {
    this.#names.clear();
    this.#delegations.clear();
  }
}
