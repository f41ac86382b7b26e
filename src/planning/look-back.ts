import { type DnsRecord, sameData, showValue } from '../core/dns.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { MadeInRun } from '../core/merge/made.ts';
import type { Change, Left, Made, Resource } from '../core/resource.ts';
import { accountsOf, inOwnAccount, ledgerAccount } from './accounts.ts';
import { zoneChecks } from './dns-checks.ts';
import { awaitExpiry } from './expiry.ts';
import { guardConflicts, nameOf } from './guards.ts';
import { type Look, withOtherZones } from './look.ts';
import { aboutZone, type Plan, plannedZone, unreadSystems } from './plan.ts';
import { stopSendingFirst } from './sending.ts';
import { readSurvey, type Survey } from './survey.ts';
import { goneOf, recordName, takeBack } from './take-back.ts';
import { readable, type ZoneCache } from './zones.ts';

/** Looks at everything that a run made of a domain, and plans its way back: three-way against what is live now. Changes nothing. */
export async function lookBack(
  spec: DomainSpec,
  done: Done,
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  cache: ZoneCache,
): Promise<Look> {
  const seen = await readSurvey(spec, resources, ground, cache, true);
  const names = [...done.made.flatMap((one) => recordName(one) ?? []), ...done.asked.map(nameOf)];
  const survey = await withOtherZones(seen, names, ground, cache);
  const plan = stopSendingFirst(planBack(spec, done, survey));
  return { survey, plan: await awaitExpiry(plan, survey, ground) };
}

/** What runs did to a domain, by their journals. */
export interface Done {
  readonly made: readonly MadeInRun[];
  /** The accounts that it was made in. */
  readonly madeAt: Readonly<Record<string, string>>;
  /** What a person was to enter by hand. */
  readonly asked: readonly Change[];
}

/** The inverse of what was made, as far as it is still ours to take back. Pure. */
export function planBack(spec: DomainSpec, { made, madeAt, asked }: Done, survey: Survey): Plan {
  const findings = [...survey.systems.values()].flatMap(({ resource, state, problem }) =>
    problem ? [] : [resource.plan(spec, state, survey.owned)],
  );
  const back = takeBack(made, { spec, survey, findings });
  const told = new Set([...back.changes, ...back.left].map((one) => one.id));
  const kept = made.filter((one) => one.undo === 'keep' && one.sure && !told.has(one.id));
  const ledger = made.filter((one) => one.system === 'ledger' && isOwned(one, survey)).map(releasing);
  const changes = [...back.changes, ...ledger];
  const unknown = unreadSystems(survey);
  const { main } = survey.zones;
  if ('problem' in main && made.some((one) => one.system === 'dns')) {
    const { message, fix } = main.problem;
    unknown.push({ system: 'dns', message, ...(fix ? { fix } : {}) });
  }
  // A region that can't be read is no system that can't be; what may be in use there stays, and is looked at again.
  if (findings.some((one) => one.partial) && back.left.length > 0)
    unknown.push({ system: 'ses', message: 'not everything can be read now; what may be in use there stays' });
  // Whatever the wish allowed then: a zone that is not live any more is no reason to leave things in it.
  const allowed = { ...spec, consents: { ...spec.consents, zoneNotLive: true, force: true } };
  const plan: Plan = {
    domain: spec.domain,
    accounts: accountsOf(survey, findings),
    about: [...findings.flatMap((one) => one.about ?? []), ...readable(survey.zones).map(aboutZone)],
    changes,
    later: [],
    conflicts: guardConflicts(changes, survey.zones, allowed),
    checks: readable(survey.zones).flatMap((view) => zoneChecks(allowed, view).checks),
    records: [],
    published: [],
    beside: [],
    zones: readable(survey.zones).map(plannedZone),
    recovered:
      'problem' in main
        ? {}
        : goneOf(
            made.filter((one) => one.undo === 'inverse'),
            back,
            survey,
          ),
    left: [
      ...kept.map((one) => ({ id: one.id, what: one.what, why: 'it can’t be taken back, or holds data since' })),
      ...back.left,
      ...enteredByHand(asked, survey),
    ],
    unknown,
  };
  return inOwnAccount(plan, (system) => madeAt[system] ?? ledgerAccount(survey.owned)(system));
}

/** What somebody entered because we asked for it is theirs to remove: it is named as long as it is there. */
function enteredByHand(asked: readonly Change[], survey: Survey): Left[] {
  const live = readable(survey.zones).flatMap((view) => view.live);
  const wanted = [...new Map(asked.map((change) => [change.id, change])).values()];
  return wanted.flatMap((change) => {
    const record = change.after as unknown as DnsRecord | undefined;
    if (!record || !live.some((one) => sameData(one, record))) return [];
    const what = `${record.name} ${record.type} ${showValue(record)}`;
    return [{ id: change.id, what, why: 'it was entered by hand: remove it at the DNS host when nobody uses it' }];
  });
}

function isOwned(made: Made, survey: Survey): boolean {
  return Object.keys(made.owns ?? {}).some((id) => survey.owned.get(id) !== undefined);
}

/** What was only counted as ours no longer is. */
function releasing(made: Made): Change {
  return {
    id: made.id,
    system: 'ledger',
    verb: 'delete',
    what: `${made.id.replace(/^ledger (dns )?/, '')}: no longer counted as ours`,
    effect: 'nothing visible: only our own memory changes',
    ...(made.after === undefined ? {} : { before: made.after }),
    owns: Object.fromEntries(Object.keys(made.owns ?? {}).map((id) => [id, null])),
    by: 'us',
    undo: 'inverse',
    marks: true,
  };
}
