import { registeredDomain } from '../domain.ts';
import { DMARC_POLICIES, type DmarcPolicy } from '../domain-spec.ts';

/** Tags of a DMARC record in order, names lower case (RFC 9989 4.7). */
export type DmarcTags = readonly (readonly [name: string, value: string])[];

/** Whether a TXT value is a DMARC record: `v=DMARC1` first, upper case as the RFC has it. */
export function isDmarc(txt: string): boolean {
  return /^[vV]\s*=\s*DMARC1\s*(?:;|$)/.test(txt);
}

/** Whether a text was meant as a record and is none: 'v=dmarc1', quotes or white space before it. Some receivers take it for one. */
export function isMeantAsDmarc(txt: string): boolean {
  return !isDmarc(txt) && /^[\s"'“”„‘’\\]*v\s*=\s*dmarc\s*1?(?!\d)/i.test(txt);
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

/** The tags of a record that say a policy which is none ('sp=no'). */
export function unreadablePolicies(txt: string): string[] {
  return (['p', 'sp', 'np'] as const).flatMap((tag) => {
    const said = dmarcTag(txt, tag);
    return said === undefined || isPolicy(said) ? [] : [`${tag}=${said}`];
  });
}

function isPolicy(said: string): boolean {
  return DMARC_POLICIES.includes(said.toLowerCase() as DmarcPolicy);
}

/** The policy of a record for its domain; none where p is not there, or one of p, sp and np can't be read (RFC 9989 4.10.1). */
export function policyOf(txt: string): DmarcPolicy {
  const published = dmarcTag(txt, 'p')?.toLowerCase() as DmarcPolicy | undefined;
  return published === undefined || unreadablePolicies(txt).length > 0 ? 'none' : published;
}

/**
 * The policy that counts for the domain ('p'), for its sub-domains ('sp', else p), and for names that do not exist ('np', else as for
 * sub-domains).
 */
export function policyFor(txt: string, tag: 'p' | 'sp' | 'np'): DmarcPolicy {
  // Without p the others count for nothing, too.
  if (tag === 'p' || dmarcTag(txt, 'p') === undefined || unreadablePolicies(txt).length > 0) return policyOf(txt);
  const said = dmarcTag(txt, tag)?.toLowerCase() as DmarcPolicy | undefined;
  return said ?? policyFor(txt, tag === 'np' ? 'sp' : 'p');
}

/** The share of mail that the policy is for, in percent (RFC 7489 6.3). */
export function shareOf(txt: string): number {
  const pct = dmarcTag(txt, 'pct') ?? '';
  return /^\d{1,2}$/.test(pct) ? Number(pct) : 100;
}

/** Whether a published policy, or what sub-domains inherit of it ('sp'), is weaker than the wanted one. */
export function isWeaker(txt: string, wanted: DmarcPolicy, tag: 'p' | 'sp' = 'p'): boolean {
  return DMARC_POLICIES.indexOf(policyFor(txt, tag)) < DMARC_POLICIES.indexOf(wanted);
}

/** The record with another policy in the place of its own; everything else stays to the letter. */
export function setPolicy(txt: string, policy: DmarcPolicy): string {
  return policyOf(txt) === policy ? txt : editTag(txt, 'p', () => policy);
}

/** The report URIs of one tag, in their order and spelling. */
export function dmarcAddresses(txt: string, tag: 'rua' | 'ruf'): string[] {
  return (dmarcTag(txt, tag) ?? '')
    .split(',')
    .map((uri) => uri.trim())
    .filter((uri) => uri !== '');
}

/**
 * By what a report URI is compared: the domain in any case, the local part as it is (RFC 5321 2.4), without a size limit
 * ('mailto:a@b.test!10m').
 */
export function reportKey(uri: string): string {
  const plain = uri.replace(/!\d+[kmgt]?$/i, '');
  const [, local, host] = /^mailto:(.*)@(.*)$/is.exec(plain) ?? [];
  return host === undefined ? plain : `mailto:${local}@${host.toLowerCase()}`;
}

/** Those of the URIs that are not among the others. */
export function newAddresses(wanted: readonly string[], there: readonly string[]): string[] {
  const known = new Set(there.map(reportKey));
  return wanted.filter((uri) => !known.has(reportKey(uri)));
}

/** The record with more report URIs, after those that it has; everything else stays to the letter. */
export function addReportAddresses(txt: string, wanted: readonly string[]): string {
  const added = newAddresses(wanted, dmarcAddresses(txt, 'rua'));
  if (added.length === 0) return txt;
  if (dmarcTag(txt, 'rua') !== undefined)
    return editTag(txt, 'rua', (value) => [...(value === '' ? [] : [value]), ...added].join(','));
  const whole = txt.trimEnd();
  const end = whole.endsWith(';') ? ';' : '';
  const body = whole.slice(0, whole.length - end.length).trimEnd();
  return `${body}${/;\S/.test(body) ? ';' : '; '}rua=${added.join(',')}${end}`;
}

/** The record without these report URIs: those that stand beside them stay, and so does everything else. */
export function removeReportAddresses(txt: string, unwanted: readonly string[]): string {
  const known = new Set(unwanted.map(reportKey));
  return editTag(txt, 'rua', (value) => {
    const all = value.split(',');
    const left = all.filter((uri) => !known.has(reportKey(uri.trim())));
    return left.length === all.length ? value : left.join(',') || undefined;
  });
}

/** The record with another value of one tag, in its place; undefined takes the tag out. */
export function editTag(txt: string, name: string, edit: (value: string) => string | undefined): string {
  const parts = txt.split(';');
  const at = parts.findIndex((part) => part.includes('=') && part.split('=')[0]?.trim().toLowerCase() === name);
  const [, head = '', value = '', end = ''] = /^([^=]*=\s*)(.*?)(\s*)$/s.exec(parts[at] ?? '') ?? [];
  if (at < 0) return txt;
  const edited = edit(value);
  return parts.toSpliced(at, 1, ...(edited === undefined ? [] : [`${head}${edited}${end}`])).join(';');
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
