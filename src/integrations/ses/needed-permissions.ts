import { type PolicyPart, SES_CALLS } from './calls.ts';

/** What a set-up is made of, as far as permissions depend on it. */
export interface SetUp {
  /** Empty: nobody named one, so it is asked about all (`identity/*`). */
  readonly domains: readonly string[];
  readonly tenants: readonly string[];
  readonly configurationSets: readonly string[];
  readonly regions: readonly string[];
  /** Whether the older TXT tokens are wanted. */
  readonly txt: boolean;
}

/** One action on one resource that a run over the set-up asks of IAM. */
export interface NeededPermission {
  /** 'ses:CreateEmailIdentity' */
  readonly action: string;
  /** An ARN, or '*' for actions that know no resources. */
  readonly resource: string;
  /** The name in it; absent for '*'. */
  readonly name?: string;
  readonly part: PolicyPart;
}

/** Commands that need a part of the permissions. */
export const NEEDED_BY: Readonly<Record<PolicyPart, string>> = {
  read: 'plan, check and all others',
  provision: 'up, adopt and rotate',
  remove: 'undo and --prune',
  send: '--send-test',
};

/**
 * What the calls of the table ask of IAM in one region, each action and resource once. Calls about what the set-up has none of (tenants,
 * configuration sets, the older tokens, replicas of keys) are left out. `arn`: makes the ARN of 'identity/example.com'.
 */
export function neededPermissions(setUp: SetUp, arn: (path: string) => string): readonly NeededPermission[] {
  const names: Readonly<Record<string, readonly string[]>> = {
    '*': ['*'],
    identity: setUp.domains.length > 0 ? setUp.domains : ['*'],
    'configuration-set': setUp.configurationSets,
    tenant: setUp.tenants,
  };
  const needed = Object.entries(SES_CALLS).flatMap(([call, { part, resources, ...more }]) => {
    if ('api' in more && !setUp.txt) return [];
    // A message needs a configuration set only where there is one; every other call is about all that it names.
    if (call !== 'SendEmail' && resources.some((kind) => names[kind]?.length === 0)) return [];
    const also = ('also' in more ? more.also : []).filter(
      ({ action }) => !action.includes('Replicate') || setUp.regions.length > 1,
    );
    return [{ action: `ses:${call}`, resources: resources as readonly string[] }, ...also].flatMap((one) =>
      one.resources.flatMap((kind) =>
        (names[kind] ?? []).map((name): NeededPermission => {
          if (kind === '*') return { action: one.action, resource: '*', part };
          // A tenant's ARN ends in an id that SES makes.
          return { action: one.action, resource: arn(`${kind}/${name}${kind === 'tenant' ? '/*' : ''}`), name, part };
        }),
      ),
    );
  });
  return [...new Map(needed.map((one) => [`${one.action} ${one.resource}`, one])).values()];
}
