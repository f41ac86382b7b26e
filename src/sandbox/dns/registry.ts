import { foldName, lineage, parentOf } from './names.ts';
import type { Resource } from './resource.ts';
import { Zone, ZoneShelf } from './zone.ts';

// Names that no registry ever has (RFC 6761): the root itself denies them.
const NEVER_DELEGATED = new Set(['invalid', 'localhost', 'local', 'onion', 'alt']);

/** TTL of delegations, in seconds. */
export const DELEGATION_TTL = 3600;

/** The root, the top-level registries and who is delegated what. Top-level domains come into being when first named. */
export class Registry {
  /** Zones of the root server. */
  readonly rootShelf = new ZoneShelf();
  /** Zones of the registries' server. */
  readonly topShelf = new ZoneShelf();
  /** Addresses of name server hosts, by folded name. */
  readonly #hosts = new Map<string, string>();
  readonly #delegations = new Map<string, readonly string[]>();
  readonly #listeners = new Set<(domain: string) => void>();
  readonly #root: Zone;
  readonly #ownShelf: ZoneShelf;

  /** `ownShelf` holds the world's own zones, which delegate what lies below them. */
  constructor(rootAddress: string, topAddress: string, ownShelf: ZoneShelf) {
    this.#ownShelf = ownShelf;
    this.#root = new Zone('.', start('a.root-servers.net', 'nstld.verisign-grs.com', 86_400));
    this.#root.put('.', 'NS', [ns('.', 'a.root-servers.net', 518_400)]);
    this.#root.put('a.root-servers.net', 'A', [address('a.root-servers.net', rootAddress)]);
    this.rootShelf.set(this.#root);
    this.setHost('a.root-servers.net', rootAddress);
    this.setHost('a.nic-servers.net', topAddress);
    this.#topOf('net')?.put('a.nic-servers.net', 'A', [address('a.nic-servers.net', topAddress)]);
    this.#topOf('net')?.put('a.root-servers.net', 'A', [address('a.root-servers.net', rootAddress)]);
  }

  /** Registers the address of a name server host, which its registry then gives as glue. */
  setHost(host: string, at: string): void {
    this.#hosts.set(foldName(host), at);
  }

  hostAddress(host: string): string | undefined {
    return this.#hosts.get(foldName(host));
  }

  /** Makes sure that the top-level domain of a name exists. */
  touch(name: string): void {
    const top = lineage(foldName(name)).at(-2);
    if (top) this.#topOf(top);
  }

  /** Delegates a domain to name servers, `null` takes it out of the registry. */
  delegate(domain: string, nameServers: readonly string[] | null): void {
    const name = foldName(domain);
    const parent = this.#parentZone(name);
    if (!parent) throw new RangeError(`nobody can delegate ${domain}`);
    const servers = (nameServers ?? []).map(foldName);
    parent.put(
      name,
      'NS',
      servers.map((server) => ns(name, server, DELEGATION_TTL)),
    );
    if (servers.length === 0) this.#delegations.delete(name);
    else this.#delegations.set(name, servers);
    for (const listener of this.#listeners) listener(name);
  }

  /** The name servers a domain is delegated to, folded; empty where it isn't. */
  nameServersOf(domain: string): readonly string[] {
    return this.#delegations.get(foldName(domain)) ?? [];
  }

  /** All delegations below the top-level domains. */
  list(): Record<string, readonly string[]> {
    return Object.fromEntries(this.#delegations);
  }

  /** Calls `listener` with the folded domain after every change. */
  onChange(listener: (domain: string) => void): void {
    this.#listeners.add(listener);
  }

  #parentZone(name: string): Zone | undefined {
    for (const above of lineage(name).slice(1)) {
      const own = this.#ownShelf.get(above);
      if (own) return own;
    }
    const top = lineage(name).at(-2);
    return top === undefined || parentOf(name) === '.' ? undefined : this.#topOf(top);
  }

  #topOf(top: string): Zone | undefined {
    const existing = this.topShelf.get(top);
    if (existing) return existing;
    if (NEVER_DELEGATED.has(top) || !/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(top)) return undefined;
    const zone = new Zone(top, start('a.nic-servers.net', `hostmaster.nic.${top}`, 900));
    zone.put(top, 'NS', [ns(top, 'a.nic-servers.net', 172_800)]);
    this.topShelf.set(zone);
    this.#root.put(top, 'NS', [ns(top, 'a.nic-servers.net', 172_800)]);
    return zone;
  }
}

function start(primary: string, admin: string, minimum: number) {
  return { primary, admin, serial: 2_026_010_100, refresh: 1800, retry: 900, expire: 604_800, minimum, ttl: minimum };
}

function ns(name: string, data: string, ttl: number): Resource {
  return { name, type: 'NS', ttl, data };
}

function address(name: string, data: string): Resource {
  return { name, type: 'A', ttl: 172_800, data };
}
