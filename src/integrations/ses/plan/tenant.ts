import { check } from '../../../core/checks/check.ts';
import type { SesSpec } from '../../../core/domain-spec.ts';
import { Problem } from '../../../core/problem.ts';
import type { Change, Findings } from '../../../core/resource.ts';
import { arnOf, ourTags } from '../tags.ts';
import type { RegionPlan } from './plan.ts';

/** The configuration set that new identities get: the profile's, else one of the tenant's name (a tenant can't send without any). */
export function effectiveSet(ses: SesSpec): string | undefined {
  return ses.configurationSet ?? ses.tenant;
}

/** The configuration set and the tenant with what it needs to be able to send: identity and set in effect, in each region. */
export function planTenant(plan: RegionPlan): Findings {
  const { ses, region, id, spec } = plan;
  const wantedSet = effectiveSet(ses);
  // An identity keeps its own default set; whoever chose it has a reason.
  const set = region.identity?.configurationSet ?? wantedSet;
  const resources = region.tenant?.resources ?? [];
  const setKnown =
    set === undefined ||
    set === region.identity?.configurationSet ||
    resources.some((arn) => arn.endsWith(`:configuration-set/${set}`));
  const setNeeded =
    ses.tenant !== undefined ||
    !region.identity ||
    (ses.configurationSet !== undefined && !region.identity.configurationSet);
  const changes: Change[] = [];
  const createsSet = set !== undefined && !setKnown && setNeeded;
  if (createsSet) changes.push(createSet(plan, set));
  if (ses.tenant === undefined) return { changes };

  const exists = region.tenant?.exists ?? false;
  if (!exists) changes.push(createTenant(plan, ses.tenant));
  const associate = (kind: 'identity' | 'configuration-set', name: string, waits: readonly string[]) => {
    const arn = arnOf(region.region, plan.account, kind, name);
    if (resources.includes(arn)) return;
    changes.push(association(plan, ses.tenant ?? '', kind, name, arn, waits));
  };
  const tenantWait = exists ? [] : [`${id}/tenant`];
  associate('identity', spec.domain, [...tenantWait, ...(region.identity ? [] : [`${id}/identity`])]);
  if (set !== undefined)
    associate('configuration-set', set, [...tenantWait, ...(createsSet ? [`${id}/configuration-set`] : [])]);
  const missing = changes.filter((change) => change.id.startsWith(`${id}/tenant`));
  return {
    changes,
    checks: [
      check('ses.tenant', {
        system: 'ses',
        region: region.region,
        name: ses.tenant,
        status: missing.length === 0 ? 'ok' : 'failed',
        expected: `associated with ${spec.domain}${set ? ` and configuration set ${set}` : ''}`,
        seen: [{ by: 'SES', value: exists ? `${resources.length} resources` : 'no such tenant' }],
      }),
    ],
  };
}

function createSet(plan: RegionPlan, set: string): Change {
  return {
    id: `${plan.id}/configuration-set`,
    system: 'ses',
    verb: 'create',
    what: `configuration set ${set} with reputation metrics (one of this name is kept as it is)`,
    effect: 'nothing visible',
    after: {
      region: plan.region.region,
      configurationSet: set,
      tags: ourTags(plan.home),
    },
    by: 'us',
    undo: 'inverse',
  };
}

function createTenant(plan: RegionPlan, tenant: string): Change {
  const known = [...plan.state.regions.values()].some(
    (region) => !(region instanceof Problem) && region.tenant?.exists,
  );
  return {
    id: `${plan.id}/tenant`,
    system: 'ses',
    verb: 'create',
    what: `tenant ${tenant}`,
    effect: 'nothing visible; AWS bills a tenant by the month (about 0.005 USD)',
    after: { region: plan.region.region, tenant, tags: ourTags(plan.home) },
    by: 'us',
    undo: 'inverse',
    ...(known || plan.ses.tenantFromProfile
      ? {}
      : {
          ask: `No region knows the tenant "${tenant}", and it is not from the profile: is the name right? Name it in the profile (ses.tenant) to create it unasked.`,
        }),
  };
}

function association(
  plan: RegionPlan,
  tenant: string,
  kind: 'identity' | 'configuration-set',
  name: string,
  arn: string,
  waitsFor: readonly string[],
): Change {
  return {
    id: `${plan.id}/tenant/${kind}`,
    system: 'ses',
    verb: 'create',
    what: `tenant ${tenant} may use ${kind.replace('-', ' ')} ${name}`,
    effect: `tenant ${tenant} can send with it`,
    after: { region: plan.region.region, tenant, arn },
    by: 'us',
    ...(waitsFor.length > 0 ? { waitsFor } : {}),
    undo: 'inverse',
  };
}
