import { ask, type Heard } from './ask.ts';
import { Cache, type Delegation, type Known } from './cache.ts';
import { foldName, isWithin, lineage, parentOf } from './names.ts';
import type { Resource } from './resource.ts';
import { RCODES, type Reply } from './wire.ts';

/** How the resolver reaches the world. */
export interface ResolverSettings {
  readonly root: string;
  readonly port: number;
  readonly now: () => number;
  /** Patience with one server in milliseconds of real time; every server is asked twice. */
  readonly timeoutMs: number;
  readonly onSource: (source: string) => () => void;
}

const LONGEST_CHAIN = 10;
const DEEPEST = 4;

/** A caching recursive resolver: walks from the root by real questions, remembers by TTL in sandbox time. */
export class Resolver {
  readonly cache: Cache;
  readonly #settings: ResolverSettings;
  readonly #walking = new Map<string, Promise<Known | undefined>>();
  #turn = 0;

  constructor(settings: ResolverSettings) {
    this.#settings = settings;
    this.cache = new Cache(settings.now);
  }

  /** Answers a client: CNAMEs followed, SERVFAIL where no server of a zone is of use. */
  async resolve(name: string, type: string, depth = 0): Promise<Reply> {
    const answers: Resource[] = [];
    const seen = new Set<string>();
    let at = name;
    while (seen.size <= LONGEST_CHAIN && !seen.has(foldName(at))) {
      seen.add(foldName(at));
      const known = await this.#know(at, type, depth);
      if (!known) return reply('SERVFAIL', []);
      if (known.kind !== 'records')
        return { ...reply(known.kind === 'nxdomain' ? 'NXDOMAIN' : 'NOERROR', answers), authorities: [known.soa] };
      answers.push(...known.records);
      const [alias] = known.records;
      if (alias?.type !== 'CNAME' || type === 'CNAME' || type === 'ANY') return reply('NOERROR', answers);
      at = alias.data;
    }
    return reply('SERVFAIL', []);
  }

  async #know(name: string, type: string, depth: number): Promise<Known | undefined> {
    const alias = type === 'CNAME' ? undefined : this.cache.find(name, 'CNAME');
    const known = alias?.kind === 'records' ? alias : this.cache.find(name, type);
    if (known) return known;
    // Inner walks don't share: two zones whose servers are named in each other would wait for one another for ever.
    if (depth > 0) return this.#walk(name, type, depth);
    const key = `${foldName(name)} ${type}`;
    const walking = this.#walking.get(key) ?? this.#walk(name, type, depth).finally(() => this.#walking.delete(key));
    this.#walking.set(key, walking);
    return walking;
  }

  async #walk(name: string, type: string, depth: number): Promise<Known | undefined> {
    let zone = this.#nearest(name, type);
    for (let step = 0; step < 20; step += 1) {
      const heard = await this.#askZone(zone, name, type, depth);
      if (!heard) return undefined;
      const deeper = findReferral(heard, zone.zone, name);
      if (deeper) {
        this.cache.keepDelegation(deeper, Math.min(...heard.authorities.map(({ ttl }) => ttl ?? 0)));
        zone = deeper;
        continue;
      }
      return this.#learn(heard, name, type);
    }
    return undefined;
  }

  #learn(heard: Heard, name: string, type: string): Known | undefined {
    const own = heard.answers.filter((record) => foldName(record.name) === foldName(name));
    const asked = type === 'ANY' ? own : own.filter((record) => record.type === type);
    const alias = own.find((record) => record.type === 'CNAME');
    const soa = heard.authorities.find((record) => record.type === 'SOA');
    if (asked.length > 0) return this.#keep(name, type, { kind: 'records', records: asked });
    if (alias) return this.#keep(name, 'CNAME', { kind: 'records', records: [alias] });
    if (!soa) return undefined;
    return this.#keep(name, type, { kind: heard.rcode === RCODES.NXDOMAIN ? 'nxdomain' : 'nodata', soa });
  }

  #keep(name: string, type: string, known: Known): Known {
    this.cache.keep(name, type, known);
    return known;
  }

  /** The deepest zone on the way to a name whose servers are remembered. DS is the parent's to answer. */
  #nearest(name: string, type: string): Delegation {
    const folded = foldName(name);
    for (const above of lineage(type === 'DS' ? (parentOf(folded) ?? '.') : folded)) {
      const known = this.cache.findDelegation(above);
      if (known) return known;
    }
    return { zone: '.', servers: [{ host: 'a.root-servers.net', address: this.#settings.root }] };
  }

  /** The first useful answer of a zone's servers, begun with another one each time; twice round, as datagrams get lost. */
  async #askZone(zone: Delegation, name: string, type: string, depth: number): Promise<Heard | undefined> {
    const { port, timeoutMs, onSource } = this.#settings;
    const first = this.#turn++ % Math.max(1, zone.servers.length);
    const inTurn = [...zone.servers.slice(first), ...zone.servers.slice(0, first)];
    const silent = new Set<string>();
    for (const round of [1, 2]) {
      for (const { host, address } of inTurn) {
        if (round === 2 && !silent.has(host)) continue;
        const server = address ?? (await this.#addressOf(host, zone.zone, depth));
        if (!server) continue;
        const heard = await ask({ server, port, name, type, recursionDesired: false, timeoutMs, onSource });
        if (!heard) silent.add(host);
        else if (isUseful(heard, zone.zone, name)) return heard;
        else silent.delete(host);
      }
    }
    return undefined;
  }

  async #addressOf(host: string, zone: string, depth: number): Promise<string | undefined> {
    // A host inside the zone that came without glue can't be found: one would have to ask itself.
    if (depth >= DEEPEST || isWithin(foldName(host), zone)) return undefined;
    const { answers } = await this.resolve(host, 'A', depth + 1);
    const found = answers.find((record) => record.type === 'A');
    return found?.type === 'A' ? found.data : undefined;
  }
}

function reply(rcode: Reply['rcode'], answers: readonly Resource[]): Reply {
  return { rcode, aa: false, ra: true, answers, authorities: [], additionals: [] };
}

/** A referral to a zone below `zone` on the way to `name`; anything else in the authority section is not believed. */
function findReferral(heard: Heard, zone: string, name: string): Delegation | undefined {
  if (heard.answers.length > 0 || heard.rcode !== RCODES.NOERROR) return undefined;
  const servers = heard.authorities.filter((record) => record.type === 'NS');
  const [one] = servers;
  if (!one) return undefined;
  const cut = foldName(one.name);
  if (cut === zone || !isWithin(cut, zone) || !isWithin(foldName(name), cut)) return undefined;
  return {
    zone: cut,
    servers: servers.flatMap((server) => {
      if (server.type !== 'NS') return [];
      const glue = heard.additionals.find(
        (extra) =>
          extra.type === 'A' && foldName(extra.name) === foldName(server.data) && isWithin(foldName(extra.name), zone),
      );
      return [{ host: server.data, ...(glue?.type === 'A' ? { address: glue.data } : {}) }];
    }),
  };
}

/** Refusals, failures and answers without authority (a lame server) are of no use: the next server is asked. */
function isUseful(heard: Heard, zone: string, name: string): boolean {
  if (heard.rcode !== RCODES.NOERROR && heard.rcode !== RCODES.NXDOMAIN) return false;
  return heard.aa || findReferral(heard, zone, name) !== undefined;
}
