import { buildDkim, dkimName } from '../../../core/records/dkim.ts';
import type { Announced, DesiredRecord } from '../../../core/resource.ts';
import type { IdentityState } from '../state.ts';
import type { RegionPlan } from './plan.ts';

/** The three CNAMEs of an Easy DKIM identity; a replica's are its parent's. A key of one's own has none. */
export function easyRecords(plan: RegionPlan, identity: IdentityState): DesiredRecord[] {
  const { dkim } = identity;
  if (dkim.origin === 'EXTERNAL') return [];
  return dkim.tokens.map((token): DesiredRecord => {
    const name = dkimName(token, plan.spec.domain);
    return {
      id: `dns ${name} CNAME`,
      record: { name, type: 'CNAME', value: `${token}.${dkim.hostedZone}`, ttl: plan.spec.ttl },
      firmness: 'exact',
      system: plan.id,
      purpose: `DKIM key of ${plan.region.region}`,
      effect: 'SES verifies the domain by it and begins to sign',
      check: 'dkim.cname',
    };
  });
}

/** The one TXT of a key of one's own, as it is published already or as we would write it; undefined while there is no key. */
export function ownKeyRecord({ spec, state }: Pick<RegionPlan, 'spec' | 'state'>): DesiredRecord | undefined {
  const { ownKey } = state;
  if (ownKey?.publicKey === undefined) return undefined;
  const name = dkimName(ownKey.selector, spec.domain);
  return {
    id: `dns ${name} TXT`,
    record: { name, type: 'TXT', value: ownKey.record ?? buildDkim(ownKey.publicKey), ttl: spec.ttl },
    firmness: 'single',
    system: 'ses',
    purpose: 'DKIM key of all regions',
    effect: 'SES verifies the domain by it and begins to sign',
    check: 'dkim.key',
  };
}

/** Easy DKIM keys have no names before SES has made them. */
export function announceKeys({ spec }: Pick<RegionPlan, 'spec'>): Announced {
  return {
    verb: 'create',
    what: 'named once SES has made its keys',
    type: 'CNAME',
    under: `_domainkey.${spec.domain}`,
    count: 3,
  };
}
