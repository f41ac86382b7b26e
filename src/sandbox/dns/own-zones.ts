import { foldName, isWithin } from './names.ts';
import type { Registry } from './registry.ts';
import { parseResource } from './resource.ts';
import { Zone, type ZoneShelf } from './zone.ts';

/** The zones of the world's own hosts (google.com, amazonses.com …), each with two name servers named inside itself. */
export class OwnZones {
  readonly #shelf: ZoneShelf;
  readonly #registry: Registry;
  readonly #address: string;

  constructor(shelf: ZoneShelf, registry: Registry, address: string) {
    this.#shelf = shelf;
    this.#registry = registry;
    this.#address = address;
  }

  /** Replaces the record set at a name and type; makes and delegates the zone when it is new. */
  publish(origin: string, name: string, type: string, values: readonly string[], ttl = 300): void {
    const kind = type.toUpperCase();
    if (!isWithin(foldName(name), foldName(origin))) throw new RangeError(`${name} is not in the zone ${origin}`);
    const resources = values.map((value) => parseResource(name, kind, ttl, value));
    const zone = this.#shelf.get(origin) ?? this.#open(foldName(origin));
    zone.put(name, kind, resources);
    zone.soa = { ...zone.soa, serial: zone.soa.serial + 1 };
  }

  #open(origin: string): Zone {
    const hosts = [`ns1.${origin}`, `ns2.${origin}`];
    const zone = new Zone(origin, {
      primary: hosts[0] ?? origin,
      admin: `hostmaster.${origin}`,
      serial: 1,
      refresh: 900,
      retry: 900,
      expire: 1800,
      minimum: 60,
      ttl: 60,
    });
    zone.put(
      origin,
      'NS',
      hosts.map((host) => ({ name: origin, type: 'NS', ttl: 86_400, data: host })),
    );
    for (const host of hosts) {
      zone.put(host, 'A', [{ name: host, type: 'A', ttl: 86_400, data: this.#address }]);
      this.#registry.setHost(host, this.#address);
    }
    // The zone is put up after the delegation: its parent is looked for among the zones that are there.
    this.#registry.delegate(origin, hosts);
    this.#shelf.set(zone);
    return zone;
  }
}
