import { dkimName, publishedKey } from '../../records/dkim.ts';
import { readPublicKey } from '../../records/public-key.ts';
import { senderOf, USUAL_SELECTORS } from '../../records/senders.ts';
import { isSpf } from '../../records/spf.ts';
import { fromBytes } from '../../records/txt.ts';
import { NOBODYS_LABEL } from '../../resolver.ts';
import type { Check } from '../check.ts';
import { finding } from '../finding.ts';
import { lintDkim } from '../lint/lint-dkim.ts';
import { readTags } from '../lint/tag-list.ts';
import { aliasOf, fine, follow, type See, type Subject, unheard, unseen, withoutDomain } from './see.ts';

const MOST_HOPS = 3;
const LEAST_BITS = 1024;

/** The keys of the selectors that sign, and of those that services use, where they are there. Pure. */
export function checkDkim({ domain, selectors }: Subject, see: See): Check[] {
  const wild = follow(see, dkimName(NOBODYS_LABEL, domain), 'TXT');
  const isWild = wild.answer.values.length + wild.hops.length > 0;
  const others = Object.keys(USUAL_SELECTORS).filter((selector) => !isWild && !selectors.includes(selector));
  const found = [
    ...selectors.flatMap((selector) => used(selector, domain, see, isWild ? wild : undefined)),
    ...others.flatMap((selector) => maybe(selector, domain, see)),
  ];
  const isAlone = ({ id }: Check) => id === 'dkim.ed25519-alone';
  const hasRsa = found.some(isAlone) && [...selectors, ...others].some((selector) => isRsa(selector, domain, see));
  return hasRsa ? found.filter((one) => !isAlone(one)) : found;
}

function isRsa(selector: string, domain: string, see: See): boolean {
  return follow(see, dkimName(selector, domain), 'TXT').answer.values.some((value) => {
    const { tags } = readTags(fromBytes(value));
    const read = (name: string) => tags.find((tag) => tag.name === name)?.value;
    return (read('p') ?? '') !== '' && (read('k') ?? 'rsa').toLowerCase() === 'rsa';
  });
}

/** A selector that signs must lead to a key. `wild`: what a wildcard answers for every selector that is not there. */
function used(selector: string, domain: string, see: See, wild: ReturnType<typeof follow> | undefined): Check[] {
  const name = dkimName(selector, domain);
  const { answer, hops } = follow(see, name, 'TXT');
  const silence = unheard(answer);
  if (silence !== undefined) return [unseen('dkim.missing', name, silence)];
  // A wildcard may hold the key itself: then it signs for every selector.
  const isWild = `${answer.values} ${hops}` === `${wild?.answer.values} ${wild?.hops}`;
  if (isWild && !answer.values.some((value) => publishedKey(value)))
    return [finding('dkim.missing', 'only what a wildcard answers', { name })];
  if (answer.values.length > 0)
    return [
      fine('dkim.missing', name, 'published'),
      ...keys(name, answer.values, hops).map((one) =>
        one.id === 'dkim.revoked' ? { ...one, severity: 'blocker' as const } : one,
      ),
    ];
  if (hops.length > 0) return [dangling(name, hops, domain, see)];
  const addresses = see(name, 'A');
  if (addresses.values.length > 0)
    return [finding('dkim.proxied', `addresses ${addresses.values.join(', ')} instead of an alias`, { name })];
  const doubled = `${name}.${domain}`;
  if (follow(see, doubled, 'TXT').answer.values.length > 0 || see(doubled, 'CNAME').values.length > 0)
    return [finding('dkim.doubled', `it stands at ${doubled}`, { name })];
  return [finding('dkim.missing', 'nothing published', { name })];
}

/** A selector that somebody may use: only what is there is looked at. */
function maybe(selector: string, domain: string, see: See): Check[] {
  const name = dkimName(selector, domain);
  const { answer, hops } = follow(see, name, 'TXT');
  if (answer.status === 'unknown') return [];
  if (answer.values.length > 0) return keys(name, answer.values, hops);
  if (hops.length === 0) return [];
  if (isSpare(selector, hops, domain, see)) {
    const fix = 'Leave it: Microsoft 365 makes this key when it moves on to it, and needs the alias then.';
    return [{ ...dangling(name, hops, domain, see), severity: 'info', fix }];
  }
  // Nobody says that it is in use, but somebody once asked for it.
  return [{ ...dangling(name, hops, domain, see), severity: 'warning' }];
}

/** Of the two selectors of Microsoft 365 one may have no key before the first change of keys (Microsoft’s DKIM guide). */
function isSpare(selector: string, hops: readonly string[], domain: string, see: See): boolean {
  const other = { selector1: 'selector2', selector2: 'selector1' }[selector];
  if (other === undefined || senderOf(hops.at(-1) ?? '') !== 'Microsoft 365') return false;
  return follow(see, dkimName(other, domain), 'TXT').answer.values.some((value) => publishedKey(value) !== '');
}

function dangling(name: string, hops: readonly string[], domain: string, see: See): Check {
  const way = withoutDomain(hops[0] ?? '', domain, 'TXT', see);
  return finding('dkim.dangling', `an alias of ${hops.at(-1)}, where no key is`, { name, ...way });
}

function keys(name: string, values: readonly string[], hops: readonly string[]): Check[] {
  const found: Check[] = [];
  if (values.length > 1) found.push(finding('dkim.several', `${values.length} records`, { name }));
  if (hops.length > MOST_HOPS)
    found.push(finding('dkim.chain', `${hops.length} aliases: ${hops.join(' → ')}`, { name }));
  const text = fromBytes(values[0] ?? '');
  if (values.length === 1)
    found.push(
      ...(isSpf(text)
        ? [finding('spf.wrong-place', `"${text}"`, { name, fix: 'Publish the key in its place.' })]
        : [...readable(name, text), ...lintDkim(text).map((one) => ({ ...one, name }))]),
    );
  return found;
}

/** A key of a length that receivers take: it is shown which were found, because nobody can list them. */
function readable(name: string, text: string): Check[] {
  const { tags } = readTags(text);
  const read = (tag: string) => tags.find((one) => one.name === tag)?.value ?? '';
  if (!['', 'rsa'].includes(read('k').toLowerCase())) return [];
  const key = readPublicKey(read('p').replace(/\s/g, ''), 'rsa');
  return 'bits' in key && key.bits >= LEAST_BITS ? [fine('dkim.key-broken', name, `RSA, ${key.bits} bits`)] : [];
}

/** A key that signs, or may sign. */
export interface PublishedKey {
  readonly name: string;
  /** The text of p=. */
  readonly key: string;
}

/** The keys that were found. Those of Easy DKIM are left out: SES changes them by itself. Pure. */
export function publishedKeys({ domain, selectors }: Subject, see: See): PublishedKey[] {
  return [...new Set([...selectors, ...Object.keys(USUAL_SELECTORS)])].flatMap((selector) => {
    const name = dkimName(selector, domain);
    const { answer, hops } = follow(see, name, 'TXT');
    const isSes = [...hops, aliasOf(answer) ?? ''].some((hop) => /(^|\.)dkim\..*amazonses\.com$/.test(hop));
    const [text, second] = answer.values;
    if (isSes || text === undefined || second !== undefined) return [];
    const key =
      readTags(fromBytes(text))
        .tags.find((tag) => tag.name === 'p')
        ?.value.replace(/\s/g, '') ?? '';
    return key === '' ? [] : [{ name, key }];
  });
}
