import { lintDmarc } from '../checks/lint/lint-dmarc.ts';
import { DMARC_POLICIES, type DmarcPolicy } from '../domain-spec.ts';
import {
  type DmarcTags,
  dmarcAddresses,
  dmarcTag,
  isWeaker,
  parseDmarc,
  policyFor,
  policyOf,
  reportKey,
  shareOf,
} from '../records/dmarc.ts';

/** A record that was written anew. */
export interface RewrittenDmarc {
  readonly value: string;
  /** What became of tags beside those that were asked for, as clauses for a person. */
  readonly notes: readonly string[];
}

/** The order in which tags are written; old readers want p second (RFC 7489 6.3). Others stand behind them. */
const ORDER = ['v', 'p', 'sp', 'np', 't', 'adkim', 'aspf', 'rua', 'ruf', 'fo'];

/** The record with its policy raised to the wanted one, for all mail. A policy is never lowered: then the record stays to the letter. */
export function raiseDmarc(txt: string, wanted: DmarcPolicy): RewrittenDmarc {
  if (!isWeaker(txt, wanted)) return { value: txt, notes: [] };
  const share = shareOf(txt);
  const tags = parseDmarc(txt).filter(([name]) => name !== 'p' && !(name === 'pct' && share < 100));
  const { value, notes } = rewrite([...tags, ['p', wanted]]);
  return { value, notes: [...(share < 100 ? [`pct=${share} goes: the policy is for all mail`] : []), ...notes] };
}

/**
 * Several records as one: the tags of the strictest (of equals, the first), everybody's report addresses, and no policy weaker than one of
 * theirs. Undefined where one of them has an error: what it was meant to say is for a person to tell.
 */
export function mergeDmarcRecords(texts: readonly string[]): RewrittenDmarc | undefined {
  const hasError = (text: string) =>
    lintDmarc(text).some(({ severity }) => severity === 'error' || severity === 'blocker');
  if (texts.some(hasError)) return undefined;
  const ranked = texts.toSorted((a, b) => rank(policyOf(b)) - rank(policyOf(a)));
  const [base = ''] = ranked;
  const [p, sp, np] = (['p', 'sp', 'np'] as const).map((tag) => strictest(texts.map((text) => policyFor(text, tag))));
  const all = (tag: 'rua' | 'ruf') => {
    const uris = ranked.flatMap((text) => dmarcAddresses(text, tag));
    const keys = uris.map(reportKey);
    return uris.filter((_uri, index) => keys.indexOf(keys[index] ?? '') === index).join(',') || undefined;
  };
  const isTest = texts.every((text) => dmarcTag(text, 't')?.toLowerCase() === 'y');
  const share = Math.max(...texts.map(shareOf));
  const set: Readonly<Record<string, string | undefined>> = {
    p,
    sp: sp === p ? undefined : sp,
    np: np === sp ? undefined : np,
    t: isTest ? 'y' : undefined,
    ...(share < 100 ? { pct: `${share}` } : {}),
    rua: all('rua'),
    ruf: all('ruf'),
    fo: ranked.flatMap((text) => dmarcTag(text, 'fo') ?? [])[0],
  };
  const kept = parseDmarc(base).filter(([name]) => !(name in set || (name === 'pct' && shareOf(base) < 100)));
  const given = Object.entries(set).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const { value, notes } = rewrite([...kept, ...given]);
  const isWeakened = !isTest && texts.some((text) => dmarcTag(text, 't')?.toLowerCase() === 'y');
  const isPartly = share === 100 && texts.some((text) => shareOf(text) < 100);
  return {
    value,
    notes: [
      ...(isWeakened ? ['t=y goes: not all of them are tests'] : []),
      ...(isPartly ? ['pct goes: not all of them are for a part of the mail'] : []),
      ...notes,
    ],
  };
}

function strictest(policies: readonly DmarcPolicy[]): DmarcPolicy {
  return policies.toSorted((a, b) => rank(b) - rank(a))[0] ?? 'none';
}

function rank(policy: DmarcPolicy): number {
  return DMARC_POLICIES.indexOf(policy);
}

/** The tags in our order; those that do nothing any more go (RFC 9989 A.5, A.6). */
function rewrite(tags: DmarcTags): RewrittenDmarc {
  const isIdle = ([name, value]: DmarcTags[number]) =>
    name === 'rf' || name === 'ri' || (name === 'pct' && value === '100');
  const place = ([name]: DmarcTags[number]) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  const written = tags.filter((tag) => !isIdle(tag)).toSorted((a, b) => place(a) - place(b));
  return {
    value: written.map(([name, value]) => `${name}=${value}`).join('; '),
    notes: tags.filter(isIdle).map(([name, value]) => `${name}=${value} goes: it does nothing any more`),
  };
}
