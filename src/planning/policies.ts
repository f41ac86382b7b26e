import type { LiveRecord } from '../core/dns.ts';
import { registeredDomain } from '../core/domain.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import { holdsRecord } from '../core/merge/merge-change.ts';
import {
  dmarcAddresses,
  dmarcTag,
  dmarcWalk,
  effectivePolicy,
  endsWalk,
  externalReportHosts,
  isDmarc,
  reportKey,
  type WalkedRecord,
} from '../core/records/dmarc.ts';
import { fromBytes } from '../core/records/txt.ts';
import type { Answer, Resolver } from '../core/resolver.ts';
import type { Owned } from '../core/resource.ts';
import { type PolicyEvidence, type ReportConsent, reportAddresses, takesOwnPolicy } from '../core/wants.ts';
import { isDelegated } from './dns-checks.ts';
import type { Survey } from './survey.ts';
import { unreadable } from './unreadable.ts';
import { cutOf, type Zones } from './zones.ts';

type Inherited = Pick<PolicyEvidence, 'inheritedDmarc' | 'inheritedUnknown'>;

/** The DMARC policy that the domain publishes or inherits, and what other organisations say to receiving its reports. */
export async function readPolicies(
  spec: DomainSpec,
  { zones: { main }, owned }: Survey,
  ground: Ground,
): Promise<PolicyEvidence> {
  const live = 'live' in main ? main.live : [];
  const there = live.filter((one) => one.name === `_dmarc.${spec.domain}`);
  const own = there.find((one) => one.type === 'TXT' && isDmarc(one.value));
  const inherited: Inherited = own ? {} : await readInherited(spec.domain, main, ground.resolver);
  const { inheritedDmarc: above } = inherited;
  const reportsTo = above && !takesOwnPolicy(spec, above.record) ? [] : reportsOf(spec, there, owned);
  const hosts = externalReportHosts(spec.domain, reportsTo);
  const consents = await Promise.all(hosts.map((host) => readConsent(spec.domain, host, owned, ground)));
  return {
    ...(own ? { ownDmarc: fromBytes(own.value) } : {}),
    reportsTo,
    ...(live.length > 0 ? { receivesMail: live.some((one) => one.name === spec.domain && isMx(one)) } : {}),
    ...inherited,
    reportConsents: consents,
  };
}

/** An MX that names a host: a null MX says that nothing is received (RFC 7505). */
function isMx({ type, value }: LiveRecord): boolean {
  return type === 'MX' && value !== '' && value !== '.';
}

/** Of the addresses that are asked for, those that the policy names once the plan is done: somebody's record keeps its own, unless ours are added. */
function reportsOf(spec: DomainSpec, there: readonly LiveRecord[], owned: Owned): readonly string[] {
  const wished = reportAddresses(spec);
  const own = there.find((one) => one.type === 'TXT' && isDmarc(one.value));
  if (!own) return there.some((one) => one.type === 'CNAME' || one.type === 'NS') ? [] : wished;
  const ours = holdsRecord(owned.get(`dns ${own.name} TXT`), own);
  if (ours || spec.dmarc.reports === 'add') return wished;
  const named = dmarcAddresses(own.value, 'rua').map(reportKey);
  return wished.filter((address) => named.includes(reportKey(`mailto:${address}`)));
}

/** Whether the host of a report address consents. A missing consent in a zone of ours, and one that we made, is ours to publish. */
async function readConsent(domain: string, host: string, owned: Owned, ground: Ground): Promise<ReportConsent> {
  const name = `${domain}._report._dmarc.${host}`;
  const answer = await ground.resolver.authoritative({ name, type: 'TXT' });
  const consent = consentOf(answer);
  const ours =
    (consent === 'missing' || owned.get(`dns ${name} TXT`) !== undefined) &&
    (await ground.dnsFor(host).then(
      (provider) =>
        provider.findZone(host).then(
          // A zone that a person enters records in may be anybody's: that host's owner is told what to publish. One that is not
          // the live one is of no use.
          async (zone) =>
            provider.limits.by === 'us' &&
            isDelegated(zone, await ground.resolver.public({ name: zone.name, type: 'NS' })) !== 'no',
          (error: unknown) => unreadable(error) === undefined,
        ),
      () => false,
    ));
  return { host, consent, ours };
}

function consentOf(answer: Answer): ReportConsent['consent'] {
  if (answer.values.some((value) => dmarcTag(value, 'v') === 'DMARC1')) return 'given';
  return answer.status === 'unknown' ? 'unknown' : 'missing';
}

/** The policy that the domain has from above, up to its registered domain: from the zone where it holds the name, else from DNS. */
async function readInherited(domain: string, main: Zones['main'], resolver: Resolver): Promise<Inherited> {
  const top = registeredDomain(domain);
  const walk = dmarcWalk(domain)
    .slice(1)
    .filter((name) => name === `_dmarc.${top}` || name.endsWith(`.${top}`));
  const walked: WalkedRecord[] = [];
  for (const name of walk) {
    const known =
      'live' in main &&
      name.endsWith(`.${main.zone.name}`) &&
      main.provider.limits.reads === 'zone' &&
      !cutOf(name, main);
    const values = known
      ? main.live.filter((one) => one.name === name && one.type === 'TXT').map((one) => one.value)
      : await resolver.authoritative({ name, type: 'TXT' });
    if (!Array.isArray(values) && values.status === 'unknown') return { inheritedUnknown: name };
    const [record, second] = (Array.isArray(values) ? values : values.values).filter((value) => isDmarc(value));
    if (record !== undefined && second === undefined) walked.push({ name, record: fromBytes(record) });
    if (record !== undefined && endsWalk(record)) break;
  }
  const inherited = effectivePolicy(domain, walked);
  return inherited ? { inheritedDmarc: inherited } : {};
}
