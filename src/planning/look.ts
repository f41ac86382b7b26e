import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { Owned, Resource } from '../core/resource.ts';
import { planWants } from '../core/wants.ts';
import { inOwnAccount, ledgerAccount } from './accounts.ts';
import type { Evidence } from './evidence.ts';
import { readEvidence } from './evidence.ts';
import { goneEntries } from './leftovers.ts';
import { type Plan, planRound } from './plan.ts';
import { readPolicies } from './policies.ts';
import { recover, type Unsettled } from './recover.ts';
import { withServedSince } from './served-since.ts';
import { readSurvey, type Survey } from './survey.ts';
import { applyTtlFirst } from './ttl-first.ts';
import { unreadable } from './unreadable.ts';
import { readOtherZones, withNames, type ZoneCache, type Zones } from './zones.ts';

/** One look at the world: what it showed, and what follows for one domain. */
export interface Look {
  readonly survey: Survey;
  readonly plan: Plan;
}

/** Looks at everything that a domain touches, and plans what is wanted of it. Changes nothing. */
export async function lookAhead(
  spec: DomainSpec,
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  cache: ZoneCache,
  unsettled: Unsettled,
): Promise<Look> {
  const closely = spec.consents.prune || unsettled.made.length > 0;
  const seen = await readSurvey(spec, resources, ground, cache, closely);
  const first = recover(unsettled, seen, spec);
  const survey = { ...seen, owned: withEntries(seen.owned, first) };
  const findings = [...survey.systems.values()].flatMap(({ resource, state, problem }) =>
    problem ? [] : [resource.plan(spec, state, survey.owned)],
  );
  findings.push(planWants(spec, await readPolicies(spec, survey, ground)));
  const records = [
    ...new Map(findings.flatMap((one) => one.records ?? []).map((record) => [record.id, record])).values(),
  ];
  const names = records.map((want) => want.record.name);
  const wide = await withOtherZones(survey, names, ground, cache);
  const evidence: Evidence = await readEvidence(records, wide.zones, ground.resolver);
  // Once more, for what was made in other zones.
  const recovered = { ...first, ...recover(unsettled, wide, spec) };
  const whole = { ...wide, owned: withEntries(wide.owned, recovered) };
  const wanted = new Set(records.map((want) => want.id));
  const gone = goneEntries(whole.owned, whole).filter((id) => !wanted.has(id));
  const plan = planRound({
    spec,
    survey: whole,
    findings,
    records,
    evidence,
    recovered: { ...recovered, ...Object.fromEntries(gone.map((id) => [id, null])) },
  });
  const timed = await withServedSince(await applyTtlFirst(plan, spec.consents.ttlFirst, ground), ground);
  return { survey: whole, plan: spec.consents.adopt ? timed : inOwnAccount(timed, ledgerAccount(survey.owned)) };
}

/** The survey with the zones that some records lie in besides the domain's own: the wanted ones, and those of the ledger. */
export async function withOtherZones(
  survey: Survey,
  wanted: readonly string[],
  ground: Ground,
  cache: ZoneCache,
): Promise<Survey> {
  const { main } = survey.zones;
  const written = [...survey.owned.entries()].flatMap(([, entry]) => (entry as { name?: string }).name ?? []);
  const names = [...new Set([...wanted, ...written])];
  const others = await readOtherZones(names, main, ground, cache);
  try {
    const zones: Zones = {
      main: 'problem' in main ? main : await withNames(main, names),
      others: await Promise.all(others.map((view) => withNames(view, names))),
    };
    return { ...survey, zones };
  } catch (error) {
    return { ...survey, zones: { main: { problem: unreadable(error) }, others: [] } };
  }
}

/** The ledger as it would be with these entries; null: without. */
function withEntries(owned: Owned, more: Readonly<Record<string, unknown>>): Owned {
  const all = new Map([...owned.entries(), ...Object.entries(more)] as [string, never][]);
  for (const [id, value] of Object.entries(more)) if (value === null) all.delete(id);
  return { get: (id) => all.get(id), entries: () => all.entries() };
}
