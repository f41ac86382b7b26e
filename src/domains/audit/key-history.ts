import { createHash } from 'node:crypto';
import type { Check } from '../../core/checks/check.ts';
import { finding } from '../../core/checks/finding.ts';
import type { Facts } from '../../core/ground.ts';
import type { Audit } from './audit.ts';

const YEAR_MS = 365 * 86_400_000;

type Keys = Pick<Audit, 'domain' | 'keys'>;
/** Names, each with the key that was seen there last, and when it was seen first (ISO 8601). */
type Known = Record<string, { key: string; since: string }>;

/** Keys that have stood for more than a year, as far as the memory goes back: DNS does not say how old a record is. */
export async function agedKeys({ domain, keys }: Keys, facts: Facts, now: number): Promise<Check[]> {
  if (keys.length === 0) return [];
  const memory = `dkim keys ${domain}`;
  const before = ((await facts.recall(memory, Number.POSITIVE_INFINITY))?.value ?? {}) as Known;
  const known: Known = {};
  for (const { name, key } of keys) {
    const mark = markOf(key);
    const seen = before[name];
    known[name] = seen?.key === mark ? seen : { key: mark, since: new Date(now).toISOString() };
  }
  if (JSON.stringify(known) !== JSON.stringify(before)) await facts.remember(memory, known);
  return Object.entries(known).flatMap(([name, { since }]) =>
    now - Date.parse(since) > YEAR_MS
      ? [finding('dkim.age', `the same key since ${since.slice(0, 10)} at least`, { name })]
      : [],
  );
}

/** Keys that stand at several of these domains, by domain. Pure. */
export function sharedKeys(audits: readonly Keys[]): ReadonlyMap<string, readonly Check[]> {
  const all = audits.flatMap(({ domain, keys }) => keys.map(({ name, key }) => ({ domain, name, key })));
  const groups = [...Map.groupBy(all, ({ key }) => markOf(key)).values()];
  const several = groups.filter((same) => new Set(same.map(({ domain }) => domain)).size > 1);
  const found = several.flatMap((same) =>
    same.map(({ domain, name }) => {
      const others = [...new Set(same.map((one) => one.domain))].filter((other) => other !== domain);
      const more = others.length > 3 ? ` and ${others.length - 3} more` : '';
      return { domain, check: finding('dkim.shared', `also at ${others.slice(0, 3).join(', ')}${more}`, { name }) };
    }),
  );
  const by = Map.groupBy(found, ({ domain }) => domain);
  return new Map([...by].map(([domain, some]) => [domain, some.map(({ check }) => check)]));
}

function markOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 22);
}
