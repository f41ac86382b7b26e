/** A question about a name. `zone` is the zone that is known to hold it, so that no cache is asked for a name that is not there yet. */
export interface Question {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'TXT';
  readonly zone?: string;
}

/** What one server said. Values: TXT as byte strings, MX as '10 host', names without trailing dot. */
export interface ServerAnswer {
  /** The server: 'ada.ns.cloudflare.com' or an address. */
  readonly by: string;
  readonly status: 'present' | 'absent' | 'unknown';
  readonly values: readonly string[];
  /** Why it is unknown: 'no answer in 2 s', 'SERVFAIL'. */
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
}

/** Asks DNS. Never throws for what DNS says or fails to say: that is the answer. */
export interface Resolver {
  /** Asks every authoritative server of the zone that holds the name. */
  authoritative(question: Question): Promise<Answer>;
  /** Asks the configured public resolvers; only for names that are known to be there, because a miss is remembered by them. */
  public(question: Question): Promise<Answer>;
}

/** Folds what each server said into one answer. */
export function foldAnswers(servers: readonly ServerAnswer[]): Answer {
  const answered = servers.filter((server) => server.status !== 'unknown');
  const values = [...new Set(answered.flatMap((server) => server.values))];
  return { status: answered.length === 0 ? 'unknown' : values.length > 0 ? 'present' : 'absent', values, servers };
}

/** Whether every server that answered has `value`: yes, no (some do not), or unknown (nobody answered). */
export function servedEverywhere(answer: Answer, value: string): 'yes' | 'no' | 'unknown' {
  const answered = answer.servers.filter((server) => server.status !== 'unknown');
  if (answered.length === 0) return 'unknown';
  return answered.every((server) => server.values.includes(value)) ? 'yes' : 'no';
}
