import type { DomainSpec } from '../../../core/domain-spec.ts';
import { Problem } from '../../../core/problem.ts';
import type { Conflict } from '../../../core/resource.ts';
import { hasDkim, type IdentityState, regionOf, type SesState } from '../state.ts';

/** Where new identities take their DKIM keys from; `undefined` region: each makes its own; unknown: none may be made now. */
export type Parent =
  | { readonly region: string | undefined }
  | { readonly conflict: Conflict }
  | { readonly unknown: true };

interface Known {
  readonly name: string;
  readonly identity: IdentityState;
}

/**
 * The parent region for replicas: what live replicas name, else the region whose identity has Easy DKIM keys of its own
 * (a verified one first), else the first region. It follows what is live, never the order of a list.
 * With --migrate-dkim it may move: away from a region that the profile no longer names, or from one that can't be replicated.
 */
export function chooseParent(spec: DomainSpec, state: SesState): Parent {
  const regions = spec.ses?.regions ?? [];
  if (spec.ses?.dkim !== 'replicated') return { region: undefined };
  const known = regions.flatMap((name): Known[] => {
    const identity = identityOf(state, name);
    return identity && hasDkim(identity) ? [{ name, identity }] : [];
  });
  const keyless = regions.filter((name) => !known.some((one) => one.name === name));
  const missing = keyless.filter((name) => identityOf(state, name) === undefined);
  const own = known.filter(({ identity }) => identity.dkim.origin === 'AWS_SES');
  const named = known.flatMap(({ identity }) => regionOf(identity.dkim.origin) ?? [])[0];
  const unread = regions.some((name) => state.regions.get(name) instanceof Problem);
  const best =
    own.find((one) => one.name === named) ?? own.find(({ identity }) => identity.dkim.status === 'SUCCESS') ?? own[0];
  if (spec.consents.migrateDkim) {
    if (best) return { region: best.name };
    // A region that can't be read may hold the parent: a second set of keys, once made, would stay.
    return unread ? { unknown: true } : { region: keyless[0] ?? regions[0] };
  }
  if (named !== undefined) {
    const parent = identityOf(state, named);
    const wrong = parent !== undefined && parent.dkim.origin !== 'AWS_SES';
    return wrong && missing.length > 0 ? { conflict: noParent(named, parent, missing) } : { region: named };
  }
  if (best) return { region: best.name };
  if (unread) return { unknown: true };
  const [external] = known;
  if (external && missing.length > 0) return { conflict: noParent(external.name, external.identity, missing) };
  return { region: keyless[0] ?? regions[0] };
}

/** The identity of a region that could be read. */
export function identityOf(state: SesState, region: string): IdentityState | undefined {
  const known = state.regions.get(region);
  return known instanceof Problem ? undefined : known?.identity;
}

/** Regions of the profile that take their DKIM keys from this one. */
export function replicasOf(spec: DomainSpec, state: SesState, parent: string): string[] {
  return (spec.ses?.regions ?? []).filter((name) => {
    const identity = identityOf(state, name);
    return identity !== undefined && regionOf(identity.dkim.origin) === parent;
  });
}

function noParent(region: string, identity: IdentityState, missing: readonly string[]): Conflict {
  const reason =
    identity.dkim.origin === 'EXTERNAL'
      ? 'signs with a key of its own (BYODKIM), which'
      : `is itself a replica of ${regionOf(identity.dkim.origin)}, which`;
  return {
    code: 'ses.dkim-parent',
    system: 'ses',
    message: `SES ${region}: the identity ${reason} can't be replicated to ${missing.join(', ')}.`,
    fix: 'Set ses.dkim: per-region, so that the other regions get Easy DKIM keys of their own beside it; or let --migrate-dkim change the method of what is live, in safe steps.',
  };
}
