import { sameData } from '../core/dns.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { DesiredRecord, Owned, Resource } from '../core/resource.ts';
import { planWants } from '../core/wants.ts';
import { inOwnAccount, ledgerAccount } from './accounts.ts';
import type { Evidence } from './evidence.ts';
import { readEvidence } from './evidence.ts';
import { awaitExpiry } from './expiry.ts';
import { goneEntries } from './leftovers.ts';
import { type Plan, planRound } from './plan.ts';
import { readPolicies } from './policies.ts';
import { recover, type Unsettled } from './recover.ts';
import { awaitSending } from './sending.ts';
import { withServedSince } from './served-since.ts';
import { readSurvey, type Survey } from './survey.ts';
import { applyTtlFirst } from './ttl-first.ts';
import { unreadable } from './unreadable.ts';
import { readOtherZones, withNames, type ZoneCache, type Zones, type ZoneView } from './zones.ts';

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
  const wide = asWildcardsSay(await withOtherZones(survey, names, ground, cache), records);
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
  const sending = awaitSending(plan);
  const paced = await awaitExpiry(await applyTtlFirst(sending, spec.consents.ttlFirst, ground), whole, ground);
  const timed = await withServedSince(paced, ground);
  return { survey: whole, plan: spec.consents.adopt ? timed : inOwnAccount(timed, ledgerAccount(survey.owned)) };
}

/** Where only names can be asked, a record that a wildcard answers just as it is wanted can't be told from one that was entered: it is there. */
function asWildcardsSay(survey: Survey, records: readonly DesiredRecord[]): Survey {
  const fill = (view: ZoneView): ZoneView => {
    if (view.provider.limits.reads === 'zone') return view;
    const said = records.flatMap(({ record }) => {
      const wildcard = `*.${record.name.slice(record.name.indexOf('.') + 1)}`;
      const found = view.live.find((one) => one.name === wildcard && sameData({ ...one, name: record.name }, record));
      return found ? [{ ...found, name: record.name }] : [];
    });
    return { ...view, live: [...view.live, ...said] };
  };
  const { main, others } = survey.zones;
  return {
    ...survey,
    zones: { ...survey.zones, main: 'problem' in main ? main : fill(main), others: others.map(fill) },
  };
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
  const { others, unread } = await readOtherZones(names, main, ground, cache);
  try {
    const zones: Zones = {
      main: 'problem' in main ? main : await withNames(main, names),
      others: await Promise.all(others.map((view) => withNames(view, names))),
      unread,
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
