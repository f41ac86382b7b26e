import { dmarcTag, dmarcWalk, externalReportHosts, isDmarc } from '../core/dmarc.ts';
import type { LiveRecord } from '../core/dns.ts';
import type { DnsProvider, Zone } from '../core/dns-provider.ts';
import { registeredDomain } from '../core/domain.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import { Problem } from '../core/problem.ts';
import type { Answer, Resolver } from '../core/resolver.ts';
import type { DesiredRecord, Findings, Owned, Resource } from '../core/resource.ts';
import { isSpf, spfReferences } from '../core/spf.ts';
import { fromBytes } from '../core/txt.ts';
import { type PolicyEvidence, planWants, reportAddresses } from '../core/wants.ts';

/** A system as the round knows it: what it is and what it showed, or why it could not be read. */
export interface Surveyed {
  readonly resource: Resource<DomainSpec>;
  readonly state?: unknown;
  readonly problem?: Problem;
}

/** Everything that one look at the world brought in. */
export interface Survey {
  readonly systems: ReadonlyMap<string, Surveyed>;
  readonly zone:
    | {
        readonly provider: DnsProvider;
        readonly zone: Zone;
        readonly live: readonly LiveRecord[];
        /** The name servers that the public sees for the zone. */
        readonly delegation: Answer;
      }
    | { readonly problem: Problem };
  readonly owned: Owned;
}

/** What all systems and the profile want, before it is merged. */
export interface Wanted {
  readonly findings: readonly Findings[];
  readonly records: readonly DesiredRecord[];
}

/** What DNS says about what is wanted. */
export interface Evidence {
  readonly live: readonly LiveRecord[];
  /** Answers of the authoritative servers for records that the provider holds, by record id. */
  readonly served: ReadonlyMap<string, Answer>;
  readonly spfTree: ReadonlyMap<string, string>;
}

/** Reads all systems and the zone in parallel. A wrong account stops everything: nothing is to be read further. */
export async function readSurvey(
  spec: DomainSpec,
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
): Promise<Survey> {
  const [systems, zone, owned] = await Promise.all([
    Promise.all(
      resources.map(async (resource): Promise<[string, Surveyed]> => {
        try {
          return [resource.name, { resource, state: await resource.read(spec) }];
        } catch (error) {
          return [resource.name, { resource, problem: unreadable(error) }];
        }
      }),
    ),
    readZone(spec, ground),
    ground.owned.read(spec.domain),
  ]);
  return { systems: new Map(systems), zone, owned };
}

/** Why a system could not be read. A wrong account or input stops everything, and a bug is no property of the outside. */
function unreadable(error: unknown): Problem {
  if (!(error instanceof Problem) || error.kind === 'account' || error.kind === 'input') throw error;
  return error;
}

async function readZone(spec: DomainSpec, ground: Ground): Promise<Survey['zone']> {
  try {
    const provider = await ground.dnsFor(spec.domain);
    const zone = await provider.findZone(spec.domain);
    // A provider that reads whole zones is asked now, beside the systems; the others once the names are known.
    const [live, delegation] = await Promise.all([
      provider.limits.reads === 'zone' ? provider.records(zone, []) : [],
      ground.resolver.public({ name: zone.name, type: 'NS' }),
    ]);
    return { provider, zone, live, delegation };
  } catch (error) {
    return { problem: unreadable(error) };
  }
}

/** Lets every system that was read plan, and adds what the profile itself wants. */
export async function readWanted(spec: DomainSpec, survey: Survey, resolver: Resolver): Promise<Wanted> {
  const findings: Findings[] = [];
  for (const { resource, state, problem } of survey.systems.values()) {
    if (!problem) findings.push(resource.plan(spec, state, survey.owned));
  }
  findings.push(planWants(spec, await readPolicies(spec, survey.zone, resolver)));
  const records = new Map(findings.flatMap((one) => one.records ?? []).map((record) => [record.id, record]));
  return { findings, records: [...records.values()] };
}

/** The DMARC policy that the domain inherits, and what other organisations say to receiving its reports. */
async function readPolicies(spec: DomainSpec, zone: Survey['zone'], resolver: Resolver): Promise<PolicyEvidence> {
  const live = 'live' in zone ? zone.live : [];
  const policyAt = (name: string) => live.find((one) => one.name === name && one.type === 'TXT' && isDmarc(one.value));
  const own = policyAt(`_dmarc.${spec.domain}`);
  const hosts = externalReportHosts(spec.domain, reportAddresses(spec));
  const [inherited, consents] = await Promise.all([
    own ? {} : readInherited(spec.domain, zone, resolver),
    Promise.all(
      hosts.map((host) => resolver.authoritative({ name: `${spec.domain}._report._dmarc.${host}`, type: 'TXT' })),
    ),
  ]);
  return {
    ...(own ? { ownDmarc: fromBytes(own.value) } : {}),
    ...(live.length > 0 ? { receivesMail: live.some((one) => one.name === spec.domain && one.type === 'MX') } : {}),
    ...inherited,
    reportConsents: hosts.map((host, index) => {
      const answer = consents[index];
      const given = answer?.values.some((value) => dmarcTag(value, 'v') === 'DMARC1');
      return {
        host,
        consent: given
          ? 'given'
          : answer?.status === 'absent'
            ? 'missing'
            : answer?.status === 'present'
              ? 'missing'
              : 'unknown',
      };
    }),
  };
}

/** The nearest policy above the domain, up to its registered domain: from the zone where it holds the name, else from DNS. */
async function readInherited(
  domain: string,
  zone: Survey['zone'],
  resolver: Resolver,
): Promise<Pick<PolicyEvidence, 'inheritedDmarc' | 'inheritedUnknown'>> {
  const top = registeredDomain(domain);
  const walk = dmarcWalk(domain)
    .slice(1)
    .filter((name) => name === `_dmarc.${top}` || name.endsWith(`.${top}`));
  for (const name of walk) {
    const known = 'live' in zone && name.endsWith(`.${zone.zone.name}`) && zone.provider.limits.reads === 'zone';
    const values = known
      ? zone.live.filter((one) => one.name === name && one.type === 'TXT').map((one) => one.value)
      : await resolver.authoritative({ name, type: 'TXT' });
    if (!Array.isArray(values) && values.status === 'unknown') return { inheritedUnknown: name };
    const record = (Array.isArray(values) ? values : values.values).find((value) => isDmarc(value));
    if (record !== undefined) return { inheritedDmarc: { name, record: fromBytes(record) } };
  }
  return {};
}

/** Asks DNS about the wanted records that the provider holds already. */
export async function readEvidence(survey: Survey, wanted: Wanted, resolver: Resolver): Promise<Evidence> {
  const { zone } = survey;
  if ('problem' in zone) return { live: [], served: new Map(), spfTree: new Map() };
  const names = [...new Set(wanted.records.map((want) => want.record.name))];
  const live =
    zone.provider.limits.reads === 'zone'
      ? zone.live.filter((record) => names.includes(record.name))
      : await zone.provider.records(zone.zone, names);
  // A name that is not published yet is asked of nobody: a miss would be remembered.
  const published = wanted.records.filter((want) =>
    live.some((record) => record.name === want.record.name && record.type === want.record.type),
  );
  const [answers, spfTree] = await Promise.all([
    Promise.all(
      published.map((want) =>
        resolver.authoritative({ name: want.record.name, type: want.record.type as 'TXT', zone: zone.zone.name }),
      ),
    ),
    readSpfTree(wanted, live, resolver),
  ]);
  return {
    live,
    served: new Map(published.map((want, index) => [want.id, answers[index] as Answer])),
    spfTree,
  };
}

/** The SPF records that a record to be merged draws in, as deep as it goes (at most as wide as receivers would look). */
async function readSpfTree(
  wanted: Wanted,
  live: readonly LiveRecord[],
  resolver: Resolver,
): Promise<ReadonlyMap<string, string>> {
  const tree = new Map<string, string>();
  const merging = wanted.records.filter((want) => want.firmness === 'spf');
  const roots = live.filter(
    (record) =>
      record.type === 'TXT' && isSpf(record.value) && merging.some((want) => want.record.name === record.name),
  );
  if (roots.length === 0) return tree;
  let open = [
    ...roots.map((record) => fromBytes(record.value)),
    ...merging.map((want) => fromBytes(want.record.value)),
  ].flatMap(spfReferences);
  for (let depth = 0; depth < 10 && open.length > 0 && tree.size < 60; depth += 1) {
    const names = [...new Set(open)].filter((name) => !tree.has(name));
    const answers = await Promise.all(names.map((name) => resolver.public({ name, type: 'TXT' })));
    open = answers.flatMap((answer, index) => {
      const text = answer.values.find((value) => isSpf(value));
      if (text === undefined) return [];
      tree.set(names[index] ?? '', fromBytes(text));
      return spfReferences(fromBytes(text));
    });
  }
  return tree;
}
