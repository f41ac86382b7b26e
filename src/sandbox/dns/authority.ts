import { foldName, isWithin, lineage } from './names.ts';
import type { Resource } from './resource.ts';
import type { Reply } from './wire.ts';
import type { Zone, ZoneShelf } from './zone.ts';

/** What an authoritative server asks of its surroundings. */
export interface Surroundings {
  /** The address of a name server host that the zone above must give as glue. */
  readonly glue: (host: string) => string | undefined;
  /** Addresses behind a flattened CNAME; `undefined` where they can't be found out. */
  readonly flatten: (target: string, type: 'A' | 'AAAA') => Promise<readonly string[] | undefined>;
}

const REFUSED: Reply = { rcode: 'REFUSED', aa: false, answers: [], authorities: [], additionals: [] };
const LONGEST_CHAIN = 12;

/** Answers a question from the zones of one server (RFC 1034 section 4.3.2, wildcards by RFC 4592). */
export async function answerFrom(
  shelf: ZoneShelf,
  asked: string,
  type: string,
  surroundings: Surroundings,
): Promise<Reply> {
  const zone = shelf.find(foldName(asked), type);
  if (!zone) return REFUSED;
  const answers: Resource[] = [];
  const seen = new Set<string>();
  let name = asked;
  for (;;) {
    const folded = foldName(name);
    const cut = findCut(zone, folded, type);
    if (cut) {
      // A chain that leaves the zone ends here: the resolver walks on by itself.
      if (answers.length > 0) return done('NOERROR', answers, []);
      return referral(zone, cut, surroundings);
    }
    const found = await setsAt(zone, folded, name, type, surroundings);
    if (found === 'broken') return { ...done('SERVFAIL', [], []), aa: false };
    if (!found) return done('NXDOMAIN', answers, [zone.soaRecord(true)]);
    if (type === 'ANY' && found.size > 0) {
      // RFC 8482 section 4.2: one made-up record instead of everything.
      answers.push({ name, type: 'HINFO', ttl: 3789, data: { cpu: 'RFC8482', os: '' } });
      return done('NOERROR', answers, []);
    }
    const direct = found.get(type);
    if (direct) return done('NOERROR', [...answers, ...direct], []);
    const [alias] = found.get('CNAME') ?? [];
    if (alias?.type !== 'CNAME') return done('NOERROR', answers, [zone.soaRecord(true)]);
    answers.push(alias);
    seen.add(folded);
    name = alias.data;
    const target = foldName(name);
    const leaves = !isWithin(target, zone.origin) || shelf.find(target, type) !== zone;
    if (leaves || seen.has(target) || seen.size >= LONGEST_CHAIN) return done('NOERROR', answers, []);
  }
}

function done(rcode: Reply['rcode'], answers: readonly Resource[], authorities: readonly Resource[]): Reply {
  return { rcode, aa: true, answers, authorities, additionals: [] };
}

/** The highest name at or above `name`, below the zone's own, that the zone delegates. */
function findCut(zone: Zone, name: string, type: string): string | undefined {
  const below = lineage(name).filter((above) => above !== zone.origin && isWithin(above, zone.origin));
  return below.reverse().find((above) => zone.at(above)?.has('NS') && !(type === 'DS' && above === name));
}

function referral(zone: Zone, cut: string, { glue }: Surroundings): Reply {
  const servers = zone.at(cut)?.get('NS') ?? [];
  const additionals: Resource[] = [];
  for (const server of servers) {
    if (server.type !== 'NS') continue;
    const host = foldName(server.data);
    // Only hosts inside the zone get glue from it; others are resolved through their own zone.
    if (!isWithin(host, zone.origin)) continue;
    const own = zone.at(host)?.get('A') ?? [];
    const address = glue(host);
    if (own.length > 0) additionals.push(...own);
    else if (address) additionals.push({ name: server.data, type: 'A', ttl: server.ttl ?? 0, data: address });
  }
  return { rcode: 'NOERROR', aa: false, answers: [], authorities: servers, additionals };
}

/** The record sets at a name, named as asked; by wildcard where the name doesn't exist; `undefined` is NXDOMAIN. */
async function setsAt(
  zone: Zone,
  folded: string,
  asked: string,
  type: string,
  { flatten }: Surroundings,
): Promise<Map<string, Resource[]> | 'broken' | undefined> {
  let source = folded;
  if (!zone.exists(folded)) {
    const encloser = lineage(folded).find((above) => zone.exists(above)) ?? zone.origin;
    source = encloser === '.' ? '*' : `*.${encloser}`;
    if (!zone.exists(source)) return undefined;
  }
  const sets = new Map<string, Resource[]>();
  for (const [kind, resources] of zone.at(source) ?? [])
    sets.set(
      kind,
      resources.map((resource) => ({ ...resource, name: asked })),
    );
  if (source === zone.origin) sets.set('SOA', [zone.soaRecord(false)]);
  const target = zone.flattened.get(source);
  if (target !== undefined && (type === 'A' || type === 'AAAA')) {
    const addresses = await flatten(target, type);
    if (!addresses) return 'broken';
    if (addresses.length > 0)
      sets.set(
        type,
        addresses.map((data) => ({ name: asked, type, ttl: 300, data })),
      );
  }
  return sets;
}
