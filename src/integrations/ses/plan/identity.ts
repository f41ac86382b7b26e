import { Problem } from '../../../core/problem.ts';
import { dkimName } from '../../../core/records/dkim.ts';
import type { Announced, Change, Findings } from '../../../core/resource.ts';
import { arnOf, ourTags } from '../tags.ts';
import { announceKeys, ownKeyRecord } from './dkim-records.ts';
import { describeMethod, type Method, wantedMethod } from './method.ts';
import { keyConflict } from './own-key.ts';
import { identityOf, type Parent } from './parent.ts';
import type { RegionPlan } from './plan.ts';
import { effectiveSet } from './tenant.ts';

/** Creates an identity where there is none. */
export function planIdentity(plan: RegionPlan, parent: Parent): Findings {
  const { ses, state, region } = plan;
  if (region.identity) return { changes: defaultSet(plan) };
  const method = wantedMethod(plan, region.region, parent);
  if (!method) return {};
  const from = 'region' in parent && parent.region !== region.region ? parent.region : undefined;
  // Its own check says that the parent can't be read.
  if (ses.dkim === 'replicated' && from !== undefined && state.regions.get(from) instanceof Problem) return {};
  const taken = method.origin === 'EXTERNAL' ? keyConflict(plan) : undefined;
  if (taken) return { conflicts: [taken], partial: true };
  const record = method.origin === 'EXTERNAL' ? ownKeyRecord(plan) : undefined;
  const later: Announced[] = method.origin === 'AWS_SES' ? [announceKeys(plan)] : [];
  return {
    changes: [creation(plan, method, from)],
    later,
    ...(record ? { records: [record] } : {}),
  };
}

function creation(plan: RegionPlan, method: Method, parent: string | undefined): Change {
  const { spec, ses, state, region, id } = plan;
  const set = effectiveSet(ses);
  const own = method.origin === 'EXTERNAL';
  const waitsFor = [
    ...(parent !== undefined && !identityOf(state, parent) && ses.regions.includes(parent)
      ? [`ses ${parent}/identity`]
      : []),
    ...(set && !hasSet(plan, set) ? [`${id}/configuration-set`] : []),
    // SES looks at once: a first look that fails fills negative caches. Only a key of one's own can be published beforehand.
    ...(own ? ownKeyWaits(plan) : []),
  ];
  const verifiedParent = region.relatives.find((one) => one.verified && spec.domain.endsWith(`.${one.name}`));
  return {
    id: `${id}/identity`,
    system: 'ses',
    verb: 'create',
    what: `identity ${spec.domain}, ${parent !== undefined && !own ? `DKIM replicated from ${parent}` : describeMethod(method)}`,
    effect: verifiedParent
      ? `mail From @${spec.domain} is signed by ${verifiedParent.name} today and changes over when this verifies`
      : 'nothing visible until its records are seen',
    after: {
      region: region.region,
      domain: spec.domain,
      ...(method.origin === 'AWS_SES' ? {} : { origin: method.origin }),
      ...(own ? { selector: method.selector ?? '', keyFile: spec.dkim?.keyFile ?? '' } : {}),
      ...(set ? { configurationSet: set } : {}),
      tags: ourTags(plan.home),
    },
    by: 'us',
    ...(waitsFor.length > 0 ? { waitsFor } : {}),
    undo: 'inverse',
  };
}

/** The record of the key of one's own, and the key's file where it is still to be made: then the record comes in the next round. */
export function ownKeyWaits(plan: RegionPlan): string[] {
  const record = `dns ${dkimName(plan.spec.dkim?.selector ?? '', plan.spec.domain)} TXT`;
  return plan.state.ownKey?.publicKey === undefined ? [OWN_KEY_CHANGE, record] : [record];
}

/** The change that makes the key file. */
export const OWN_KEY_CHANGE = 'ses all regions/dkim-key';

function hasSet(plan: RegionPlan, set: string): boolean {
  return plan.region.tenant?.resources.some((arn) => arn.endsWith(`:configuration-set/${set}`)) ?? false;
}

/** The default set that the profile names, for an identity that has none; one that it has is somebody's choice. */
function defaultSet(plan: RegionPlan): Change[] {
  const { ses, spec, region, id } = plan;
  const set = ses.configurationSet;
  if (set === undefined || region.identity?.configurationSet) return [];
  return [
    {
      id: `${id}/identity/configuration-set`,
      system: 'ses',
      verb: 'update',
      what: `default configuration set of ${spec.domain}: ${set} (it had none)`,
      effect: 'mail that names no configuration set uses this one from now',
      before: { configurationSet: null },
      after: { region: region.region, domain: spec.domain, configurationSet: set },
      by: 'us',
      ...(hasSet(plan, set) ? {} : { waitsFor: [`${id}/configuration-set`] }),
      undo: 'inverse',
    },
  ];
}

/** The identity's own ARN. */
export function identityArn(plan: RegionPlan): string {
  return arnOf(plan.region.region, plan.account, 'identity', plan.spec.domain);
}
