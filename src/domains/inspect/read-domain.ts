import { dnsHostOf } from '../../core/dns-host.ts';
import { registeredDomain } from '../../core/domain.ts';
import type { DomainFacts, Seen, SesFacts } from '../../core/inspection.ts';
import { Problem } from '../../core/problem.ts';
import { USUAL_MAIL_FROM_LABELS } from '../../core/records/feedback-host.ts';
import { USUAL_SELECTORS } from '../../core/records/senders.ts';
import type { Resolver } from '../../core/resolver.ts';
import type { InspectedZone, InspectNeeds } from '../needs.ts';
import { askingDns, followingAliases } from './ask-dns.ts';
import { readClients, readDkim, readMailFrom, readMx } from './read-mail-names.ts';
import { readDmarc, readSpf, readVersioned } from './read-policies.ts';

/** Labels that MAIL FROM names usually have; of the last, one for each region in which most people send. */
const MAIL_FROM_LABELS = [
  ...USUAL_MAIL_FROM_LABELS,
  ...['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1', 'eu-central-1'].map((region) => `mail-${region}`),
];

/** Reads everything about one domain. What can't be read is unknown with the reason; nothing is changed anywhere. */
export async function readDomain(domain: string, needs: InspectNeeds): Promise<DomainFacts> {
  const [dns, ses, zone, mailcow, relays] = await Promise.all([
    readDelegation(domain, needs.resolver),
    attempt(() => needs.ses(domain)).then((one): SesFacts => (one.status === 'present' ? one.value : one)),
    attempt(() => needs.zone(domain)),
    needs.mailcow?.(domain),
    needs.relays?.(domain),
  ]);
  const whole = zone.status === 'present' && isServed(zone.value, dns) ? zone.value : undefined;
  // Nobody answers for a domain that is delegated to nobody: what stands in a zone for it is seen by nobody.
  const ask: ReturnType<typeof askingDns> =
    dns.status === 'absent'
      ? async () => ({ status: 'unknown', reason: `${domain} is not delegated` })
      : askingDns(needs.resolver, dns.status === 'present' ? dns.value.zone : undefined, whole);
  const identities =
    ses.status === 'present'
      ? ses.value.regions.flatMap(({ identity }) => (identity.status === 'present' ? [identity.value] : []))
      : [];
  const inZone = namesBelow(domain, whole);
  const selectors = [
    ...identities.flatMap((one) => one.dkim.tokens),
    ...(inZone ? inZone.selectors : Object.keys(USUAL_SELECTORS)),
  ];
  const mailFromNames = [
    ...identities.flatMap((one) => one.mailFrom?.name ?? []),
    ...(inZone ? inZone.feedback : MAIL_FROM_LABELS.map((label) => `${label}.${domain}`)),
  ];
  const follow = followingAliases(ask);
  const [mx, spf, dmarc, dkim, mailFrom, mtaSts, tlsRpt, clients] = await Promise.all([
    readMx(domain, ask),
    readSpf(domain, follow),
    readDmarc(domain, follow),
    readDkim(domain, [...new Set(selectors)], ask),
    readMailFrom([...new Set(mailFromNames)], ask),
    readVersioned(`_mta-sts.${domain}`, 'STSv1', follow),
    readVersioned(`_smtp._tls.${domain}`, 'TLSRPTv1', follow),
    readClients(domain, ask),
  ]);
  return {
    domain,
    dns,
    zone: toZoneFacts(zone),
    mx,
    spf,
    dkim: dkim.seen,
    dkimSearch: dkim.asked === 'some' ? 'in part' : inZone ? 'whole' : 'usual names',
    dmarc,
    mailFrom: mailFrom.seen,
    mailFromSearch: mailFrom.asked === 'some' ? 'in part' : inZone || sesTellsAll(ses) ? 'whole' : 'usual names',
    mtaSts,
    tlsRpt,
    clients,
    ses: ses as DomainFacts['ses'],
    ...(relays ? { relays } : {}),
    ...(mailcow ? { mailcow } : {}),
  };
}

/** SES knows every MAIL FROM of its identities. */
function sesTellsAll(ses: SesFacts): boolean {
  return ses.status === 'present' && ses.value.regions.every(({ identity }) => identity.status === 'present');
}

/** Whether the public sees the zone: one that is delegated elsewhere says nothing of what is live. */
function isServed(zone: InspectedZone, dns: DomainFacts['dns']): boolean {
  if (dns.status !== 'present') return dns.status === 'unknown';
  return zone.nameServers.length === 0 || dns.value.servers.some((server) => zone.nameServers.includes(server));
}

/** The zone as its servers tell; where they can't be asked, the delegation of a registered domain as public resolvers know it. */
async function readDelegation(domain: string, resolver: Resolver): Promise<DomainFacts['dns']> {
  const found = await resolver.zoneOf(domain);
  if (found.status === 'absent') return { status: 'absent' };
  if (found.status === 'present') return toDelegation(found.zone, found.servers);
  const heard = registeredDomain(domain) === domain ? await resolver.public({ name: domain, type: 'NS' }) : undefined;
  return heard?.status === 'present' ? toDelegation(domain, heard.values, { unasked: found.reason }) : found;
}

function toDelegation(zone: string, names: readonly string[], more: { unasked?: string } = {}): DomainFacts['dns'] {
  const servers = names.toSorted();
  const host = dnsHostOf(servers)?.name;
  return { status: 'present', value: { zone, servers, ...(host === undefined ? {} : { host }), ...more } };
}

/** Selectors and possible MAIL FROM names that the zone holds; undefined where it was not read whole. */
function namesBelow(domain: string, zone: InspectedZone | undefined) {
  if (!zone?.records) return undefined;
  const ending = `._domainkey.${domain}`;
  return {
    selectors: zone.records
      .filter(
        (one) => one.name.endsWith(ending) && (one.type === 'TXT' || one.type === 'CNAME') && !one.name.startsWith('*'),
      )
      .map((one) => one.name.slice(0, -ending.length)),
    feedback: zone.records
      .filter((one) => one.type === 'MX' && one.name.endsWith(`.${domain}`) && /^feedback-smtp\./.test(one.value))
      .map((one) => one.name),
  };
}

function toZoneFacts(zone: Seen<InspectedZone>): DomainFacts['zone'] {
  if (zone.status !== 'present') return zone;
  const { provider, account, records } = zone.value;
  return { status: 'present', value: { provider, account, records: records?.length ?? 0 } };
}

/** What could be read, or why not. A bug is no property of the outside: it is thrown. */
async function attempt<T>(read: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { status: 'present', value: await read() };
  } catch (error) {
    if (!(error instanceof Problem) || error.kind === 'input') throw error;
    return { status: 'unknown', reason: error.message };
  }
}
