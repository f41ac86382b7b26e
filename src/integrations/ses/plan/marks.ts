import type { Change, Claim, Conflict, Findings } from '../../../core/resource.ts';
import { arnOf, HOME, isMarked, ourTags } from '../tags.ts';
import { identityArn } from './identity.ts';
import type { RegionPlan } from './plan.ts';
import { effectiveSet } from './tenant.ts';

/** The conflict that another installation keeps the identity; none where a person said to take it over. */
export function foreignHome(plan: RegionPlan): Conflict | undefined {
  const home = plan.region.identity?.tags[HOME];
  if (home === undefined || home === plan.home || plan.spec.consents.adopt) return undefined;
  return {
    code: 'ses.home',
    system: 'ses',
    name: plan.spec.domain,
    message: `SES ${plan.region.region}: the identity ${plan.spec.domain} is kept by another Mailwright installation (${home}).`,
    fix: 'Run there, or share its state folder or database with this one; to take the domain over: `mailwright adopt`, or --adopt.',
  };
}

/** With `adopt`: our tags on an identity that lacks them, and everything of it that is as we would have made it becomes ours. */
export function planMarks(plan: RegionPlan, findings: readonly Findings[]): Findings {
  const { identity } = plan.region;
  if (!identity || !plan.spec.consents.adopt) return {};
  const touched = new Set(findings.flatMap((one) => one.changes ?? []).map((change) => change.id));
  const claims = claimable(plan).filter(({ id }) => plan.owned.get(id) === undefined && !touched.has(id));
  return { changes: isMarked(identity, plan.home) ? [] : [marking(plan)], claims };
}

function marking(plan: RegionPlan): Change {
  const { region, spec, id } = plan;
  const tags = ourTags(plan.home);
  const before = Object.fromEntries(Object.keys(tags).map((key) => [key, region.identity?.tags[key] ?? null]));
  const former = before[HOME];
  const common = { region: region.region, domain: spec.domain, arn: identityArn(plan) };
  return {
    id: `${id}/identity/marks`,
    system: 'ses',
    verb: 'update',
    what: `identity ${spec.domain}: marked as ours${former ? `, taken over from ${former}` : ''}`,
    effect: 'nothing visible: two tags in SES',
    before: { ...common, tags: before },
    after: { ...common, tags },
    by: 'us',
    undo: 'inverse',
    owns: {},
    marks: true,
  };
}

function claimable(plan: RegionPlan): Claim[] {
  const { region, spec, ses, id, account } = plan;
  const { identity, tenant } = region;
  if (!identity) return [];
  const common = { region: region.region, domain: spec.domain };
  const why = 'from now: --prune and undo may remove it';
  const { mailFrom, dkim } = identity;
  const claims: Claim[] = [{ id: `${id}/identity`, value: { ...common, origin: dkim.origin }, why }];
  if (mailFrom && ses.mailFrom !== 'none') {
    const value = { ...common, mailFrom: mailFrom.name, onMxFailure: mailFrom.onMxFailure };
    claims.push({ id: `${id}/mail-from`, value, why });
  }
  const set = identity.configurationSet ?? effectiveSet(ses);
  const used = [
    ['identity', spec.domain],
    ['configuration-set', set],
  ] as const;
  for (const [kind, name] of used) {
    if (ses.tenant === undefined || name === undefined) continue;
    const arn = arnOf(region.region, account, kind, name);
    if (!tenant?.resources.includes(arn)) continue;
    claims.push({ id: `${id}/tenant/${kind}`, value: { region: region.region, tenant: ses.tenant, arn }, why });
  }
  return claims;
}
