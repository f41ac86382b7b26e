import { check } from '../../../core/checks/check.ts';
import type { SesSpec } from '../../../core/domain-spec.ts';
import { Problem } from '../../../core/problem.ts';
import type { Change, Conflict, DesiredRecord, Findings } from '../../../core/resource.ts';
import type { RegionPlan } from './plan.ts';
import { effectiveSet } from './tenant.ts';
import { type IdentityState, originOf, regionOf, type SesState } from '../state.ts';

/** Where new identities take their DKIM keys from; `undefined` region: each makes its own; unknown: none may be made now. */
export type Parent =
  | { readonly region: string | undefined }
  | { readonly conflict: Conflict }
  | { readonly unknown: true };

/**
 * The parent region for replicas: what live replicas name, else the region whose identity has Easy DKIM keys of its own
 * (a verified one first), else the first region. It follows what is live, never the order of a list.
 */
export function chooseParent(ses: SesSpec, state: SesState): Parent {
  if (ses.dkim === 'per-region') return { region: undefined };
  const known = ses.regions.flatMap((name) => {
    const region = state.regions.get(name);
    return region && !(region instanceof Problem) && region.identity ? [{ name, identity: region.identity }] : [];
  });
  const named = known.map(({ identity }) => regionOf(identity.dkim.origin)).find((name) => name !== undefined);
  if (named !== undefined) return { region: named };
  const own = known.filter(({ identity }) => identity.dkim.origin === 'AWS_SES');
  const parent = own.find(({ identity }) => identity.dkim.status === 'SUCCESS') ?? own[0];
  if (parent) return { region: parent.name };
  // A region that can't be read may hold the parent: a second set of keys, once made, would stay.
  if (ses.regions.some((name) => state.regions.get(name) instanceof Problem)) return { unknown: true };
  const external = known[0];
  const missing = ses.regions.filter((name) => !known.some((one) => one.name === name));
  if (external && missing.length > 0) {
    return {
      conflict: {
        code: 'ses.dkim-parent',
        system: 'ses',
        message: `SES ${external.name}: the identity signs with a key of its own (BYODKIM), which can't be replicated to ${missing.join(', ')}.`,
        fix: 'Set ses.dkim: per-region, so that the other regions get Easy DKIM keys of their own beside it.',
      },
    };
  }
  return { region: ses.regions[0] };
}

/** Creates a missing identity, restarts a failed verification with its own keys, keeps everything that works. */
export function planIdentity(plan: RegionPlan, parent: Parent): Findings {
  const { identity } = plan.region;
  if (identity) return existing(plan, identity, parent);
  if (!('region' in parent)) return {};
  return missing(plan, parent.region);
}

function missing(plan: RegionPlan, parent: string | undefined): Findings {
  const { spec, ses, state, region, id } = plan;
  const parentState = parent === undefined ? undefined : state.regions.get(parent);
  const replica = parent !== undefined && parent !== region.region;
  if (replica && parentState instanceof Problem) return {}; // its own check says that the parent can't be read
  const parentIdentity = parentState instanceof Problem ? undefined : parentState?.identity;
  const set = effectiveSet(ses);
  const waitsFor = [
    ...(replica && !parentIdentity && ses.regions.includes(parent) ? [`ses ${parent}/identity`] : []),
    ...(set && !hasSet(plan, set) ? [`${id}/configuration-set`] : []),
  ];
  const verifiedParent = region.relatives.find((one) => one.verified && spec.domain.endsWith(`.${one.name}`));
  const change: Change = {
    id: `${id}/identity`,
    system: 'ses',
    verb: 'create',
    what: `identity ${spec.domain}, ${replica ? `DKIM replicated from ${parent}` : 'Easy DKIM with keys of its own'}`,
    effect: verifiedParent
      ? `mail From @${spec.domain} is signed by ${verifiedParent.name} today and changes over when this verifies`
      : 'nothing visible until its records are seen',
    after: {
      region: region.region,
      domain: spec.domain,
      ...(replica ? { origin: originOf(parent) } : {}),
      ...(set ? { configurationSet: set } : {}),
      tags: { 'managed-by': 'mailwright', 'mailwright:home': plan.home },
    },
    by: 'us',
    ...(waitsFor.length > 0 ? { waitsFor } : {}),
    undo: 'inverse',
  };
  const announced = !replica
    ? [
        {
          verb: 'create' as const,
          what: 'named once SES has made its keys',
          type: 'CNAME',
          under: `_domainkey.${spec.domain}`,
          count: 3,
        },
      ]
    : [];
  return { changes: [change], later: announced };
}

function hasSet(plan: RegionPlan, set: string): boolean {
  return plan.region.tenant?.resources.some((arn) => arn.endsWith(`:configuration-set/${set}`)) ?? false;
}

function existing(plan: RegionPlan, identity: IdentityState, parent: Parent): Findings {
  const { spec, ses, region, id } = plan;
  const wanted =
    !('region' in parent) || parent.region === undefined || parent.region === region.region
      ? 'AWS_SES'
      : originOf(parent.region);
  const changes: Change[] = [];
  if (identity.dkim.status === 'FAILED' && identity.dkim.origin !== 'EXTERNAL') changes.push(restart(plan, identity));
  if (ses.configurationSet && !identity.configurationSet) changes.push(defaultSet(plan, ses.configurationSet));
  const checks =
    identity.dkim.origin === wanted
      ? []
      : [
          check('ses.dkim-method', {
            system: 'ses',
            region: region.region,
            name: spec.domain,
            status: 'ok',
            expected: wanted,
            seen: [{ by: 'SES', value: `${identity.dkim.origin}, kept` }],
          }),
        ];
  // BYODKIM shows its selector alone: the key record is its owner's to publish.
  const records =
    identity.dkim.origin === 'EXTERNAL'
      ? []
      : identity.dkim.tokens.map((token) => dkimRecord(plan, identity, token, id));
  return { changes, records, checks };
}

function dkimRecord(plan: RegionPlan, identity: IdentityState, token: string, id: string): DesiredRecord {
  const name = `${token}._domainkey.${plan.spec.domain}`;
  return {
    id: `dns ${name} CNAME`,
    record: { name, type: 'CNAME', value: `${token}.${identity.dkim.hostedZone}`, ttl: plan.spec.ttl },
    firmness: 'exact',
    system: id,
    purpose: `DKIM key of ${plan.region.region}`,
    effect: 'SES verifies the domain by it and begins to sign',
    check: 'dkim.cname',
  };
}

/** Looks again with the identity's own origin: any other would make new keys. */
function restart(plan: RegionPlan, identity: IdentityState): Change {
  const from = regionOf(identity.dkim.origin);
  const parent = from === undefined ? undefined : plan.state.regions.get(from);
  const parentFailed = parent && !(parent instanceof Problem) && parent.identity?.dkim.status === 'FAILED';
  return {
    id: `${plan.id}/dkim-restart`,
    system: 'ses',
    verb: 'update',
    what: `verification of ${plan.spec.domain} starts again, with the same keys`,
    effect: 'nothing visible: SES looks for the records for another 72 hours',
    before: { status: identity.dkim.status },
    after: { region: plan.region.region, domain: plan.spec.domain, origin: identity.dkim.origin },
    by: 'us',
    // SES looks at once: a first look that fails fills negative caches.
    waitsFor: [
      ...(parentFailed ? [`ses ${from}/dkim-restart`] : []),
      ...identity.dkim.tokens.map((token) => `dns ${token}._domainkey.${plan.spec.domain} CNAME`),
    ],
    undo: 'keep',
  };
}

function defaultSet(plan: RegionPlan, set: string): Change {
  const creates = !hasSet(plan, set);
  return {
    id: `${plan.id}/identity/configuration-set`,
    system: 'ses',
    verb: 'update',
    what: `default configuration set of ${plan.spec.domain}: ${set} (it had none)`,
    effect: 'mail that names no configuration set uses this one from now',
    before: { configurationSet: null },
    after: { region: plan.region.region, domain: plan.spec.domain, configurationSet: set },
    by: 'us',
    ...(creates ? { waitsFor: [`${plan.id}/configuration-set`] } : {}),
    undo: 'inverse',
  };
}
