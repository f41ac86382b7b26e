import type { LiveRecord } from '../../core/dns.ts';
import type { Seen } from '../../core/inspection.ts';
import type { Answer, Question, Resolver } from '../../core/resolver.ts';
import type { InspectedZone } from '../needs.ts';

/** What stands at a name: its values, and the alias that the name is, where it is one. */
export interface AtName {
  readonly values: readonly string[];
  readonly alias?: string;
}

/** Asks for one type at a name. */
export type AskDns = (name: string, type: Question['type']) => Promise<Seen<AtName>>;

/**
 * The authoritative servers' word; where none of them can be asked (a closed port 53), that of the zone at the DNS provider, when it was
 * read whole; else, of `delegated` alone (a name that is known to be there), the public resolvers'.
 */
export function askingDns(resolver: Resolver, delegated: string | undefined, zone: InspectedZone | undefined): AskDns {
  return async (name, type) => {
    const answer = await resolver.authoritative({ name, type });
    if (answer.status !== 'unknown') return toSeen(answer);
    const { records, name: origin = '' } = zone ?? {};
    if (records && (name === origin || name.endsWith(`.${origin}`))) return fromZone(records, name, type);
    const heard = name === delegated ? await resolver.public({ name, type }) : answer;
    return heard.status === 'unknown' ? { status: 'unknown', reason: reasonOf(answer) } : toSeen(heard);
  };
}

/** Why nobody answered, each reason once. */
export function reasonOf(answer: Answer): string {
  const reasons = answer.servers.map(({ by, reason = 'no answer' }) => `${by}: ${reason}`);
  return reasons.slice(0, 2).join('; ') + (reasons.length > 2 ? ` and ${reasons.length - 2} more servers` : '');
}

function toSeen(answer: Answer): Seen<AtName> {
  const alias = answer.servers.find((server) => server.alias !== undefined)?.alias;
  if (answer.values.length === 0 && alias === undefined) return { status: 'absent' };
  return { status: 'present', value: { values: answer.values, ...(alias === undefined ? {} : { alias }) } };
}

function fromZone(records: readonly LiveRecord[], name: string, type: Question['type']): Seen<AtName> {
  const there = records.filter((record) => record.name === name);
  const alias = there.find((record) => record.type === 'CNAME')?.value;
  const values = there
    .filter((record) => record.type === type)
    .map((record) => (type === 'MX' ? `${record.preference ?? 0} ${record.value}` : record.value));
  if (values.length === 0 && alias === undefined) return { status: 'absent' };
  return { status: 'present', value: { values, ...(alias === undefined ? {} : { alias }) } };
}

/** The same, followed to the end of aliases that lead to other zones: policies are often left to a service so. */
export function followingAliases(ask: AskDns): AskDns {
  return async (name, type) => {
    let look = await ask(name, type);
    for (let hops = 0; hops < 8; hops += 1) {
      if (look.status !== 'present' || look.value.values.length > 0 || look.value.alias === undefined) return look;
      look = await ask(look.value.alias, type);
    }
    return { status: 'unknown', reason: `${name}: an alias that leads nowhere` };
  };
}
