import { ancestors, isBelow, registeredDomain } from '../../../core/domain.ts';
import type { FoundZone } from '../../../core/resolver.ts';
import { isPrivate } from '../is-private.ts';
import type { DnsReply, DnsSilence } from './dns-query.ts';
import { plain, valuesAt } from './dns-values.ts';

/** A name server of a zone; without an address it can't be asked, for that reason. */
export interface NameServer {
  readonly name: string;
  readonly address?: string;
  readonly reason?: string;
}

/** A zone and who serves it; no servers: `reason` says why none is known, `delegated` whether there are any. */
export interface ServedZone {
  readonly zone: string;
  readonly servers: readonly NameServer[];
  readonly delegated: 'yes' | 'no' | 'unknown';
  /** It is no zone of its own, but a name that is there: in the zone above, or only on the way to names below it. */
  readonly isName?: true;
  readonly reason?: string;
}

/** How name servers are found: by public resolvers, and by asking servers of zones themselves. */
export interface NameServerNeeds {
  /** The first public resolver that has an answer. */
  askPublic(name: string, type: 'NS' | 'A' | 'AAAA'): Promise<DnsReply | DnsSilence>;
  askServer(server: NameServer, name: string, type: 'NS' | 'SOA'): Promise<DnsReply | DnsSilence>;
  readonly allowPrivate: boolean;
}

/** Who serves which zone. What was found is remembered; what was not is looked for again, because a delegation may appear while we wait for it. */
export interface NameServers {
  /** The servers of a zone by the public resolvers' word. */
  of(zone: string): Promise<ServedZone>;
  /** The deepest zone at or above the name that is known by now, at least its registered domain. */
  nearest(name: string): Promise<ServedZone>;
  /** The zone that a reply of `zone`'s servers sends us to for the name, with its servers. */
  referred(reply: DnsReply, zone: string, name: string): Promise<ServedZone> | undefined;
  /** The zone that holds the name: from its registered domain's servers down. */
  holding(name: string): Promise<FoundZone>;
  /** The servers that the zone above names for a zone; undefined where it does not say. */
  delegated(zone: string): Promise<readonly string[] | undefined>;
}

/** No name lies below more cuts. */
const DEEPEST = 10;
/** No zone has more servers that matter; whoever names thousands would have us ask for all of them. */
const MOST_SERVERS = 20;

const MOST_REMEMBERED = 5000;

export function openNameServers({ askPublic, askServer, allowPrivate }: NameServerNeeds): NameServers {
  const zones = new Map<string, Promise<ServedZone>>();
  const hosts = new Map<string, Promise<NameServer>>();

  function remembered<T>(
    memory: Map<string, Promise<T>>,
    key: string,
    find: () => Promise<T>,
    good: (found: T) => boolean,
  ) {
    const known = memory.get(key);
    if (known) return known;
    const finding = find().then((found) => {
      if (!good(found)) memory.delete(key);
      return found;
    });
    memory.set(key, finding);
    // Whoever looks at a hundred thousand domains keeps the last of them in mind.
    const oldest = memory.size > MOST_REMEMBERED ? memory.keys().next().value : undefined;
    if (oldest !== undefined) memory.delete(oldest);
    return finding;
  }

  function withAddress(name: string): Promise<NameServer> {
    const find = async () => {
      const v4 = await byPublic(name, 'A');
      const v6 = typeof v4 !== 'string' && v4.values.length > 0 ? v4 : await byPublic(name, 'AAAA');
      const unasked = [v4, v6].find((one) => typeof one === 'string');
      const address = [v4, v6].flatMap((one) => (typeof one === 'string' ? [] : one.values))[0];
      if (address === undefined && unasked) return { name, reason: `its address could not be asked: ${unasked}` };
      return usable(name, address);
    };
    return remembered(hosts, name, find, (server) => server.address !== undefined);
  }

  function usable(name: string, address: string | undefined): NameServer {
    if (address === undefined) return { name, reason: 'it has no address' };
    return allowPrivate || !isPrivate(address) ? { name, address } : { name, reason: 'its address is private' };
  }

  /** What public resolvers have of it, or why they could not say. */
  async function byPublic(name: string, type: 'NS' | 'A' | 'AAAA'): Promise<ReturnType<typeof valuesAt> | string> {
    const heard = await askPublic(name, type);
    if ('silence' in heard) return heard.silence;
    return isAnswer(heard) ? valuesAt(name, type, heard.answers) : heard.rcode;
  }

  function of(zone: string): Promise<ServedZone> {
    const find = async (): Promise<ServedZone> => {
      const heard = await askPublic(zone, 'NS');
      const unknown = (why: string): ServedZone => {
        return { zone, servers: [], delegated: 'unknown', reason: `its name servers could not be found: ${why}` };
      };
      if ('silence' in heard) return unknown(heard.silence);
      if (!isAnswer(heard)) return unknown(heard.rcode);
      const said = valuesAt(zone, 'NS', heard.answers);
      // Of a zone that some host lets be an alias, resolvers tell the servers of what it leads to; who serves it, the zone above knows.
      const own = said.alias !== undefined && zone.includes('.') ? await delegated(zone) : undefined;
      const names = own ?? said.values;
      if (names.length === 0) {
        // A resolver that is cut off from the world says of everything that there is none.
        const top = zone.slice(zone.lastIndexOf('.') + 1);
        const above = await byPublic(top, 'NS');
        if (typeof above === 'string') return unknown(`${top} could not be asked: ${above}`);
        if (above.values.length === 0) return unknown(`the public resolver does not even know ${top}`);
        const isName = heard.rcode === 'NOERROR' ? { isName: true as const } : {};
        return { zone, servers: [], delegated: 'no', reason: 'it is not delegated', ...isName };
      }
      const servers = await Promise.all(names.slice(0, MOST_SERVERS).map(withAddress));
      return { zone, servers, delegated: 'yes' };
    };
    return remembered(zones, zone, find, isAskable);
  }

  function referred(reply: DnsReply, zone: string, name: string): Promise<ServedZone> | undefined {
    const cut = cutIn(reply, zone, name);
    if (cut === undefined) return undefined;
    const names = valuesAt(cut, 'NS', reply.authorities).values.slice(0, MOST_SERVERS);
    const find = async (): Promise<ServedZone> => {
      const servers = names.map((host) => {
        // A host outside the zone is not this server's to say.
        const glues = (['A', 'AAAA'] as const).flatMap((type) => valuesAt(host, type, reply.additionals).values);
        const [glue] = isIn(host, zone) ? glues : [];
        return glue === undefined ? withAddress(host) : usable(host, glue);
      });
      return { zone: cut, servers: await Promise.all(servers), delegated: 'yes' };
    };
    return remembered(zones, cut, find, isAskable);
  }

  async function nearest(name: string): Promise<ServedZone> {
    const top = topZone(name);
    for (const zone of [name, ...ancestors(name)].filter((above) => isBelow(above, top))) {
      const known = await zones.get(zone);
      if (known && isAskable(known)) return known;
    }
    return registered(name);
  }

  /** The registered domain's zone, or the one above, where names are entered in it (.de), or are delegated further down only (ma.us). */
  async function registered(name: string): Promise<ServedZone> {
    let at = await of(topZone(name));
    while (at.isName && at.zone.includes('.')) at = await of(at.zone.slice(at.zone.indexOf('.') + 1));
    return at;
  }

  async function holding(name: string): Promise<FoundZone> {
    let at = await registered(name);
    for (let depth = 0; depth < DEEPEST; depth += 1) {
      if (at.delegated === 'no') return { status: 'absent', zone: at.zone };
      const next = await stepDown(at, name);
      if ('status' in next) return next;
      at = next;
    }
    return { status: 'unknown', reason: `${name} lies below more delegations than are followed` };
  }

  /** Asks a zone's servers for the name, all at once because one may be silent: the first of use says which zone holds it, or sends us further down. */
  async function stepDown(at: ServedZone, name: string): Promise<ServedZone | FoundZone> {
    const why = at.reason === undefined ? [] : [`${at.zone}: ${at.reason}`];
    const all = await Promise.all(
      at.servers.map(async (server) => ({ server, heard: await askServer(server, name, 'SOA') })),
    );
    for (const { server, heard } of all) {
      if ('silence' in heard) {
        why.push(`${server.name}: ${heard.silence}`);
        continue;
      }
      const below = referred(heard, at.zone, name);
      if (below) return below;
      if (!isAnswer(heard) || !heard.authoritative) {
        why.push(`${server.name}: ${isAnswer(heard) ? 'lame: not authoritative' : heard.rcode}`);
        continue;
      }
      // A zone itself is no alias (RFC 1034 3.6.2): its alias lies in the zone of the name above.
      const isAlias = valuesAt(name, 'CNAME', heard.answers).values.length > 0;
      if (isAlias && name !== at.zone) return stepDown(at, name.slice(name.indexOf('.') + 1));
      // Some hosts let a zone be an alias all the same.
      const zone = isAlias ? at.zone : originIn(heard, name);
      if (zone === undefined || !isIn(zone, at.zone)) {
        why.push(`${server.name}: an answer without the zone’s SOA`);
        continue;
      }
      if (zone === at.zone) return { status: 'present', zone, servers: at.servers.map((one) => one.name) };
      // One server for both zones answers for the lower one without a referral.
      const named = await askServer(server, zone, 'NS');
      if (!('silence' in named) && isAnswer(named) && named.authoritative)
        return { status: 'present', zone, servers: valuesAt(zone, 'NS', named.answers).values };
      why.push(`${server.name}: no name servers for ${zone}`);
    }
    return { status: 'unknown', reason: why.join('; ') };
  }

  async function delegated(zone: string): Promise<readonly string[] | undefined> {
    const above = await of(zone.slice(zone.indexOf('.') + 1));
    for (const server of above.servers.slice(0, 3)) {
      const heard = await askServer(server, zone, 'NS');
      if ('silence' in heard || !isAnswer(heard)) continue;
      // A server of both zones answers for the lower one.
      if (cutIn(heard, above.zone, zone) !== zone) return undefined;
      return valuesAt(zone, 'NS', heard.authorities).values;
    }
    return undefined;
  }

  return { of, nearest, referred, holding, delegated };
}

/**
 * The registered domain of a name; the suffix itself for a registry's own records ('_dmarc.gov.uk'), which nobody can register, and for
 * reverse names, which are delegated at any label.
 */
function topZone(name: string): string {
  const reverse = /(?:^|\.)((?:in-addr|ip6)\.arpa)$/.exec(name)?.[1];
  if (reverse !== undefined) return reverse;
  const domain = registeredDomain(name);
  return /^_[^.]*\../.test(domain) ? domain.slice(domain.indexOf('.') + 1) : domain;
}

function isAnswer({ rcode }: DnsReply): boolean {
  return rcode === 'NOERROR' || rcode === 'NXDOMAIN';
}

function isAskable({ servers }: ServedZone): boolean {
  return servers.some((server) => server.address !== undefined);
}

function isIn(name: string, zone: string): boolean {
  return name === zone || isBelow(name, zone);
}

/**
 * The delegation below `zone` on the way to the name, where the reply is a referral to it. Upward referrals are no use. Some servers claim
 * authority over what they delegate; with an SOA it is an answer.
 */
function cutIn(reply: DnsReply, zone: string, name: string): string | undefined {
  if (reply.rcode !== 'NOERROR' || reply.answers.length > 0) return undefined;
  if (reply.authoritative && reply.authorities.some((record) => record.type === 'SOA')) return undefined;
  const owners = reply.authorities.filter((record) => record.type === 'NS').map((record) => plain(record.name));
  return owners.find((owner) => isBelow(owner, zone) && isIn(name, owner));
}

/** The zone that answered: the owner of its SOA, beside the answer or instead of one. */
function originIn(reply: DnsReply, name: string): string | undefined {
  const owners = [...reply.answers, ...reply.authorities]
    .filter((record) => record.type === 'SOA')
    .map((record) => plain(record.name));
  return owners.find((owner) => isIn(name, owner));
}
