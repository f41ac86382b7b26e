import type { Difference, DomainFacts, SharedAspect } from '../../core/inspection.ts';
import { type AspectId, allAspects } from './aspects.ts';

/** What domains have alike and where they differ. */
export interface Comparison {
  readonly pattern: readonly (SharedAspect & { readonly aspect: AspectId })[];
  readonly differences: readonly (Difference & { readonly aspect: AspectId })[];
}

interface Known {
  readonly domain: string;
  readonly values: readonly string[];
  readonly partial: boolean;
}

/**
 * Compares domains aspect by aspect. An aspect is shared where every domain in which it could be seen has the same; a domain in which it
 * could not be seen, or not whole and nothing that contradicts the others, is named beside it and counts neither way. Seen in none, it is
 * left out.
 */
export function compareDomains(all: readonly DomainFacts[]): Comparison {
  const pattern: (SharedAspect & { aspect: AspectId })[] = [];
  const differences: (Difference & { aspect: AspectId })[] = [];
  for (const [aspect, { title, read }] of allAspects()) {
    const seen = all.map((facts) => ({ domain: facts.domain, look: read(facts) }));
    const known = seen.flatMap(({ domain, look }): Known[] => {
      if (look.status === 'unknown') return [];
      return [{ domain, values: look.status === 'present' ? look.value : [], partial: look.partial !== undefined }];
    });
    const whole = known.filter((one) => !one.partial);
    // What was seen in part may be the same as what was seen whole, and only that can be said of it.
    const undecided = known.filter((one) => one.partial && whole.some((other) => mayBe(one, other)));
    const decided = known.filter((one) => !undecided.includes(one));
    const groups = [...Map.groupBy(decided, ({ values }) => JSON.stringify(values)).values()]
      .map((alike) => ({ values: [...(alike[0]?.values ?? [])], domains: alike.map(({ domain }) => domain) }))
      .toSorted((a, b) => b.domains.length - a.domains.length);
    const unknown = seen.map(({ domain }) => domain).filter((domain) => !decided.some((one) => one.domain === domain));
    const [first, second] = groups;
    if (!first) continue;
    if (second) differences.push({ aspect, title, groups, unknown });
    else pattern.push({ aspect, title, ...first, partial: decided.every((one) => one.partial), unknown });
  }
  return { pattern, differences };
}

function mayBe(part: Known, whole: Known): boolean {
  return part.values.every((value) => whole.values.includes(value)) && part.values.length < whole.values.length;
}

/** The group that more than half of the known domains are in. */
export function majorityOf({ groups }: Difference): Difference['groups'][number] | undefined {
  const known = groups.reduce((sum, group) => sum + group.domains.length, 0);
  const [first] = groups;
  return first && first.domains.length * 2 > known ? first : undefined;
}
