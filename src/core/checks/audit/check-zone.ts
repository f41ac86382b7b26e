import { publishedKey } from '../../records/dkim.ts';
import { fromBytes } from '../../records/txt.ts';
import { NOBODYS_LABEL, type Security } from '../../resolver.ts';
import type { Check } from '../check.ts';
import { finding } from '../finding.ts';
import { fine, follow, type See, type Subject, unheard, unseen } from './see.ts';

const MOST_NEGATIVE = 86_400;

/** The servers of the domain's zone. `delegated`: those that the parent names. Pure. */
export function checkZone(zone: string, delegated: readonly string[], see: See): Check[] {
  const soa = see(zone, 'SOA');
  const silence = unheard(soa);
  if (silence !== undefined) return [unseen('ns.silent', zone, silence)];
  const found: Check[] = [];
  for (const { by, status, reason = '' } of soa.servers) {
    if (status !== 'unknown') continue;
    const id = /^lame|REFUSED/.test(reason) ? 'ns.lame' : 'ns.silent';
    found.push(finding(id, `${by}: ${reason}`, { name: zone }));
  }
  if (found.length === 0)
    found.push(
      fine(
        'ns.silent',
        zone,
        `${soa.servers.length} ${soa.servers.length === 1 ? 'server answers' : 'servers answer'}`,
      ),
    );
  const own = see(zone, 'NS').values;
  const only = (a: readonly string[], b: readonly string[]) => a.filter((name) => !b.includes(name));
  const extra = only(own, delegated);
  const lacking = only(delegated, own);
  if (own.length > 0 && extra.length + lacking.length > 0) {
    const said = [
      extra.length > 0 ? `only the zone: ${extra.join(', ')}` : '',
      lacking.length > 0 ? `only the parent: ${lacking.join(', ')}` : '',
    ];
    found.push(finding('ns.differ', said.filter((one) => one !== '').join('; '), { name: zone }));
  }
  if (delegated.length === 1) found.push(finding('ns.single', `${delegated[0]} alone`, { name: zone }));
  return [
    ...found,
    ...serials(
      zone,
      soa.servers.flatMap(({ by, values, ttl }) =>
        values[0] === undefined ? [] : [{ by, soa: values[0].split(' '), ttl }],
      ),
    ),
  ];
}

function serials(
  zone: string,
  answers: readonly { by: string; soa: readonly string[]; ttl?: number | undefined }[],
): Check[] {
  const found: Check[] = [];
  const versions = new Set(answers.map(({ soa }) => soa[2]));
  if (versions.size > 1)
    found.push(finding('soa.serials', answers.map(({ by, soa }) => `${by} ${soa[2]}`).join(', '), { name: zone }));
  // The lower one of both counts (RFC 2308 5).
  const negative = Math.min(Number(answers[0]?.soa[6] ?? 0), answers[0]?.ttl ?? Number.POSITIVE_INFINITY);
  if (negative > MOST_NEGATIVE) found.push(finding('soa.negative', `${negative} seconds`, { name: zone }));
  return found;
}

/**
 * Texts of wildcards below the domain and below its selectors: they answer for every policy and key that is not there. One that withdraws
 * every key says just that (M3AAWG, protecting parked domains). Pure.
 */
export function checkWildcard({ domain }: Subject, see: See): Check[] {
  const names = [domain, `_domainkey.${domain}`];
  const said = names.map((name) =>
    follow(see, `${NOBODYS_LABEL}.${name}`, 'TXT')
      .answer.values.filter((value) => publishedKey(value) !== '')
      .map((value) => `"${fromBytes(value)}"`)
      .join(', '),
  );
  // The domain's own reaches down to the selectors where there is none.
  return names.flatMap((name, at) =>
    said[at] && said.indexOf(said[at]) === at ? [finding('dns.wildcard-text', said[at], { name: `*.${name}` })] : [],
  );
}

/** What DNSSEC says of the zone; nothing where nobody verifies. Pure. */
export function checkDnssec(zone: string, security: Security): Check[] {
  if (security === 'bogus')
    return [finding('dnssec.bogus', 'a resolver that verifies answers SERVFAIL, and answers without', { name: zone })];
  if (security === 'insecure')
    return [finding('dnssec.unsigned', 'not signed, or no DS record at its parent', { name: zone })];
  return security === 'secure' ? [fine('dnssec.bogus', zone, 'signed and verified')] : [];
}

/** Answers in which the zone's servers differ: what one receiver sees, another does not. Pure. */
export function checkAgreement(
  names: readonly (readonly [name: string, type: 'MX' | 'TXT'])[],
  zone: string | undefined,
  see: See,
): Check[] {
  // Who is silent at all, checkZone names.
  const alive = zone === undefined ? [] : see(zone, 'SOA').servers.filter(({ status }) => status !== 'unknown');
  return names.flatMap(([name, type]) => {
    const { servers } = see(name, type);
    const heard = servers.filter(({ status }) => status !== 'unknown');
    const silent = servers.filter((one) => !heard.includes(one) && alive.some(({ by }) => by === one.by));
    const sets = Map.groupBy(heard, ({ values, alias }) => JSON.stringify([values.toSorted(), alias]));
    if (heard.length > 0 && silent.length > 0)
      return silent.map(({ by, reason }) => finding('ns.silent', `${by}: ${type}: ${reason}`, { name }));
    if (sets.size < 2) return [];
    const said = [...sets.values()]
      .map(([first]) => `${first?.by}: ${first?.values.map(fromBytes).join(', ') || 'nothing'}`)
      .join('; ');
    return [finding('ns.answers-differ', `${type}: ${said}`, { name })];
  });
}
