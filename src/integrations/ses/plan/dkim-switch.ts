import { Problem } from '../../../core/problem.ts';
import type { Change, Findings } from '../../../core/resource.ts';
import { hasDkim, type IdentityState, regionOf } from '../state.ts';
import { SWITCHED } from '../tags.ts';
import { announceKeys, easyRecords, ownKeyRecord } from './dkim-records.ts';
import { ownKeyWaits } from './identity.ts';
import { chooseName } from './mail-from.ts';
import { describeMethod, isSigning, type Method, methodOf, signsSo, wantedMethod } from './method.ts';
import { identityOf, type Parent } from './parent.ts';
import type { RegionPlan } from './plan.ts';

/**
 * Changes how a live identity signs. SES signs with nothing between the call and its next look at DNS (developer guide, "Provide your own
 * DKIM authentication token", Warning). So everything that it will look for is served before the call, which leaves seconds to minutes;
 * SPF of an accepted MAIL FROM carries DMARC meanwhile, where its policy takes relaxed alignment; and one region follows the other, each when the one before signs again.
 * Easy DKIM of an identity's own has no names before the call, so its gap is longer, and a person is asked.
 */
export function planSwitch(plan: RegionPlan, identity: IdentityState, to: Method, parent: Parent): Findings {
  const { spec, region, id } = plan;
  const from = methodOf(identity);
  const starts = !hasDkim(identity);
  const undo = starts ? 'SES can’t forget that it has keys' : wayBack(plan, from);
  const own = to.origin === 'EXTERNAL' ? ownKeyRecord(plan) : undefined;
  const change: Change = {
    id: `${id}/dkim`,
    system: 'ses',
    verb: 'update',
    what: `DKIM of ${spec.domain}: ${starts ? '' : `from ${describeMethod(from)} to `}${describeMethod(to)}${undo === undefined ? '' : ` (no way back: ${undo})`}`,
    effect: effect(plan, identity, to),
    before: {
      ...from,
      ...(knowsKey(plan, from) ? { keyFile: plan.state.ownKey?.keyFile, publicKey: plan.state.ownKey?.publicKey } : {}),
    },
    after: {
      region: region.region,
      domain: spec.domain,
      origin: to.origin,
      ...(starts ? { starts: true } : {}),
      ...(to.origin === 'EXTERNAL' ? { selector: to.selector, keyFile: spec.dkim?.keyFile } : {}),
    },
    by: 'us',
    waitsFor: waits(plan, identity, to, parent),
    undo: undo === undefined ? 'inverse' : 'keep',
    owns: {},
    ...question(plan, identity, to),
  };
  return {
    changes: [change],
    records: own ? [own] : [],
    later: to.origin === 'AWS_SES' ? [announceKeys(plan)] : [],
  };
}

/** Why there is no way back to a method; undefined where there is one. */
function wayBack(plan: RegionPlan, from: Method): string | undefined {
  if (from.origin === 'AWS_SES') return 'Easy DKIM would make new keys';
  if (from.origin !== 'EXTERNAL' || knowsKey(plan, from)) return undefined;
  return 'no file that the profile names holds the former key';
}

/** Whether the key that an identity signs with is the one in the profile's file. */
function knowsKey({ state }: RegionPlan, method: Method): boolean {
  const { ownKey } = state;
  return method.origin === 'EXTERNAL' && ownKey?.published === 'this' && ownKey.selector === method.selector;
}

function spf({ region }: RegionPlan): string | undefined {
  const mailFrom = region.identity?.mailFrom;
  return mailFrom?.status === 'SUCCESS' ? mailFrom.name : undefined;
}

/** What saves mail without a signature. The MAIL FROM lies below the domain, so that it aligns only as RFC 9989 calls relaxed. */
export function carriedBy(mailFrom: string): string {
  return `; SPF of ${mailFrom} carries DMARC meanwhile, ${UNLESS_STRICT}`;
}

const UNLESS_STRICT = 'unless the DMARC policy asks for strict SPF alignment (aspf=s)';

function effect(plan: RegionPlan, identity: IdentityState, to: Method): string {
  if (!hasDkim(identity))
    return `mail from ${plan.region.region} is signed by the domain as soon as SES has seen its records`;
  if (!isSigning(identity)) return 'nothing visible: it does not sign now';
  const name = spf(plan);
  const carried = name === undefined ? '' : carriedBy(name);
  return to.origin === 'AWS_SES'
    ? `mail from ${plan.region.region} leaves unsigned by the domain until its new records are published and SES has seen them${carried}`
    : `mail from ${plan.region.region} is signed by the new key as soon as SES has looked, in seconds to minutes, and may leave unsigned until then${carried}`;
}

function question(plan: RegionPlan, identity: IdentityState, to: Method): { ask?: string } {
  if (!isSigning(identity)) return {};
  const name = spf(plan);
  if (to.origin !== 'AWS_SES' && (name !== undefined || plan.ses.mailFrom === 'per-region')) return {};
  const meanwhile =
    name === undefined ? 'fails DMARC meanwhile' : `passes DMARC by SPF of ${name} alone meanwhile, ${UNLESS_STRICT}`;
  const how = to.origin === 'AWS_SES' ? 'until its new records are published and seen' : 'until SES has looked again';
  return {
    ask: `Mail from ${plan.region.region} leaves without a DKIM signature of ${plan.spec.domain} ${how}, and ${meanwhile}: switch now?`,
  };
}

/** What must be so before the call: records served, the regions before it signing again, SPF in place. */
function waits(plan: RegionPlan, identity: IdentityState, to: Method, parent: Parent): string[] {
  const { state, region } = plan;
  const from = regionOf(to.origin);
  const source = from === undefined ? undefined : identityOf(state, from);
  const first = queue(plan, parent)[0];
  const unsettled = plan.ses.regions.filter((name) => {
    if (name === region.region || !isSigning(identity)) return false;
    if (state.regions.get(name) instanceof Problem || name === first) return true;
    const other = identityOf(state, name);
    const method = wantedMethod(plan, name, parent);
    return (
      other !== undefined && method !== undefined && signsSo(other, method, state) && other.dkim.status !== 'SUCCESS'
    );
  });
  if (from !== undefined && source && source.dkim.status !== 'SUCCESS') unsettled.push(from);
  // Of a shared name SES may never accept more than one region's: there a person is asked instead.
  const needsSpf = isSigning(identity) && plan.ses.mailFrom === 'per-region' && spf(plan) === undefined;
  return [
    ...(to.origin === 'EXTERNAL' ? ownKeyWaits(plan) : []),
    ...(from !== undefined && !source ? [`ses ${from}/identity`] : []),
    // The names of the parent are the replica's names, too.
    ...(source ? easyRecords(plan, source).map((record) => record.id) : []),
    ...[...new Set(unsettled)].map((name) => readiness(plan, name)),
    ...(needsSpf ? [`SES to accept ${nameToBe(plan)}`] : []),
  ];
}

/** What is waited for in another region, as an id that no plan holds and that people read. */
function readiness({ state }: RegionPlan, region: string): string {
  const identity = identityOf(state, region);
  if (identity === undefined) return `${region} to be readable`;
  const signed = isSigning(identity) || identity.tags[SWITCHED] !== undefined;
  return `${region} to sign${signed ? ' again' : ''}`;
}

function nameToBe(plan: RegionPlan): string {
  const chosen = chooseName(plan);
  return 'name' in chosen ? chosen.name : `a MAIL FROM of ${plan.region.region}`;
}

/** The regions that are still to be switched, in their order: a parent of others first, or last where it can be none any more. */
function queue(plan: RegionPlan, parent: Parent): string[] {
  const open = plan.ses.regions.filter((name) => {
    const identity = identityOf(plan.state, name);
    const method = wantedMethod(plan, name, parent);
    return identity && method && !signsSo(identity, method, plan.state);
  });
  const rank = (name: string): number => {
    if ('region' in parent && parent.region === name) return 0;
    return identityOf(plan.state, name)?.dkim.origin === 'AWS_SES' ? 2 : 1;
  };
  return open.toSorted((a, b) => rank(a) - rank(b));
}
