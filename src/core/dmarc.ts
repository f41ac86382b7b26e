import { registeredDomain } from './domain.ts';
import { DMARC_POLICIES, type DmarcPolicy } from './domain-spec.ts';

/** Tags of a DMARC record in order, names lower case (RFC 9989 4.7). */
export type DmarcTags = readonly (readonly [name: string, value: string])[];

/** Whether a TXT value is a DMARC record: `v=DMARC1` first, upper case as the RFC has it. */
export function isDmarc(txt: string): boolean {
  return /^v\s*=\s*DMARC1\s*(?:;|$)/.test(txt);
}

/** Reads the tags of a record; parts without '=' are left out, as receivers do. */
export function parseDmarc(txt: string): DmarcTags {
  return txt
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.includes('='))
    .map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const;
    });
}

/** The value of one tag. */
export function dmarcTag(txt: string, name: string): string | undefined {
  return parseDmarc(txt).find(([tag]) => tag === name)?.[1];
}

/** A new record. Addresses are written as mailto URIs with ',' ';' and '!' escaped (RFC 9989 4.7). */
export function buildDmarc(wanted: {
  policy: DmarcPolicy;
  rua: readonly string[];
  ruf?: readonly string[];
  fo?: string | undefined;
}): string {
  const uris = (addresses: readonly string[]) =>
    addresses
      .map((address) => `mailto:${address.replace(/[,;!]/g, encodeURIComponent).replace(/!/g, '%21')}`)
      .join(',');
  const tags = [`v=DMARC1`, `p=${wanted.policy}`];
  if (wanted.rua.length > 0) tags.push(`rua=${uris(wanted.rua)}`);
  if (wanted.ruf && wanted.ruf.length > 0) tags.push(`ruf=${uris(wanted.ruf)}`);
  // fo without ruf is ignored by every receiver (RFC 9989 4.7).
  if (wanted.fo !== undefined && wanted.ruf && wanted.ruf.length > 0) tags.push(`fo=${wanted.fo}`);
  return tags.join('; ');
}

/** Whether a published policy is weaker than the wanted one; one without a readable p counts as none (RFC 9989 4.7). */
export function isWeaker(txt: string, wanted: DmarcPolicy): boolean {
  const published = DMARC_POLICIES.indexOf((dmarcTag(txt, 'p') ?? 'none').toLowerCase() as DmarcPolicy);
  return Math.max(published, 0) < DMARC_POLICIES.indexOf(wanted);
}

/** The record with its policy raised to the wanted one; every other tag stays as it is. A policy is never lowered. */
export function raiseDmarc(txt: string, wanted: DmarcPolicy): string {
  if (!isWeaker(txt, wanted)) return txt;
  const tags = parseDmarc(txt).filter(([name]) => name !== 'p');
  const [version, ...rest] = tags;
  return [version, ['p', wanted] as const, ...rest]
    .filter((tag) => tag !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
}

/**
 * The names at which a DMARC policy for `domain` may be published, the domain's own first (RFC 9989 4.10, tree walk:
 * the name, then its ancestors, at most eight queries), down to but without the top level.
 */
export function dmarcWalk(domain: string): string[] {
  const labels = domain.split('.');
  const walk = [domain];
  const from = labels.length > 8 ? labels.length - 7 : 1;
  for (let i = from; i < labels.length - 1; i += 1) walk.push(labels.slice(i).join('.'));
  return walk.map((name) => `_dmarc.${name}`);
}

/** The report addresses of a record that lie in another organisation than `domain`: they need that organisation's consent. */
export function externalReportHosts(domain: string, addresses: readonly string[]): string[] {
  const own = registeredDomain(domain);
  const hosts = addresses.map((address) => address.slice(address.lastIndexOf('@') + 1).toLowerCase());
  return [...new Set(hosts)].filter((host) => registeredDomain(host) !== own);
}
