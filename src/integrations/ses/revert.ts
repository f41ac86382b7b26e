import type { DomainSpec } from '../../core/domain-spec.ts';
import { Problem } from '../../core/problem.ts';
import type { Change, Left, Made, Reverted } from '../../core/resource.ts';
import type { ChangeData } from './apply.ts';
import type { Taken, Taking } from './revert/change.ts';
import { revertDkim } from './revert/dkim.ts';
import { revertIdentity, revertMarks } from './revert/identity.ts';
import { revertDefaultSet, revertMailFrom } from './revert/settings.ts';
import { revertAssociation, revertSet, revertTenant } from './revert/tenant.ts';
import type { SesState } from './state.ts';

/** How each kind goes, in the order in which they do: what others hold on to goes first. */
const KINDS: Readonly<Record<string, (taking: Taking) => Taken>> = {
  'tenant/identity': revertAssociation,
  'tenant/configuration-set': revertAssociation,
  'mail-from': revertMailFrom,
  identity: revertIdentity,
  'identity/configuration-set': revertDefaultSet,
  dkim: revertDkim,
  'identity/marks': revertMarks,
  tenant: revertTenant,
  'configuration-set': revertSet,
};

/** Settings of an identity: no more to be done about them where it goes. */
const IN_IDENTITY: readonly string[] = ['identity/configuration-set', 'dkim', 'identity/marks'];

/**
 * Takes back what was made in SES, compared with what each region shows now. Only what still is as it was made, and proves to be ours,
 * goes; the rest is left and named. Pure.
 */
export function revertSes(made: readonly Made[], state: SesState, spec: DomainSpec, home: string): Reverted {
  const changes: Change[] = [];
  const left: Left[] = [];
  const kinds = Object.keys(KINDS);
  const ordered = made
    .filter((one) => one.system === 'ses')
    .map((one) => ({ one, kind: one.id.slice(one.id.indexOf('/') + 1), region: regionIn(one) }))
    .toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || rank(a, b, state));
  const identities = new Set(
    ordered.filter(({ one, kind }) => kind === 'identity' && one.verb === 'create').map(({ region }) => region),
  );
  for (const { one, kind, region: name } of ordered) {
    const take = KINDS[kind];
    // Restarts, rotations and tokens left nothing behind that could be taken away.
    if (!take) {
      if (kind === 'dkim-key')
        left.push({ id: one.id, what: one.what, why: 'SES may sign with it, and nobody could make it again' });
      continue;
    }
    const region = state.regions.get(name);
    if (!region || region instanceof Problem) {
      const why = region?.message ?? `${name} was not read: name it in the regions`;
      left.push({ id: one.id, what: one.what, why });
      continue;
    }
    // What belongs to an identity goes with it.
    if (
      IN_IDENTITY.includes(kind) &&
      changes.some(({ id, verb }) => id === `ses ${name}/identity` && verb === 'delete')
    )
      continue;
    const data = (one.verb === 'delete' ? one.before : one.after) as unknown as ChangeData;
    const together = new Set(changes.map((change) => change.id));
    const identityMade = identities.has(name);
    const taken = take({ made: one, data, region, state, spec, home, together, identityMade });
    if (taken && 'change' in taken) changes.push(taken.change);
    else if (taken)
      left.push({ id: one.id, what: one.what, why: taken.left, ...(taken.ours ? { ours: true as const } : {}) });
  }
  return { changes, left };
}

function regionIn({ id }: Made): string {
  return id.slice('ses '.length, id.indexOf('/'));
}

/** Replicas go before the region that they take their keys from. */
function rank(a: { region: string }, b: { region: string }, state: SesState): number {
  const isReplica = (name: string) => {
    const region = state.regions.get(name);
    const origin = region instanceof Problem ? undefined : region?.identity?.dkim.origin;
    return origin?.startsWith('AWS_SES_') ? 0 : 1;
  };
  return isReplica(a.region) - isReplica(b.region);
}
