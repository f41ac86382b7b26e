import type { Deviations, DomainFacts, Inspection, Seen, Unseen } from '../core/inspection.ts';
import { deviationStatus } from '../core/inspection.ts';
import { Problem } from '../core/problem.ts';
import { STATUS_CODES } from '../core/report.ts';
import { relative } from './inspect/aspects.ts';
import { compareDomains } from './inspect/compare.ts';
import { deviationsOf } from './inspect/deviations.ts';
import { inferProfile } from './inspect/infer-profile.ts';
import { readDomain } from './inspect/read-domain.ts';
import { recommend } from './inspect/recommend.ts';
import type { InspectNeeds } from './needs.ts';

/** Told after each domain. */
export type Inspected = (domain: string, n: number, of: number) => void;

/** Domains that are read at once: each has some sixty questions of its own under way. */
const AT_ONCE = 8;

/** Reads what domains have, and says what they share, where they differ and what should be done. Changes nothing anywhere. */
export async function inspect(
  domains: readonly string[],
  needs: InspectNeeds,
  providers: readonly string[],
  tell: Inspected,
): Promise<Inspection> {
  const facts = await readAll(domains, needs, tell);
  const comparison = compareDomains(facts);
  const { profile, notes } = inferProfile(facts, providers);
  const status = facts.some(({ dns }) => unaskedReason(dns) !== undefined) ? 'pending' : 'done';
  return {
    version: 1,
    command: 'inspect',
    status,
    exit: STATUS_CODES[status],
    domains: facts,
    pattern: facts.length > 1 ? [...comparison.pattern] : [],
    differences: [...comparison.differences],
    recommendations: recommend(facts, comparison),
    unseen: await readUnseen(facts, needs),
    profile: profile as Inspection['profile'],
    profileNotes: [...notes],
  };
}

/** Compares domains with the pattern of others: what those have alike. */
export async function checkAgainst(
  domains: readonly string[],
  against: readonly string[],
  needs: InspectNeeds,
  tell: Inspected,
): Promise<Deviations> {
  const facts = await readAll([...domains, ...against], needs, tell);
  const { pattern } = compareDomains(facts.slice(domains.length));
  const found = facts
    .slice(0, domains.length)
    .map((one) => ({ domain: one.domain, deviations: deviationsOf(one, pattern) }));
  const unseen = await readUnseen(facts, needs);
  return {
    version: 1,
    command: 'check',
    against: [...against],
    ...deviationStatus(
      found.flatMap(({ deviations }) => deviations),
      unseen,
    ),
    domains: found,
    pattern: [...pattern],
    unseen,
  };
}

async function readAll(domains: readonly string[], needs: InspectNeeds, tell: Inspected): Promise<DomainFacts[]> {
  const found: DomainFacts[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let at = next++; at < domains.length; at = next++) {
      const domain = domains[at] ?? '';
      found[at] = await readDomain(domain, needs);
      done += 1;
      tell(domain, done, domains.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

/** Why the name servers of a domain could not be asked. */
function unaskedReason(dns: DomainFacts['dns']): string | undefined {
  return dns.status === 'unknown' ? dns.reason : dns.status === 'present' ? dns.value.unasked : undefined;
}

/** What could not be looked at, each reason once, with the domains of which it is true; of all: none is named. */
async function readUnseen(facts: readonly DomainFacts[], needs: InspectNeeds): Promise<Unseen[]> {
  const reasonOf = (look: Seen<unknown>) => (look.status === 'unknown' ? look.reason : undefined);
  const parts = facts.flatMap(({ domain, dns, ses, zone, mailcow, relays }) => [
    { domain, what: 'Name servers', reason: unaskedReason(dns) },
    { domain, what: 'Amazon SES', reason: reasonOf(ses) },
    { domain, what: 'DNS provider', reason: reasonOf(zone) },
    { domain, what: 'Mailcow', reason: mailcow && reasonOf(mailcow) },
    { domain, what: 'Relays', reason: relays && reasonOf(relays) },
  ]);
  const unknown = parts.flatMap(({ domain, what, reason }) =>
    reason === undefined ? [] : [{ domain, what, reason, alike: relative(reason, domain) }],
  );
  const grouped = [...Map.groupBy(unknown, ({ what, alike }) => `${what} ${alike}`).values()].map((alike) => ({
    what: alike[0]?.what ?? '',
    reason: (alike.length === 1 ? alike[0]?.reason : alike[0]?.alike) ?? '',
    domains: alike.length === facts.length ? [] : alike.map(({ domain }) => domain),
  }));
  const regions = await needs.sesUnread().catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    return [];
  });
  return [
    ...grouped,
    ...regions.map((one) => ({ what: `Amazon SES in ${one.regions.join(', ')}`, reason: one.reason, domains: [] })),
  ];
}
