import type { Clock } from '../clock.ts';
import type { Faults } from '../faults.ts';
import type { Ledger } from '../ledger.ts';
import type { Internet, StandIn } from '../world.ts';
import { answerFrom, type Surroundings } from './authority.ts';
import { controlRoutes } from './control.ts';
import { lookupThrough } from './lookup.ts';
import { Moods } from './misbehaviour.ts';
import { foldName } from './names.ts';
import { OwnZones } from './own-zones.ts';
import { Registry } from './registry.ts';
import { Resolver } from './resolver.ts';
import { seedWorld } from './seeds.ts';
import { isTransfer, openServer, REFUSAL, type ServerWorld } from './server.ts';
import { bindShared } from './sockets.ts';
import { ZoneShelf } from './zone.ts';

/** A name server that a DNS provider's stand-in fills: put and take zones on its shelf. */
export interface ProviderServer {
  readonly address: string;
  readonly shelf: ZoneShelf;
}

/** The DNS world. */
export interface Dns {
  readonly standIn: StandIn;
  readonly internet: Internet;
  readonly registry: Registry;
  readonly port: number;
  /** Takes a free name server for a provider; the first of `names` is what the ledger calls it. */
  takeServer(names: readonly string[]): ProviderServer;
  /** Gives a taken server one more name. */
  nameServer(server: ProviderServer, name: string): void;
}

/** The DNS world's settings. */
export interface DnsOptions {
  /** The shared port; a free one where absent. */
  readonly port?: number;
  /** The resolver's patience with one server, in milliseconds of real time. */
  readonly upstreamTimeoutMs?: number;
}

const RESOLVER = '127.0.0.1';
const ROOT = '127.0.0.2';
const TOP = '127.0.0.3';
const OWN = '127.0.0.4';
const PROVIDERS = ['127.0.0.5', '127.0.0.6', '127.0.0.7', '127.0.0.8', '127.0.0.9', '127.0.0.10'];

/** Opens the DNS world: root, registries, own hosts and providers' servers, and a caching resolver in front, all on one port. */
export async function openDns(
  shared: { readonly clock: Clock; readonly ledger: Ledger; readonly faults: Faults },
  options: DnsOptions = {},
): Promise<Dns> {
  const pairs = await bindShared([RESOLVER, ROOT, TOP, OWN, ...PROVIDERS], options.port);
  const port = pairs[0]?.port ?? 0;
  const moods = new Moods(shared.faults);
  const innerSources = new Set<string>();
  const lookupSources = new Set<string>();
  const world: ServerWorld = { ledger: shared.ledger, moods, innerSources, lookupSources };
  const remember = (sources: Set<string>) => (source: string) => {
    sources.add(source);
    return () => sources.delete(source);
  };

  const ownShelf = new ZoneShelf();
  const registry = new Registry(ROOT, TOP, ownShelf);
  const own = new OwnZones(ownShelf, registry, OWN);
  const resolver = new Resolver({
    root: ROOT,
    port,
    now: () => shared.clock.now(),
    timeoutMs: options.upstreamTimeoutMs ?? 700,
    onSource: remember(innerSources),
  });
  const surroundings: Surroundings = {
    glue: (host) => registry.hostAddress(host),
    async flatten(target, type) {
      const { rcode, answers } = await resolver.resolve(target, type);
      if (rcode === 'SERVFAIL') return undefined;
      return answers.flatMap((record) =>
        record.type === type && typeof record.data === 'string' ? [record.data] : [],
      );
    },
  };

  const free = new Map<string, { names: string[]; shelf: ZoneShelf }>();
  const servers = pairs.map((pair) => {
    if (pair.address === RESOLVER)
      return openServer(
        pair,
        () => ['resolver'],
        world,
        async ({ question, recursionDesired }) => {
          // Reading a resolver's memory without recursion is refused by those in use (Unbound's default).
          if (isTransfer(question.type) || !recursionDesired) return { ...REFUSAL, ra: true };
          return resolver.resolve(question.name, question.type);
        },
      );
    const place = placeOf(pair.address, registry, ownShelf);
    if (PROVIDERS.includes(pair.address)) free.set(pair.address, place);
    return openServer(
      pair,
      () => place.names,
      world,
      async ({ question }) => {
        if (isTransfer(question.type)) return REFUSAL;
        if (pair.address === ROOT) registry.touch(question.name);
        return answerFrom(place.shelf, question.name, question.type, surroundings);
      },
    );
  });

  const lookup = lookupThrough({ server: RESOLVER, port, onSource: remember(lookupSources) });
  const internet: Internet = {
    publish: (zone, name, type, values, ttl) => own.publish(zone, name, type, values, ttl),
    lookup,
    forget: (name) => resolver.cache.forget(name),
  };
  seedWorld(internet);

  const taken = new Map<ProviderServer, string[]>();
  const nameServer = (server: ProviderServer, name: string) => {
    taken.get(server)?.push(foldName(name));
    registry.setHost(name, server.address);
  };
  return {
    internet,
    registry,
    port,
    takeServer(names) {
      const [entry] = free;
      if (!entry) throw new RangeError('all name servers of the sandbox are taken');
      const [address, place] = entry;
      free.delete(address);
      const server: ProviderServer = { address, shelf: place.shelf };
      taken.set(server, place.names);
      for (const name of names) nameServer(server, name);
      return server;
    },
    nameServer,
    standIn: {
      name: 'dns',
      addresses: {
        resolver: `${RESOLVER}:${port}`,
        root: `${ROOT}:${port}`,
        registries: `${TOP}:${port}`,
        ownHosts: `${OWN}:${port}`,
      },
      env: {
        MAILWRIGHT_DNS_PORT: String(port),
        MAILWRIGHT_DNS_ROOTS: ROOT,
        MAILWRIGHT_DNS_PUBLIC_RESOLVERS: `${RESOLVER}:${port}`,
        MAILWRIGHT_DNS_ALLOW_PRIVATE: 'true',
        MAILWRIGHT_DOMAINS_ALLOW_SPECIAL_USE: 'true',
      },
      control: controlRoutes({ registry, internet, moods, cache: resolver.cache }),
      async close() {
        await Promise.all(servers.map((server) => server.close()));
      },
    },
  };
}

function placeOf(address: string, registry: Registry, ownShelf: ZoneShelf): { names: string[]; shelf: ZoneShelf } {
  if (address === ROOT) return { names: ['root', 'a.root-servers.net'], shelf: registry.rootShelf };
  if (address === TOP) return { names: ['tld', 'a.nic-servers.net'], shelf: registry.topShelf };
  if (address === OWN) return { names: ['own-hosts'], shelf: ownShelf };
  return { names: [], shelf: new ZoneShelf() };
}
