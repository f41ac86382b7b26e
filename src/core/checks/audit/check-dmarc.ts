import { listedOrganisation, registeredDomain } from '../../domain.ts';
import { mergeDmarcRecords, raiseDmarc } from '../../merge/dmarc-merge.ts';
import {
  dmarcAddresses,
  dmarcTag,
  dmarcWalk,
  effectivePolicy,
  endsWalk,
  isDmarc,
  policyFor,
  type WalkedRecord,
} from '../../records/dmarc.ts';
import { fromBytes } from '../../records/txt.ts';
import type { Check } from '../check.ts';
import { finding, publish } from '../finding.ts';
import { lintDmarc } from '../lint/lint-dmarc.ts';
import { publishedKeys } from './check-dkim.ts';
import { sendsNothing } from './check-mx.ts';
import { meantDmarc, withMended } from './dmarc-fixes.ts';
import { aliasOf, deadAlias, fine, follow, placeOf, type See, type Subject, unheard, unseen } from './see.ts';

/** What a text has in it that was meant as a policy. */
const MEANT = /\bv\s*=\s*dmarc|\bdmarc1\b|\bp\s*=\s*["“]?(none|quarantine|reject)\b/i;
/** A name with more is not asked label by label (RFC 9989 4.10). */
const MOST_LABELS = 8;

/** What the tree walk finds (RFC 9989 4.10). `unknown`: a name on the way could not be asked. */
export function findPolicy(domain: string, see: See): WalkedRecord | 'none' | { readonly unknown: string } {
  const walked: WalkedRecord[] = [];
  const top = `_dmarc.${domain.slice(domain.lastIndexOf('.') + 1)}`;
  for (const name of [...dmarcWalk(domain), top]) {
    const { answer } = follow(see, name, 'TXT');
    const silence = unheard(answer);
    // A registry that publishes a policy is rare: its silence hides no fault of the domain.
    if (silence !== undefined && name === top) break;
    if (silence !== undefined) return { unknown: `${name}: ${silence}` };
    const records = answer.values.map(fromBytes).filter(isDmarc);
    // A set of several is discarded, and the walk goes on.
    const [record] = records;
    if (records.length !== 1 || record === undefined) continue;
    walked.push({ name, record });
    // The domain's own counts, whatever stands above.
    if (name === `_dmarc.${domain}` || endsWalk(record)) break;
  }
  return effectivePolicy(domain, walked) ?? 'none';
}

/** DMARC of a domain. Pure. */
export function checkDmarc(subject: Subject, see: See): Check[] {
  const { domain } = subject;
  const name = `_dmarc.${domain}`;
  const policy = findPolicy(domain, see);
  const { answer, hops } = follow(see, name, 'TXT');
  const own = answer.values.map(fromBytes);
  const records = own.filter(isDmarc);
  const found: Check[] = [];
  const target = hops.at(-1) ?? aliasOf(answer);
  const isForeign = target !== undefined && registeredDomain(target) !== registeredDomain(domain);
  if (isForeign && records.length > 0) found.push(finding('dmarc.alias', `an alias of ${target}`, { name }));
  const dead = deadAlias(see, name, 'TXT', domain);
  if (dead !== undefined) found.push(finding('dmarc.dangling', `an alias of ${dead}, where nothing is`, { name }));
  if (records.length > 1) found.push(several(name, records, domain));
  // What was meant as a policy, and is none; beside one, other texts do no harm.
  const near = records.length > 0 ? [] : own.filter((text) => MEANT.test(text));
  found.push(
    ...near.flatMap((text) =>
      lintDmarc(text).map((one) => ({
        ...one,
        name,
        ...(isError(one) ? meantPolicy(placeOf(see, name, 'TXT'), text) : {}),
      })),
    ),
  );
  const astray = see(domain, 'TXT')
    .values.map(fromBytes)
    .filter((text) => /^\s*v\s*=\s*DMARC1/i.test(text));
  const way = (text: string) =>
    records.length > 0
      ? `Remove it: the record at ${name} counts.`
      : `${publish(name, text.trim())}, and remove it from ${domain}.`;
  found.push(...astray.map((text) => finding('dmarc.apex', `"${text}"`, { name: domain, fix: way(text) })));
  // Why there is none is said already.
  if (policy === 'none' && found.length > 0) return found;
  if (policy === 'none') return [absent(subject, see)];
  if ('unknown' in policy) return [...found, unseen('dmarc.none', name, policy.unknown)];
  const { record } = policy;
  const isOwn = policy.name === name;
  found.push(fine('dmarc.none', policy.name, record));
  const above = isOwn ? policyAbove(domain, record, see) : undefined;
  if (isOwn) {
    const faults = lintDmarc(record).filter(({ id }) => above === undefined || !OF_ORGANISATION.includes(id));
    const show = (text: string) => `${publish(placeOf(see, name, 'TXT'), text)} in its place`;
    const mended = withMended(faults, record, { show, domain });
    found.push(...mended.map((one) => ({ ...inContext(one, record, subject, see), name })));
  } else {
    const seen = `"${record}", by which ${policyFor(record, 'sp')} is the policy of ${domain}`;
    found.push(finding('dmarc.inherited', seen, { name: policy.name }));
  }
  // What a registry publishes for all below is for nobody here to change.
  const isTheirs = !isOwn && listedOrganisation(policy.name.slice('_dmarc.'.length)) === undefined;
  if (!isOwn && !isTheirs) found.push(...broken(policy));
  const labels = domain.split('.').length;
  if (!isOwn && labels > MOST_LABELS) found.push(finding('dmarc.deep', `${labels} labels`, { name }));
  if (above !== undefined) found.push(...subdomainTags(name, record, above));
  found.push(...differing(domain, policy, see), ...(isTheirs ? [] : reportHosts(domain, policy, see)));
  return found;
}

/** Neither at the domain nor above it; DNS hosts that add the domain by themselves make one at a name with the domain twice. */
function absent(subject: Subject, see: See): Check {
  const { domain } = subject;
  const name = `_dmarc.${domain}`;
  const doubled = `${name}.${domain}`;
  const [text] = follow(see, doubled, 'TXT').answer.values.map(fromBytes).filter(isDmarc);
  if (text !== undefined)
    return finding('dmarc.none', `it stands at ${doubled}`, {
      name,
      fix: `${publish(name, text)}: enter the name as _dmarc, the DNS host adds ${domain} by itself.`,
    });
  const fix = isSilent(subject, see)
    ? `${publish(name, 'v=DMARC1; p=reject')}: its SPF record says that the domain sends nothing.`
    : `${publish(name, `v=DMARC1; p=none; rua=mailto:dmarc@${domain}`)}, with an address that somebody reads.`;
  return finding('dmarc.none', 'no record by the tree walk', { name, fix });
}

function isError({ severity }: Check): boolean {
  return severity === 'error';
}

function meantPolicy(name: string, text: string): { fix?: string } {
  const meant = meantDmarc(text);
  return meant === undefined ? {} : { fix: `${publish(name, meant)} in its place: that was probably meant.` };
}

/** Several records: which is right, only a person can say; what they say together is shown. */
function several(name: string, records: readonly string[], domain: string): Check {
  const one = mergeDmarcRecords(records.toSorted());
  const plan = `\`mailwright plan ${domain} --merge-several\``;
  const fix =
    one === undefined
      ? `Keep the right one and delete the others.`
      : `Keep the right one and delete the others. All of them together say "${one.value}", as ${plan} shows it.`;
  return finding('dmarc.multiple', records.map((text) => `"${text}"`).join(' and '), { name, fix });
}

/** What makes a record that is kept above count for less than it says, or for nothing; all else is for the domain above. */
function broken({ name, record }: WalkedRecord): Check[] {
  return lintDmarc(record).flatMap((one) => (one.severity === 'error' ? [{ ...one, name }] : []));
}

/** What lint can't know: of a registered domain psd=y is wrong, and which of our names strict alignment leaves out. */
function inContext(one: Check, record: string, subject: Subject, see: See): Check {
  const { domain, mailFrom } = subject;
  if (one.id === 'dmarc.policy-none' && isSilent(subject, see)) {
    const raised = publish(placeOf(see, `_dmarc.${domain}`, 'TXT'), raiseDmarc(record, 'reject').value);
    return { ...one, fix: `${raised} in its place: its SPF record says that the domain sends nothing.` };
  }
  if (one.id === 'dmarc.psd' && listedOrganisation(domain) !== undefined) return { ...one, severity: 'error' };
  const below = mailFrom.map((from) => from.name).filter((from) => from !== domain);
  const isStrict = one.id === 'dmarc.strict' && one.seen[0]?.value === 'aspf=s' && below.length > 0;
  if (!isStrict) return one;
  const seen = `aspf=s: MAIL FROM ${below.join(', ')} can’t align, DMARC rests on DKIM alone`;
  return finding('dmarc.strict', seen, { severity: dmarcTag(record, 'p') === 'none' ? 'advice' : 'warning' });
}

/** A domain that sends nothing, by its own word, and signs nothing. */
function isSilent(subject: Subject, see: See): boolean {
  return sendsNothing(subject, see) && publishedKeys(subject, see).length === 0;
}

/** What is said of sp and np, which count at the organisation alone. */
const OF_ORGANISATION: readonly string[] = ['dmarc.np-missing', 'dmarc.subdomain-weaker'];

/** The name of the policy that lies above a domain's own; undefined where there is none, or nobody could say. */
function policyAbove(domain: string, record: string, see: See): string | undefined {
  if (registeredDomain(domain) === domain || endsWalk(record)) return undefined;
  const above = findPolicy(domain.slice(domain.indexOf('.') + 1), see);
  return typeof above === 'string' || 'unknown' in above ? undefined : above.name.slice('_dmarc.'.length);
}

/** sp and np of a record below another one: receivers read them at the organisation alone. */
function subdomainTags(name: string, record: string, above: string): Check[] {
  const tags = ['sp', 'np'].filter((tag) => dmarcTag(record, tag) !== undefined);
  return tags.length === 0
    ? []
    : [finding('dmarc.subdomain-tags', `${tags.join(' and ')} below the policy of ${above}`, { name })];
}

/** Receivers by RFC 7489 look at the domain and at its organisation by the list, and nowhere between. */
function differing(domain: string, policy: WalkedRecord, see: See): Check[] {
  const organisation = listedOrganisation(domain);
  if (organisation === undefined || policy.name === `_dmarc.${domain}`) return [];
  const older = follow(see, `_dmarc.${organisation}`, 'TXT').answer;
  if (older.status === 'unknown') return [];
  const record = older.values.map(fromBytes).find(isDmarc);
  if (record === policy.record) return [];
  const seen = `by the list ${record === undefined ? 'none' : `"${record}"`} at ${organisation}, by the walk "${policy.record}"`;
  return [finding('dmarc.walk-differs', seen, { name: policy.name })];
}

/** Hosts of report addresses: whether they receive mail, and whether another organisation's has agreed (RFC 9990 4). */
function reportHosts(domain: string, { name, record }: WalkedRecord, see: See): Check[] {
  const holder = name.slice('_dmarc.'.length);
  const hosts = [...dmarcAddresses(record, 'rua'), ...dmarcAddresses(record, 'ruf')].flatMap((uri) => {
    // One that can’t be a host is named as such.
    const [, host] = /^mailto:[^@]+@((?:[a-z0-9_-]+\.)*[a-z0-9-]+)(?:[!?]|$)/i.exec(uri) ?? [];
    return host === undefined ? [] : [host.toLowerCase()];
  });
  return [...new Set(hosts)].flatMap((host) => [
    ...consent(holder, host, see),
    ...(host === domain && dmarcTag(record, 'rua') === undefined ? [] : receives(host, see)),
  ]);
}

function consent(holder: string, host: string, see: See): Check[] {
  if (registeredDomain(host) === registeredDomain(holder)) return [];
  const name = `${holder}._report._dmarc.${host}`;
  const fix = `Publish at ${host}: ${name} TXT "v=DMARC1".`;
  if (name.length > 253)
    return [
      finding('dmarc.report-consent', `${name} is longer than a name may be`, {
        name,
        fix: 'Name an address at a host with a shorter name.',
      }),
    ];
  const { answer } = follow(see, name, 'TXT');
  const silence = unheard(answer);
  if (silence !== undefined) return [unseen('dmarc.report-consent', name, silence)];
  if (answer.values.some((value) => isDmarc(fromBytes(value))))
    return [fine('dmarc.report-consent', name, 'consent published')];
  return [finding('dmarc.report-consent', 'no consent published', { name, fix })];
}

function receives(host: string, see: See): Check[] {
  const mx = follow(see, host, 'MX').answer;
  if (mx.status === 'unknown') return [unseen('dmarc.report-host', host, unheard(mx) ?? '')];
  const hosts = mx.values.map((value) => value.split(' ')[1] ?? '').filter((one) => one !== '' && one !== '.');
  if (hosts.length > 0) return [fine('dmarc.report-host', host, hosts.join(', '))];
  if (mx.values.length > 0) return [finding('dmarc.report-host', 'a null MX', { name: host })];
  const addresses = (['A', 'AAAA'] as const).map((type) => follow(see, host, type).answer);
  if (addresses.some(({ status }) => status === 'present'))
    return [fine('dmarc.report-host', host, 'no MX, an address')];
  if (addresses.some(({ status }) => status === 'unknown')) return [unseen('dmarc.report-host', host, 'no answer')];
  return [finding('dmarc.report-host', 'neither MX nor address', { name: host })];
}
