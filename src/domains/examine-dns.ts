import { type Diagnosis, toDiagnosis } from '../core/diagnosis.ts';
import type { DnsProvider, Zone } from '../core/dns-provider.ts';
import { Problem, toProblem } from '../core/problem.ts';
import type { Resolver } from '../core/resolver.ts';
import type { Candidate } from '../planning/choose-provider.ts';
import { isDelegated } from '../planning/dns-checks.ts';

/** What the look at DNS needs of the outside. */
export interface DnsExaminationNeeds {
  readonly candidates: readonly Candidate[];
  /** The provider that writes a name. */
  dnsFor(name: string): Promise<DnsProvider>;
  readonly resolver: Pick<Resolver, 'public'>;
}

/** Who writes each name, whether the public is sent there, and each provider's word on its credentials and permissions. */
export async function examineDns(names: readonly string[], needs: DnsExaminationNeeds): Promise<readonly Diagnosis[]> {
  const chosen = await Promise.all(
    names.map(async (name) => ({ name, provider: await needs.dnsFor(name).catch(toProblem) })),
  );
  const [providers, delegations] = await Promise.all([
    Promise.all(
      needs.candidates.map((candidate) => {
        const served = chosen.filter(({ provider }) => provider.name === candidate.name).map(({ name }) => name);
        return examineProvider(candidate, served);
      }),
    ),
    Promise.all(chosen.map(({ name, provider }) => examineName(name, provider, needs.resolver))),
  ]);
  return [...providers.flat(), ...unique(delegations.flat())];
}

async function examineProvider(candidate: Candidate, names: readonly string[]): Promise<readonly Diagnosis[]> {
  const at = { id: `${candidate.name}.credentials`, system: candidate.name };
  const provider = await candidate.open().catch(toProblem);
  if (provider instanceof Problem) return [toDiagnosis(provider, at)];
  const lines = (await provider.examine?.(names)) ?? [];
  // Credentials that it has by way of something else, and that do not work there, say that nobody uses it.
  const fails = (...statuses: Diagnosis['status'][]) => lines.some((one) => statuses.includes(one.status));
  const unused = fails('credentials') || (names.length === 0 && fails('refused'));
  if (!candidate.implied || !unused) return lines;
  return [{ ...at, status: 'unconfigured', says: 'nobody configured it' }, ...names.map(unserved)];
}

/** A name that fell to a provider only because there is no other. */
function unserved(name: string): Diagnosis {
  return {
    id: 'dns.provider',
    system: 'dns',
    about: name,
    status: 'broken',
    says: `no DNS provider with working credentials serves ${name}`,
    fix: 'Set the credentials of the provider that serves it (mailwright init asks for them), or enter the records by hand: --dns manual.',
  };
}

/** One line: which zone at whom, and whether the registry's delegation leads there. */
async function examineName(
  name: string,
  provider: DnsProvider | Problem,
  resolver: Pick<Resolver, 'public'>,
): Promise<readonly Diagnosis[]> {
  if (provider instanceof Problem) return [toDiagnosis(provider, { id: 'dns.provider', system: 'dns', about: name })];
  const zone = await provider.findZone(name).catch(toProblem);
  if (zone instanceof Problem) {
    // The provider has said so itself, with what it takes.
    return provider.examine ? [] : [toDiagnosis(zone, { id: 'dns.zone', system: 'dns', about: name })];
  }
  return [await examineDelegation(zone, provider, resolver)];
}

async function examineDelegation(
  zone: Zone,
  provider: DnsProvider,
  resolver: Pick<Resolver, 'public'>,
): Promise<Diagnosis> {
  const at = { id: 'dns.delegation', system: 'dns', about: zone.name };
  const held = `the zone at ${provider.name}, ${zone.account}`;
  const delegation = await resolver.public({ name: zone.name, type: 'NS' });
  const seen = delegation.values.join(', ');
  switch (isDelegated(zone, delegation)) {
    case 'yes':
      return { ...at, status: 'ok', says: `${zone.name} is delegated to ${held}` };
    case 'unknown': {
      const why = delegation.servers[0]?.reason ?? 'no answer';
      const fix = 'Check that this machine may ask DNS (port 53, UDP and TCP), and MAILWRIGHT_DNS_PUBLIC_RESOLVERS.';
      return { ...at, status: 'unknown', says: `whom ${zone.name} is delegated to can’t be looked at: ${why}`, fix };
    }
    case 'no':
      return {
        ...at,
        status: 'broken',
        says: `${zone.name} is ${seen === '' ? 'delegated to nobody' : `served by ${seen}`}, not by ${held} (${zone.nameServers.join(', ')}): what is written there is seen by nobody`,
        fix: 'Set these name servers at the registrar, or choose the provider that serves the domain (--dns).',
      };
  }
}

/** Several names lie in one zone, and say the same. */
function unique(lines: readonly Diagnosis[]): readonly Diagnosis[] {
  return [...new Map(lines.map((one) => [JSON.stringify(one), one])).values()];
}
