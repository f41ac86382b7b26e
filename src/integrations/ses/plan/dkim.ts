import { check } from '../../../core/checks/check.ts';
import type { Change, DesiredRecord, Findings } from '../../../core/resource.ts';
import { hasDkim, type IdentityState, regionOf } from '../state.ts';
import { switchesOn } from './checks.ts';
import { easyRecords, ownKeyRecord } from './dkim-records.ts';
import { planSwitch } from './dkim-switch.ts';
import { describeMethod, methodOf, signsSo, wantedMethod } from './method.ts';
import { keyConflict, keyFileCheck, lacksKey } from './own-key.ts';
import { identityOf, type Parent } from './parent.ts';
import type { RegionPlan } from './plan.ts';

/**
 * The DKIM of a live identity: what works is kept, whatever the profile would rather have, unless a person says --migrate-dkim.
 * A failed verification starts again with its own keys.
 */
export function planDkim(plan: RegionPlan, parent: Parent): Findings {
  const { identity } = plan.region;
  if (!identity) return {};
  const wanted = wantedMethod(plan, plan.region.region, parent);
  const keeps = wanted === undefined || signsSo(identity, wanted, plan.state);
  const records: DesiredRecord[] = easyRecords(plan, identity);
  // A key of one's own that is not the profile's is published by whoever has it.
  const own =
    identity.dkim.origin === 'EXTERNAL' && wanted?.origin === 'EXTERNAL' && keeps ? ownKeyRecord(plan) : undefined;
  if (own) records.push(own);
  // Where there is no DKIM, nothing that works is changed by beginning with it.
  const migrating = !keeps && (plan.spec.consents.migrateDkim || !hasDkim(identity));
  const changes = [
    ...(identity.dkim.status === 'FAILED' && !migrating ? restart(plan, identity, own) : []),
    ...(switchesOn(identity, plan.home) && !migrating ? [signing(plan, identity)] : []),
  ];
  const taken = migrating && wanted.origin === 'EXTERNAL' ? keyConflict(plan) : undefined;
  const lost = lacksKey(plan.spec, plan.state, identity) ? [keyFileCheck(plan)] : [];
  if (taken) return { records, checks: lost, conflicts: [taken], partial: true };
  if (keeps || lost.length > 0) return { changes, records, checks: lost };
  const method = check('ses.dkim-method', {
    system: 'ses',
    region: plan.region.region,
    name: plan.spec.domain,
    status: 'ok',
    expected: describeMethod(wanted),
    seen: [{ by: 'SES', value: `${describeMethod(methodOf(identity))}, ${migrating ? 'to be changed' : 'kept'}` }],
    ...(migrating ? {} : { next: 'kept as it is: only --migrate-dkim changes it, in safe steps' }),
  });
  if (!migrating) return { changes, records, checks: [method] };
  const switched = planSwitch(plan, identity, wanted, parent);
  return {
    changes: switched.changes ?? [],
    records: [...records, ...(switched.records ?? [])],
    later: switched.later ?? [],
    checks: [method],
  };
}

/** Signing that is off on an identity of ours, or whose DKIM we began or changed: a run that was cut short left it so. */
function signing({ id, spec, region }: RegionPlan, { dkim }: IdentityState): Change {
  const seen = dkim.status === 'SUCCESS' || dkim.status === 'TEMPORARY_FAILURE';
  return {
    id: `${id}/dkim-signing`,
    system: 'ses',
    verb: 'update',
    what: `DKIM of ${spec.domain}: signing is switched on`,
    effect: `mail from ${region.region} is signed by the domain from now`,
    before: { signing: false },
    after: { region: region.region, domain: spec.domain, signing: true },
    by: 'us',
    // Before that SES may refuse, and would sign nothing.
    ...(seen ? {} : { waitsFor: [`SES to see the DKIM records of ${region.region}`] }),
    undo: 'keep',
    owns: {},
  };
}

/** Looks again with the identity's own origin: any other would make new keys. A key that is not ours can't be given again. */
function restart(plan: RegionPlan, identity: IdentityState, own: DesiredRecord | undefined): Change[] {
  const { origin } = identity.dkim;
  if (origin === 'EXTERNAL' && !own) return [];
  const from = regionOf(origin);
  const parentFailed = from !== undefined && identityOf(plan.state, from)?.dkim.status === 'FAILED';
  const records = own ? [own] : easyRecords(plan, identity);
  return [
    {
      id: `${plan.id}/dkim-restart`,
      system: 'ses',
      verb: 'update',
      what: `verification of ${plan.spec.domain} starts again, with the same keys`,
      effect: 'nothing visible: SES looks for the records for another 72 hours',
      before: { status: identity.dkim.status },
      after: {
        region: plan.region.region,
        domain: plan.spec.domain,
        origin,
        ...(own && plan.spec.dkim ? { selector: plan.spec.dkim.selector, keyFile: plan.spec.dkim.keyFile } : {}),
      },
      by: 'us',
      // SES looks at once: a first look that fails fills negative caches.
      waitsFor: [...(parentFailed ? [`ses ${from}/dkim-restart`] : []), ...records.map((record) => record.id)],
      undo: 'keep',
      owns: {},
    },
  ];
}
