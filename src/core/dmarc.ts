import { registeredDomain } from './domain.ts';
import { DMARC_POLICIES, type DmarcPolicy } from './domain-spec.ts';

/** Tags of a DMARC record in order, names lower case (RFC 9989 4.7). */
export type DmarcTags = readonly (readonly [name: string, value: string])[];

/** Whether a TXT value is a DMARC record: `v=DMARC1` first, upper case as the RFC has it. */
export function isDmarc(txt: string): boolean {
  return /^[vV]\s*=\s*DMARC1\s*(?:;|$)/.test(txt);
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

/** The policy that a record publishes; one without a readable p counts as none (RFC 9989 4.7). */
export function policyOf(txt: string): DmarcPolicy {
  const published = (dmarcTag(txt, 'p') ?? 'none').toLowerCase() as DmarcPolicy;
  return DMARC_POLICIES.includes(published) ? published : 'none';
}

/** Whether a published policy is weaker than the wanted one. */
export function isWeaker(txt: string, wanted: DmarcPolicy): boolean {
  return DMARC_POLICIES.indexOf(policyOf(txt)) < DMARC_POLICIES.indexOf(wanted);
}

/** The record with this policy; every other tag stays as it is. */
export function setPolicy(txt: string, policy: DmarcPolicy): string {
  if (policyOf(txt) === policy && dmarcTag(txt, 'p') !== undefined) return txt;
  const [version, ...rest] = parseDmarc(txt).filter(([name]) => name !== 'p');
  return formatDmarc([version, ['p', policy] as const, ...rest].filter((tag) => tag !== undefined));
}

/** The record with its policy raised to the wanted one. A policy is never lowered. */
export function raiseDmarc(txt: string, wanted: DmarcPolicy): string {
  return isWeaker(txt, wanted) ? setPolicy(txt, wanted) : txt;
}

/** The report URIs of one tag, in their order, lower-cased. */
export function dmarcAddresses(txt: string, tag: 'rua' | 'ruf'): string[] {
  return (dmarcTag(txt, tag) ?? '')
    .split(',')
    .map((uri) => uri.trim().toLowerCase())
    .filter((uri) => uri !== '');
}

/** The record with more report URIs, after those that it has; everything else stays as it is. */
export function addReportAddresses(txt: string, uris: readonly string[]): string {
  if (uris.length === 0) return txt;
  const tags = parseDmarc(txt);
  const there = tags.find(([name]) => name === 'rua');
  const all = [...(there?.[1] ? [there[1]] : []), ...uris].join(',');
  const grown = there
    ? tags.map(([name, value]) => [name, name === 'rua' ? all : value] as const)
    : [...tags, ['rua', all] as const];
  return formatDmarc(grown);
}

/** The record without these report URIs: those that stand beside them stay. */
export function removeReportAddresses(txt: string, uris: readonly string[]): string {
  const tags = parseDmarc(txt).flatMap(([name, value]) => {
    if (name !== 'rua') return [[name, value] as const];
    const left = value.split(',').filter((uri) => !uris.includes(uri.trim().toLowerCase()));
    return left.length > 0 ? [[name, left.join(',')] as const] : [];
  });
  return formatDmarc(tags);
}

function formatDmarc(tags: DmarcTags): string {
  return tags.map(([name, value]) => `${name}=${value}`).join('; ');
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

/** A record that the tree walk found, alone at its name. */
export interface WalkedRecord {
  /** '_dmarc.example.com' */
  readonly name: string;
  readonly record: string;
}

/** Whether the tree walk ends at this record: its `psd` says whose the names below are (RFC 9989 4.10). */
export function endsWalk(record: string): boolean {
  return /^[yn]$/i.test(dmarcTag(record, 'psd') ?? '');
}

/**
 * Which of the records that the walk found counts for `domain`: its own; else its organisation's, which is not the nearest but the topmost,
 * unless one says psd=n; else that of a public suffix, psd=y (RFC 9989 4.10.1, 4.10.2). `walked` has the nearest first. Undefined where
 * none counts.
 */
export function effectivePolicy(domain: string, walked: readonly WalkedRecord[]): WalkedRecord | undefined {
  const at = (name: string) => walked.find((one) => one.name === `_dmarc.${name}`);
  const end = walked.findIndex(({ record }) => endsWalk(record));
  const top = end < 0 ? walked.at(-1) : walked[end];
  const suffix =
    top && dmarcTag(top.record, 'psd')?.toLowerCase() === 'y' ? top.name.slice('_dmarc.'.length) : undefined;
  // One label below a public suffix lies the organisation, whether it has a record or not.
  const organisation =
    suffix &&
    domain
      .split('.')
      .slice(-suffix.split('.').length - 1)
      .join('.');
  return at(domain) ?? (organisation === undefined ? undefined : at(organisation)) ?? top;
}

/** The report addresses of a record that lie in another organisation than `domain`: they need that organisation's consent. */
export function externalReportHosts(domain: string, addresses: readonly string[]): string[] {
  const own = registeredDomain(domain);
  const hosts = addresses.map((address) => address.slice(address.lastIndexOf('@') + 1).toLowerCase());
  return [...new Set(hosts)].filter((host) => registeredDomain(host) !== own);
}
