/** A question about a name. `zone` is the zone that is known to hold it, so that no cache is asked for a name that is not there yet. */
export interface Question {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'PTR' | 'SOA' | 'SRV' | 'TLSA' | 'TXT';
  readonly zone?: string;
  /** One server's word is enough: the others are asked only where it is silent. */
  readonly any?: true;
}

/**
 * What one server said. Values: TXT as byte strings, MX as '10 host', SRV as '0 1 443 host', SOA as 'mname rname serial refresh retry
 * expire minimum', TLSA as '3 1 1 hex' in lower case, names without trailing dot. At a CNAME: what stands at the end of the chain, as far as the same answer holds it.
 */
export interface ServerAnswer {
  /** The server: 'ada.ns.cloudflare.com' or an address. */
  readonly by: string;
  readonly status: 'present' | 'absent' | 'unknown';
  readonly values: readonly string[];
  /** Seconds; the lowest of the values' records. Absent where there are none. */
  readonly ttl?: number;
  /** Seconds for which what is not there is remembered (RFC 2308 5); a resolver says what is left of it. */
  readonly missSeconds?: number;
  /** The first hop, where the name is an alias (CNAME). */
  readonly alias?: string;
  /** Whether it said that the name itself is not there (NXDOMAIN), and not only nothing of this type. */
  readonly nameMissing?: true;
  /** Why it is unknown: 'no answer in 2 s', 'SERVFAIL', 'REFUSED', 'lame: not authoritative'. */
  readonly reason?: string;
}

/**
 * What DNS says. present: some server has values; absent: every server that answered has none; unknown: nobody could be asked.
 * An unknown never reads as missing.
 */
export interface Answer {
  readonly status: 'present' | 'absent' | 'unknown';
  /** Values that any server gave, without repeats. */
  readonly values: readonly string[];
  readonly servers: readonly ServerAnswer[];
  /** Whether all that answered said that the name itself is not there. */
  readonly nameMissing?: true;
  /** Nobody could be asked, because the name's registered domain is delegated to nobody. */
  readonly undelegated?: true;
}

/**
 * The zone that holds a name: present, with the names of its servers; absent: nobody delegates the registered domain (`zone`) to anyone;
 * unknown: it could not be found out.
 */
export type FoundZone =
  | { readonly status: 'present'; readonly zone: string; readonly servers: readonly string[] }
  | { readonly status: 'absent'; readonly zone: string }
  | { readonly status: 'unknown'; readonly reason: string };

/** What DNSSEC says of a zone. bogus: its signatures are wrong · unknown: nobody verifies, or could be asked. */
export type Security = 'secure' | 'insecure' | 'bogus' | 'unknown';

/** Asks DNS. Never throws for what DNS says or fails to say: that is the answer. */
export interface Resolver {
  /** Asks every authoritative server of the zone that holds the name. */
  authoritative(question: Question): Promise<Answer>;
  /** Asks the configured public resolvers; only for names that are known to be there, because a miss is remembered by them. */
  public(question: Question): Promise<Answer>;
  /**
   * What DNSSEC says of a zone, by a public resolver that verifies: bogus is what such resolvers answer nothing for; unknown where none of
   * them verifies, or could be asked.
   */
  security?(zone: string): Promise<Security>;
  /** Finds the zone that holds the name, which need not be there: from the registered domain's servers down over referrals. */
  zoneOf(name: string): Promise<FoundZone>;
  /** The servers that the registry names for a registered domain; undefined where it could not be asked, or does not say. */
  delegated?(domain: string): Promise<readonly string[] | undefined>;
}

/** A label that nobody has: what is answered for it is a wildcard's (RFC 4592). */
export const NOBODYS_LABEL = 'mailwright-looks-for-wildcards';

/** What stands at the name itself, without what a wildcard above it answers: a name that is created gets rid of that. */
export async function askBesideWildcards(
  resolver: Pick<Resolver, 'authoritative'>,
  question: Question,
): Promise<Answer> {
  const answer = await resolver.authoritative(question);
  const isAnswered = answer.servers.some((server) => server.values.length > 0 || server.alias !== undefined);
  if (!isAnswered) return answer;
  const parent = question.name.slice(question.name.indexOf('.') + 1);
  const sibling = await resolver.authoritative({ ...question, name: `${NOBODYS_LABEL}.${parent}` });
  const isWild = (server: ServerAnswer) =>
    sibling.servers.some((other) => other.alias === server.alias && sameValues(other.values, server.values));
  return foldAnswers(
    answer.servers.map((server) =>
      server.status === 'present' || server.alias !== undefined
        ? isWild(server)
          ? { by: server.by, status: 'absent', values: [] }
          : server
        : server,
    ),
  );
}

function sameValues(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value) => b.includes(value));
}

/** Folds what each server said into one answer. */
export function foldAnswers(servers: readonly ServerAnswer[]): Answer {
  const answered = servers.filter((server) => server.status !== 'unknown');
  const values = [...new Set(answered.flatMap((server) => server.values))];
  const isMissing = answered.length > 0 && answered.every((server) => server.nameMissing);
  return {
    status: answered.length === 0 ? 'unknown' : values.length > 0 ? 'present' : 'absent',
    values,
    servers,
    ...(isMissing ? { nameMissing: true as const } : {}),
  };
}

/** Whether every server that answered has `value`: yes, no (some do not), or unknown (nobody answered). */
export function servedEverywhere(answer: Answer, value: string): 'yes' | 'no' | 'unknown' {
  const answered = answer.servers.filter((server) => server.status !== 'unknown');
  if (answered.length === 0) return 'unknown';
  return answered.every((server) => server.values.includes(value)) ? 'yes' : 'no';
}
