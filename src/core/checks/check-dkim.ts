import { dkimName } from '../dkim.ts';
import { NOBODYS_LABEL } from '../resolver.ts';
import { USUAL_SELECTORS } from '../senders.ts';
import { fromBytes } from '../txt.ts';
import type { Check } from './check.ts';
import { finding } from './finding.ts';
import { lintDkim } from './lint-dkim.ts';
import { aliasOf, fine, follow, type See, type Subject, unheard, unseen } from './see.ts';
import { readTags } from './tag-list.ts';

const MOST_HOPS = 3;

/** The keys of the selectors that sign, and of those that services use, where they are there. Pure. */
export function checkDkim({ domain, selectors }: Subject, see: See): Check[] {
  const wildcard = follow(see, dkimName(NOBODYS_LABEL, domain), 'TXT').answer;
  const isWild = wildcard.values.length > 0;
  const found: Check[] = [];
  for (const selector of selectors) found.push(...used(selector, domain, see));
  const others = Object.keys(USUAL_SELECTORS).filter((selector) => !selectors.includes(selector));
  for (const selector of isWild ? [] : others) found.push(...maybe(selector, domain, see));
  return found;
}

/** A selector that signs must lead to a key. */
function used(selector: string, domain: string, see: See): Check[] {
  const name = dkimName(selector, domain);
  const { answer, hops } = follow(see, name, 'TXT');
  const silence = unheard(answer);
  if (silence !== undefined) return [unseen('dkim.missing', name, silence)];
  if (answer.values.length > 0) return [fine('dkim.missing', name, 'published'), ...keys(name, answer.values, hops)];
  if (hops.length > 0) return [finding('dkim.dangling', `an alias of ${hops.at(-1)}, where no key is`, { name })];
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
  // Nobody says that it is in use, but somebody once asked for it.
  return hops.length > 0
    ? [finding('dkim.dangling', `an alias of ${hops.at(-1)}, where no key is`, { name, severity: 'warning' })]
    : [];
}

function keys(name: string, values: readonly string[], hops: readonly string[]): Check[] {
  const found: Check[] = [];
  if (values.length > 1) found.push(finding('dkim.several', `${values.length} records`, { name }));
  if (hops.length > MOST_HOPS)
    found.push(finding('dkim.chain', `${hops.length} aliases: ${hops.join(' → ')}`, { name }));
  const [first] = values;
  if (values.length === 1 && first !== undefined)
    found.push(...lintDkim(fromBytes(first)).map((one) => ({ ...one, name })));
  return found;
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
