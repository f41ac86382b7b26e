import type { DnsProvider, Zone } from '../core/dns-provider.ts';
import { type Json, Problem, toProblem } from '../core/problem.ts';
import type { FoundZone, Resolver } from '../core/resolver.ts';

/** A DNS provider that may be asked: its name, whose servers are its own, and how it is opened. */
export interface Candidate {
  readonly name: string;
  readonly title: string;
  /** Nobody configured it, it only has credentials by way of something else: that it refuses them says nothing. */
  readonly implied: boolean;
  /** A person, who can enter records at any host. */
  readonly byHand: boolean;
  serves(nameServer: string): boolean;
  open(): Promise<DnsProvider>;
}

/** A DNS provider without credentials: it can't be asked, but its name servers are known. */
export type Unset = Pick<Candidate, 'name' | 'title' | 'serves'> & { readonly credentials: string };

/**
 * The provider that writes a name, where several may: whoever the name is delegated to, by its servers' names; where these tell nothing,
 * whoever has the zone. Two that both have it, of which the delegation names neither, are a conflict. Asked once for each zone.
 */
export function chooseAmong(
  candidates: readonly Candidate[],
  resolver: Pick<Resolver, 'zoneOf'>,
  unset: readonly Unset[] = [],
): (name: string) => Promise<DnsProvider> {
  const chosen = new Map<string, Promise<DnsProvider>>();
  return async (name) => {
    const [only, second] = candidates;
    if (only && !second) return only.open();
    const found = await resolver.zoneOf(name);
    const key = found.status === 'present' ? found.zone : name;
    const known = chosen.get(key) ?? choose(name, found, candidates, unset);
    chosen.set(key, known);
    known.catch(() => chosen.delete(key));
    return known;
  };
}

async function choose(
  name: string,
  found: FoundZone,
  candidates: readonly Candidate[],
  unset: readonly Unset[],
): Promise<DnsProvider> {
  const servers = found.status === 'present' ? found.servers : [];
  const serving = candidates.filter((one) => servers.some((server) => one.serves(server)));
  const [only] = serving;
  const person = candidates.find((one) => one.byHand);
  if (only && serving.length === 1) {
    if (!person) return only.open();
    const { provider, problem } = await ask(only, name);
    // The host is known, the account is not: there only a person can do it.
    return problem?.kind === 'conflict' ? person.open() : provider;
  }
  const among = serving.length > 0 ? serving : candidates;
  const asked = await Promise.all(among.map((candidate) => ask(candidate, name)));
  const having = asked.flatMap((one) => (one.zone ? [{ ...one, zone: one.zone }] : []));
  const longest = Math.max(0, ...having.map(({ zone }) => zone.name.length));
  const nearest = having.filter(({ zone }) => zone.name.length === longest);
  // Whom a person enters records at is whoever serves the zone: one that we may write ourselves comes first.
  const ours = nearest.filter(({ provider }) => provider.limits.by === 'us');
  const able = ours.length > 0 ? ours : nearest;
  const live = able.filter(({ zone }) => zone.nameServers.some((server) => servers.includes(server)));
  const [first, second] = live.length > 0 ? live : able;
  const byHand = nearest.find(({ provider }) => provider.limits.by === 'person');
  const unsure = asked.find(({ problem }) => problem?.kind === 'unknown' || problem?.kind === 'retry');
  // A zone that nobody is sent to is not the live one: what is live is for the person to enter.
  if (live.length === 0 && byHand && found.status === 'present') return byHand.provider;
  if (first?.provider.limits.by === 'person' && unsure?.problem) throw unsure.problem;
  if (first && !second) return first.provider;
  if (first) throw claimedTwice(name, live.length > 0 ? live : able);
  const without = unset.find((one) => servers.some((server) => one.serves(server)));
  throw without ? notSet(name, servers, without) : nobody(name, found, asked);
}

interface Asked {
  readonly candidate: Candidate;
  readonly provider: DnsProvider;
  readonly zone?: Zone;
  readonly problem?: Problem;
}

async function ask(candidate: Candidate, name: string): Promise<Asked> {
  const provider = await candidate.open();
  try {
    return { candidate, provider, zone: await provider.findZone(name) };
  } catch (error) {
    return { candidate, provider, problem: toProblem(error) };
  }
}

function claimedTwice(name: string, having: readonly Asked[]): Problem {
  const shown = having.map(
    ({ candidate, zone }) => `${candidate.title} (${zone?.account}, ${zone?.nameServers.join(', ')})`,
  );
  return new Problem(
    'conflict',
    'dns.two-providers',
    `${name}: ${shown.join(' and ')} both have the zone ${having[0]?.zone?.name}, and the delegation does not tell which is meant.`,
    { fix: 'Say which one with --dns (or dns.provider in the profile), or delete the zone that nobody uses.' },
  );
}

/** Whoever serves it is known, and has no credentials here. */
function notSet(name: string, servers: readonly string[], { name: provider, title, credentials }: Unset): Problem {
  return new Problem(
    'conflict',
    `${provider}.not-set`,
    `${name} is served by ${title} (${servers.join(', ')}), for which no credentials are set.`,
    {
      fix: `Set ${credentials}; \`mailwright init\` asks for them and tries them. Or enter the records by hand: --dns manual.`,
    },
  );
}

/** Nobody has it: who serves it, and what each that was asked said. */
function nobody(name: string, found: FoundZone, asked: readonly Asked[]): Problem {
  const [unsure] = asked.filter(({ problem }) => problem?.kind === 'unknown' || problem?.kind === 'retry');
  if (unsure?.problem) return unsure.problem;
  const served =
    found.status === 'present'
      ? `${name} is served by ${found.servers.join(', ')}`
      : found.status === 'absent'
        ? `${found.zone} is delegated to nobody`
        : `who serves ${name} can't be found out (${found.reason})`;
  const meant = asked.filter(({ candidate, problem }) => !(candidate.implied && problem?.kind === 'account'));
  const said = meant.map(({ candidate, problem }) => `${candidate.title}: ${problem?.message.replace(/^[^:]+: /, '')}`);
  return new Problem(
    'conflict',
    'dns.no-provider',
    `${served}; none of the configured DNS providers has its zone. ${said.join(' ')}`,
    {
      fix: 'Set the credentials of the provider that serves it, or enter the records by hand: --dns manual shows them and watches.',
    },
  );
}

/** A journal's or profile's word for who serves zones, as a list; auto: all that are configured. */
export function providerNames(word: Json | undefined): readonly string[] | 'auto' {
  if (word === undefined || word === 'auto') return 'auto';
  return Array.isArray(word) ? word.map(String) : [String(word)];
}
