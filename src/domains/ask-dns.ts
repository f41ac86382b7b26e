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
  /** Seconds until every resolver that has something else has asked again; absent where they agree. */
  readonly waitSeconds?: number;
}

/** Asks the zone's own servers first, and resolvers only for what is there: they would remember a miss. */
export async function askDns(question: { name: string; type: DnsType }, resolver: Resolver): Promise<Asked> {
  const found = await resolver.zoneOf(question.name);
  const own = await resolver.authoritative(question);
  const silent = own.status === 'unknown';
  const heard = own.status === 'present' || silent ? await resolver.public(question) : undefined;
  const servers = heard?.servers ?? [];
  const key = (one: ServerAnswer) => JSON.stringify([one.values.toSorted(), one.alias]);
  const answered = [...own.servers, ...servers].filter((one) => one.status !== 'unknown');
  const agree = new Set(answered.map(key)).size <= 1;
  const right = own.servers.find((one) => one.status === 'present');
  const old = right ? servers.filter((one) => one.status !== 'unknown' && key(one) !== key(right)) : [];
  const wait = Math.max(0, ...old.map((one) => one.ttl ?? right?.ttl ?? 0));
  const status =
    answered.length === 0
      ? 'unknown'
      : agree
        ? own.status === 'unknown'
          ? (heard?.status ?? 'unknown')
          : own.status
        : 'partial';
  return {
    ...question,
    ...(found.status === 'unknown' ? {} : { zone: found.zone }),
    status,
    authoritative: own.servers,
    public: servers,
    ...(old.length > 0 ? { waitSeconds: wait } : {}),
  };
}
