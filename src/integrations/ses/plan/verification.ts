import { toBytes } from '../../../core/records/txt.ts';
import type { Findings } from '../../../core/resource.ts';
import type { RegionPlan } from './plan.ts';

/**
 * The older proof of a domain, where the profile asks for it: each region's token is a value of the one TXT set at _amazonses, beside
 * whatever other accounts have there. SES needs it for nothing while DKIM verifies (developer guide, "Verifying a domain identity").
 */
export function planVerification(plan: RegionPlan): Findings {
  const { ses, spec, region, id } = plan;
  if (ses.verification !== 'dkim+txt') return {};
  const name = `_amazonses.${spec.domain}`;
  const token = region.verificationToken;
  if (token === undefined) {
    return {
      changes: [
        {
          id: `${id}/verification-token`,
          system: 'ses',
          verb: 'create',
          what: `verification token of ${spec.domain}`,
          effect: 'nothing visible',
          after: { region: region.region, domain: spec.domain },
          by: 'us',
          ...(region.identity ? {} : { waitsFor: [`${id}/identity`] }),
          undo: 'keep',
          owns: {},
        },
      ],
      later: [
        {
          verb: 'create',
          what: 'named once SES has made its token',
          type: 'TXT',
          under: `_amazonses.${spec.domain}`,
          count: 1,
        },
      ],
    };
  }
  return {
    records: [
      {
        id: `dns ${name} TXT ${token}`,
        record: { name, type: 'TXT', value: toBytes(token), ttl: spec.ttl },
        firmness: 'exact',
        system: id,
        purpose: `verification token of ${region.region}`,
        effect: 'nothing visible: a second proof for SES that the domain is yours',
        check: 'verification.txt',
      },
    ],
  };
}
