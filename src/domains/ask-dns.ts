import type { Question, Resolver, ServerAnswer } from '../core/resolver.ts';

export type DnsType = Question['type'];
export const TYPES: readonly DnsType[] = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TLSA', 'TXT'];

/** What is said of a name, by its own servers and by resolvers. */
export interface Asked {
  readonly name: string;
  readonly type: DnsType;
  readonly zone?: string;
  /** partial: they do not say the same · unknown: nobody of the zone's servers could be asked, and no resolver either. */
  readonly status: 'present' | 'absent' | 'partial' | 'unknown';
  readonly authoritative: readonly ServerAnswer[];
  readonly public: readonly ServerAnswer[];
  /** Until what is old is gone; absent where all agree. */
  readonly wait?: Wait;
}

/** How long what is old may still be seen, in seconds. */
export interface Wait {
  /** Until the resolvers that were asked have asked again; absent where they agree with the zone's servers. */
  readonly resolvers?: number;
  /** Until everybody has: the whole lifetime of what is old, and a tenth more, once no server hands it out any longer. */
  readonly everybody: number;
  /** Until the zone's own servers have the same version, where they differ (the SOA's refresh). */
  readonly servers?: number;
}

/** Nothing stays longer in caches that follow the rules of thumb: what registries delegate is the oldest. */
const LONGEST = 48 * 3600;
/** Resolvers remember a miss for no longer (RFC 2308 5). */
const LONGEST_MISS = 3 * 3600;

/** Asks the zone's own servers first, and resolvers only for what is there: they would remember a miss. */
export async function askDns(question: { name: string; type: DnsType }, resolver: Resolver): Promise<Asked> {
  const found = await resolver.zoneOf(question.name);
  const own = await resolver.authoritative(question);
  const silent = own.status === 'unknown';
  // What stands at the end of an alias into another zone is not theirs to say.
  const isElsewhere = own.status === 'absent' && own.servers.some(({ alias }) => alias !== undefined);
  const heard = own.status === 'present' || silent || isElsewhere ? await resolver.public(question) : undefined;
  const servers = heard?.servers ?? [];
  const key = (one: ServerAnswer) => JSON.stringify([isElsewhere ? [] : one.values.toSorted(), one.alias]);
  const answered = [...own.servers, ...servers].filter((one) => one.status !== 'unknown');
  const agree = new Set(answered.map(key)).size <= 1;
  const ownAgree = new Set(own.servers.filter((one) => one.status !== 'unknown').map(key)).size <= 1;
  const right = own.servers.find((one) => one.status === 'present' || (isElsewhere && one.alias !== undefined));
  const old = right ? servers.filter((one) => one.status !== 'unknown' && key(one) !== key(right)) : [];
  const soa =
    (old.length > 0 || !ownAgree) && found.status === 'present'
      ? await resolver.authoritative({ name: found.zone, type: 'SOA', any: true })
      : undefined;
  const aliases = await askAliases(question.name, right, old, resolver);
  const wait = waitOf(
    aliases.right,
    aliases.old,
    ownAgree,
    soa?.servers.find(({ values }) => values.length > 0),
  );
  const status =
    answered.length === 0
      ? 'unknown'
      : agree
        ? own.status === 'unknown' || isElsewhere
          ? (heard?.status ?? 'unknown')
          : own.status
        : 'partial';
  return {
    ...question,
    ...(found.status === 'unknown' ? {} : { zone: found.zone }),
    status,
    authoritative: own.servers,
    public: servers,
    ...(wait ? { wait } : {}),
  };
}

/** Where an old answer came by another alias, what is old is the alias, and its TTL counts, not that of what it leads to. */
async function askAliases(
  name: string,
  right: ServerAnswer | undefined,
  old: readonly ServerAnswer[],
  resolver: Resolver,
): Promise<{ right: ServerAnswer | undefined; old: readonly ServerAnswer[] }> {
  const isMoved = (one: ServerAnswer) => one.alias !== undefined && one.alias !== right?.alias;
  if (!old.some(isMoved)) return { right, old };
  const [own, others] = await Promise.all([
    resolver.authoritative({ name, type: 'CNAME', any: true }),
    resolver.public({ name, type: 'CNAME' }),
  ]);
  const hop = (by: string) => others.servers.find((one) => one.by === by && one.status === 'present');
  return {
    right: right?.alias === undefined ? right : (own.servers.find(({ status }) => status === 'present') ?? right),
    old: old.map((one) => (isMoved(one) ? (hop(one.by) ?? one) : one)),
  };
}

/** `right`: what the zone's servers say · `old`: resolvers that say something else · `soa`: the zone's. Pure. */
function waitOf(
  right: ServerAnswer | undefined,
  old: readonly ServerAnswer[],
  ownAgree: boolean,
  soa: ServerAnswer | undefined,
): Wait | undefined {
  if (old.length === 0 && ownAgree) return undefined;
  const [, , , refresh, , , minimum = 0] = (soa?.values[0] ?? '').split(' ').map(Number);
  const miss = Math.min(soa?.ttl ?? minimum, minimum, LONGEST_MISS);
  const lifetime = right?.ttl ?? 0;
  const left = old.map((one) => (one.status === 'absent' ? (one.missSeconds ?? miss) : (one.ttl ?? lifetime)));
  const whole = [...old.map((one) => (one.status === 'absent' ? miss : lifetime)), ...(ownAgree ? [] : [lifetime])];
  const servers = ownAgree ? undefined : refresh;
  // A server that lags hands out what is old until it has fetched the zone, and only then caches begin to forget.
  const cached = Math.min(LONGEST, Math.ceil((Math.max(...left, ...whole, 0) * 11) / 10));
  return {
    ...(old.length > 0 ? { resolvers: Math.max(...left) } : {}),
    everybody: cached + (servers ?? 0),
    ...(servers === undefined ? {} : { servers }),
  };
}
