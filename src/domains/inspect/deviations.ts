import { DMARC_POLICIES, type DmarcPolicy } from '../../core/domain-spec.ts';
import type { Deviation, DomainFacts, SharedAspect } from '../../core/inspection.ts';
import { ASPECTS, type Aspect, type AspectId } from './aspects.ts';

/**
 * Where a domain deviates from a pattern: what it lacks (as bad as the aspect says), what it has beyond it (a warning), and what could
 * not be seen. A stricter DMARC policy is a warning alone; beyond a pattern that was seen in part nothing is known to be too much.
 */
export function deviationsOf(
  facts: DomainFacts,
  pattern: readonly (Pick<SharedAspect, 'values' | 'partial'> & { readonly aspect: AspectId })[],
): Deviation[] {
  return pattern.flatMap(({ aspect, values, partial }): Deviation[] => {
    const { title, why, missing: severity, read }: Aspect = ASPECTS[aspect];
    const look = read(facts);
    const expected = [...values];
    if (look.status === 'unknown')
      return [{ aspect, title, severity: 'unknown', expected, seen: [], missing: [], extra: [], why: look.reason }];
    const seen = look.status === 'present' ? [...look.value] : [];
    const missing = expected.filter((value) => !seen.includes(value));
    const extra = partial ? [] : seen.filter((value) => !expected.includes(value));
    const found = { aspect, title, expected, seen };
    if (missing.length > 0 && look.partial !== undefined) {
      const unseen: Deviation = { ...found, severity: 'unknown', missing, extra: [], why: look.partial };
      return extra.length > 0 ? [{ ...found, severity: 'warning', missing: [], extra, why }, unseen] : [unseen];
    }
    if (missing.length === 0 && extra.length === 0) {
      // The same values in another order: SPF is read from left to right, and an MX's order is in its preference.
      if (seen.join() === expected.join() || partial) return [];
      return [{ ...found, severity: 'warning', missing, extra, why }];
    }
    const mild = missing.length === 0 || (aspect === 'dmarc.policy' && isStricter(seen[0], expected[0]));
    return [{ ...found, severity: mild ? 'warning' : severity, missing, extra, why }];
  });
}

function isStricter(policy: string | undefined, than: string | undefined): boolean {
  return DMARC_POLICIES.indexOf(policy as DmarcPolicy) > DMARC_POLICIES.indexOf(than as DmarcPolicy);
}
