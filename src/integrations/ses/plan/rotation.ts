import { type Check, check } from '../../../core/checks/check.ts';
import { Problem } from '../../../core/problem.ts';
import type { Conflict, Findings } from '../../../core/resource.ts';
import { regionOf } from '../state.ts';
import type { RegionPlan } from './plan.ts';

/**
 * Easy DKIM keys of 1024 bits: a warning, and with `rotateDkim` the longer ones are asked for where the keys are made; replicas follow.
 * Names and records stay: SES publishes the new key behind the same CNAMEs and changes over by itself. It changes the length at most
 * once a day, and is the judge of that: it shows when keys were made, not when their length was last changed.
 */
export function planRotation(plan: RegionPlan): Findings {
  const { identity } = plan.region;
  if (!identity) return {};
  const { origin, keyLength, nextKeyLength } = identity.dkim;
  const wants = plan.spec.consents.rotateDkim === true;
  if (origin === 'EXTERNAL') return wants ? { conflicts: [ownKey(plan)] } : {};
  const checks = lengthCheck(plan);
  const parent = regionOf(origin);
  if (parent !== undefined) {
    return { checks, conflicts: wants ? outOfReach(plan, parent) : [] };
  }
  if (!wants || keyLength !== 'RSA_1024_BIT' || nextKeyLength === 'RSA_2048_BIT') return { checks };
  return {
    checks,
    changes: [
      {
        id: `${plan.id}/dkim-rotate`,
        system: 'ses',
        verb: 'update',
        what: `DKIM keys of ${plan.spec.domain}: 2048 bits next instead of 1024 (no way back for a day)`,
        effect:
          'nothing visible: SES makes the key, publishes it behind the same records and changes over; replicas follow',
        before: { keyLength },
        after: { region: plan.region.region, domain: plan.spec.domain, origin, keyLength: 'RSA_2048_BIT' },
        by: 'us',
        undo: 'keep',
        owns: {},
      },
    ],
  };
}

function lengthCheck(plan: RegionPlan): Check[] {
  const { identity } = plan.region;
  const { keyLength, nextKeyLength, origin } = identity?.dkim ?? {};
  if (keyLength === undefined) return [];
  const short = keyLength === 'RSA_1024_BIT';
  const coming = nextKeyLength === 'RSA_2048_BIT';
  const parent = origin === undefined ? undefined : regionOf(origin);
  // The region where the keys are made says it for all that follow.
  const from = parent === undefined ? undefined : plan.state.regions.get(parent);
  if (
    short &&
    parent !== undefined &&
    plan.ses.regions.includes(parent) &&
    from &&
    !(from instanceof Problem) &&
    from.identity
  )
    return [];
  return [
    check('ses.dkim-key-length', {
      system: 'ses',
      region: plan.region.region,
      name: plan.spec.domain,
      status: !short ? 'ok' : coming ? 'pending' : 'failed',
      expected: '2048 bits',
      seen: [{ by: 'SES', value: `${short ? 1024 : 2048} bits${parent === undefined ? '' : `, as in ${parent}`}` }],
      ...(short && from && !(from instanceof Problem) && !from.identity
        ? {
            fix: `${parent} has no identity of the domain any more: \`mailwright up --migrate-dkim\` gives the region other keys.`,
          }
        : {}),
      ...(short && coming
        ? { next: 'SES has been asked for 2048 bits and changes over by itself; nothing to do' }
        : {}),
    }),
  ];
}

function ownKey(plan: RegionPlan): Conflict {
  return conflict(
    plan,
    'ses.dkim-own-key',
    `SES ${plan.region.region}: the identity signs with a key of its own, which SES can't renew.`,
    'Name a new dkim.selector and a dkim.keyFile that does not exist yet, then run `mailwright up --migrate-dkim`.',
  );
}

/** Keys are renewed where they are made: in a region that the run is asked for and that can be read. */
function outOfReach(plan: RegionPlan, parent: string): Conflict[] {
  const from = `SES ${plan.region.region}: the keys come from ${parent}`;
  const read = plan.state.regions.get(parent);
  // A region that only the ledger names is read, and nothing is planned for it.
  if (!plan.ses.regions.includes(parent)) {
    const fix = `Add ${parent} to the regions (--ses-regions): keys are renewed where they are made.`;
    return [conflict(plan, 'ses.dkim-parent', `${from}, which is not among the regions of this run.`, fix)];
  }
  if (read instanceof Problem) {
    const fix = read.fix ?? 'Run again when it can be read: keys are renewed where they are made.';
    return [conflict(plan, 'ses.dkim-parent', `${from}, which can't be read now (${read.message}).`, fix)];
  }
  if (read?.identity) return [];
  const fix = 'Run `mailwright up --migrate-dkim` for the domain: it gives the region other keys.';
  return [conflict(plan, 'ses.dkim-parent', `${from}, where the domain has no identity any more.`, fix)];
}

function conflict(plan: RegionPlan, code: string, message: string, fix: string): Conflict {
  return { code, system: 'ses', name: plan.spec.domain, message, fix };
}
