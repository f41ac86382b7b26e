import type { DomainFacts, Recommendation } from '../../core/inspection.ts';
import { ASPECTS, type Identity, identitiesOf } from './aspects.ts';
import { type Comparison, majorityOf } from './compare.ts';
import { RECOMMENDATIONS, type RecommendationId } from './recommendations.ts';

/** What a rule found: an id of the table, and what is the case. */
type Found = readonly [id: RecommendationId, what: string];

/** What should be done, worst first, each for all the domains that it is true of. What could not be seen gives no recommendation. */
export function recommend(all: readonly DomainFacts[], comparison: Comparison): Recommendation[] {
  const found = all.flatMap((facts) =>
    RULES.flatMap((rule) => rule(facts)).map(([id, what]) => ({ id, what, domain: facts.domain })),
  );
  const grouped = [...Map.groupBy(found, ({ id, what }) => `${id} ${what}`).values()].flatMap((alike) => {
    const [first] = alike;
    if (!first) return [];
    const { id, what } = first;
    return [{ id, what, domains: alike.map(({ domain }) => domain), ...RECOMMENDATIONS[id] }];
  });
  const rank = { error: 0, warning: 1, advice: 2 } as const;
  return [...grouped, ...alignment(comparison)].toSorted((a, b) => rank[a.severity] - rank[b.severity]);
}

/** Where most domains have the same and some do not. */
function alignment({ differences }: Comparison): Recommendation[] {
  return differences.flatMap((difference): Recommendation[] => {
    const most = majorityOf(difference);
    const odd = most ? difference.groups.filter((group) => group !== most) : [];
    return odd.map(({ values, domains }) => ({
      id: `align.${difference.aspect}`,
      severity: 'advice',
      domains,
      what: `${difference.title}: ${listed(values)}, where ${most?.domains.length} others have ${listed(most?.values ?? [])}`,
      why: ASPECTS[difference.aspect].why,
      fix: 'Make it like the others, so that one profile does for all, or keep the domain out of it.',
    }));
  });
}

function listed(values: readonly string[]): string {
  return values.length > 0 ? values.join(', ') : 'none';
}

const RULES: readonly ((facts: DomainFacts) => readonly Found[])[] = [
  ofDelegation,
  ofDmarc,
  ofSpf,
  ofDkim,
  ofMx,
  ofMailFrom,
  (facts) => identitiesOf(facts).flatMap((identity) => ofIdentity(identity, facts)),
  ofLeftovers,
];

function ofDelegation({ dns }: DomainFacts): Found[] {
  return dns.status === 'absent' ? [['dns.not-delegated', 'The domain is not delegated']] : [];
}

function ofDmarc({ dmarc, mx, domain }: DomainFacts): Found[] {
  if (dmarc.status === 'absent') return [['dmarc.missing', 'No DMARC policy']];
  if (dmarc.status === 'unknown') return [];
  const { records, policy, rua } = dmarc.value;
  const found: Found[] = [];
  if (records.length > 1) found.push(['dmarc.multiple', `${records.length} DMARC records at one name`]);
  if (rua.length === 0) found.push(['dmarc.no-reports', 'DMARC without reports']);
  else if (policy === 'none') found.push(['dmarc.none', 'The DMARC policy none protects nobody']);
  if (receivesNothing(mx) && rua.some((one) => one.endsWith(`@${domain}`)))
    found.push(['dmarc.report-host', 'DMARC reports go to the domain itself, which receives no mail']);
  return found;
}

function receivesNothing(mx: DomainFacts['mx']): boolean {
  return mx.status === 'absent' || (mx.status === 'present' && mx.value.every(({ host }) => host === ''));
}

function ofSpf({ spf }: DomainFacts): Found[] {
  if (spf.status === 'absent') return [['spf.missing', 'No SPF record']];
  if (spf.status === 'unknown') return [];
  const { records, all, broken } = spf.value;
  if (broken !== undefined) return [['spf.broken', broken]];
  const found: Found[] = [];
  if (records.length > 1) found.push(['spf.multiple', `${records.length} SPF records at one name`]);
  if (/^\+?all$/.test(all)) found.push(['spf.open', 'SPF lets everybody send (+all)']);
  if (all === '') found.push(['spf.open-end', 'SPF says nothing of everybody else']);
  return found;
}

function ofDkim({ dkim, dkimSearch }: DomainFacts): Found[] {
  if (dkim.status === 'absent' && dkimSearch === 'whole') return [['dkim.missing', 'No DKIM key']];
  const revoked = dkim.status === 'present' ? dkim.value.filter((key) => key.revoked) : [];
  return revoked.map(({ selector }) => ['dkim.revoked', `The DKIM key at ${selector} is revoked`]);
}

function ofMx({ mx, tlsRpt, mtaSts }: DomainFacts): Found[] {
  if (mx.status !== 'present' || receivesNothing(mx)) return [];
  if (tlsRpt.status === 'absent') return [['tls-rpt.missing', 'No TLS reports']];
  return tlsRpt.status === 'present' && mtaSts.status === 'absent' ? [['mta-sts.missing', 'No MTA-STS']] : [];
}

function ofMailFrom({ mailFrom }: DomainFacts): Found[] {
  const names = mailFrom.status === 'present' ? mailFrom.value : [];
  return names.some(({ spf }) => spf === false) ? [['mail-from.spf', 'A MAIL FROM name lacks SPF for SES']] : [];
}

function ofIdentity({ region, dkim, mailFrom }: Identity, { ses }: DomainFacts): Found[] {
  const verified = ses.status === 'present' && ses.value.regions.some((one) => one.region === region && one.verified);
  const found: Found[] = [];
  if (!verified) found.push(['ses.unverified', `SES ${region} has not verified the domain`]);
  else if (dkim.status !== 'SUCCESS') found.push(['ses.dkim', `SES ${region}: DKIM is ${dkim.status}`]);
  else if (!dkim.signing) found.push(['ses.not-signing', `SES ${region} does not sign`]);
  if (dkim.keyLength === 'RSA_1024_BIT') found.push(['ses.dkim-key-length', `SES ${region} signs with 1024 bits`]);
  if (!mailFrom) found.push(['ses.no-mail-from', `SES ${region} has no custom MAIL FROM`]);
  else if (mailFrom.status !== 'SUCCESS')
    found.push(['ses.mail-from', `SES ${region}: MAIL FROM is ${mailFrom.status}`]);
  return found;
}

/** SES's CNAMEs that no identity has: only where all its regions could be read is it known. */
function ofLeftovers({ ses, dkim }: DomainFacts): Found[] {
  if (dkim.status !== 'present' || ses.status === 'unknown') return [];
  const regions = ses.status === 'present' ? ses.value.regions : [];
  if (regions.some(({ identity }) => identity.status === 'unknown')) return [];
  const tokens = identitiesOf({ ses }).flatMap((identity) => identity.dkim.tokens);
  const left = dkim.value.filter(
    ({ signer, type, selector }) => signer === 'Amazon SES' && type === 'CNAME' && !tokens.includes(selector),
  );
  if (left.length === 0) return [];
  const names = left.map(({ selector }) => `${selector}._domainkey`).join(', ');
  return [['ses.leftover-records', `DKIM CNAMEs of an SES identity that was not found in this account: ${names}`]];
}
