import { type Json, Problem } from '../../../core/problem.ts';
import { originOf } from '../state.ts';
import { arnOf, HOME, isMarked } from '../tags.ts';
import { restoring, type Taken, type Taking, taking } from './change.ts';

/** An identity, only with our tag on it, and after everything that holds on to it. */
export function revertIdentity(one: Taking): Taken {
  const { data, region, state, spec, home, made, together } = one;
  if (made.verb === 'delete') {
    if (region.identity) return undefined;
    return { left: 'SES would make new keys: `mailwright up` brings the domain back' };
  }
  if (!region.identity) return undefined;
  const owner = region.identity.tags[HOME];
  if (owner === undefined) return { left: 'its tags were removed: nothing in SES proves that it is ours' };
  if (owner !== home) return { left: `kept by another installation (${owner})` };
  const association = `ses ${region.region}/tenant/identity`;
  const arn = arnOf(region.region, state.caller.account, 'identity', spec.domain);
  if (region.tenant?.resources.includes(arn) && !together.has(association)) {
    return { left: `tenant ${spec.ses?.tenant} uses it, and the association is not of our making`, ours: true };
  }
  const replicas = [...state.regions].flatMap(([name, other]) =>
    !(other instanceof Problem) && other.identity?.dkim.origin === originOf(region.region) ? [name] : [],
  );
  const staying = replicas.filter((name) => !together.has(`ses ${name}/identity`));
  if (staying.length > 0) {
    return {
      left: `${staying.join(', ')} sign${staying.length > 1 ? '' : 's'} with its DKIM keys: move them first (--migrate-dkim)`,
      ours: true,
    };
  }
  return {
    change: taking(one, {
      owns: { [made.id]: null, [`ses ${region.region}/identity/configuration-set`]: null },
      what: `identity ${spec.domain} (if it comes back, SES makes new keys)`,
      effect: `SES in ${region.region} no longer sends for the domain`,
      before: { ...data, tags: region.identity.tags } as unknown as Json,
      waitsFor: [
        ...[association, `ses ${region.region}/mail-from`].filter((id) => together.has(id)),
        ...replicas.map((name) => `ses ${name}/identity`),
      ],
      undo: 'keep',
    }),
  };
}

/** Our tags: those that were there before come back. */
export function revertMarks(one: Taking): Taken {
  const { region, home, made } = one;
  const { identity } = region;
  if (!identity) return undefined;
  const before = made.before as { tags?: Record<string, string | null> } | undefined;
  if (!before?.tags) return undefined;
  if (!isMarked(identity, home)) {
    const changed = Object.entries(before.tags).some(([key, value]) => (identity.tags[key] ?? null) !== value);
    return changed ? { left: `its tags are ${JSON.stringify(identity.tags)} by now` } : undefined;
  }
  return {
    change: restoring(one, {
      what: `identity ${one.spec.domain}: no longer marked as ours`,
      effect: 'nothing visible: two tags in SES',
      before: made.after ?? null,
      after: before as unknown as Json,
      marks: true,
    }),
  };
}
