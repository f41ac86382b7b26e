import { type Json, Problem } from '../../../core/problem.ts';
import { originOf } from '../state.ts';
import { arnOf, HOME, isMarked } from '../tags.ts';
import { restoring, type Taken, type Taking, taking, UNPROVEN } from './change.ts';

/** An identity, only with our tag on it, and after everything that holds on to it. */
export function revertIdentity(one: Taking): Taken {
  const { data, region, state, spec, home, made, together } = one;
  if (made.verb === 'delete') {
    if (region.identity) return undefined;
    const keyed = data.origin === 'EXTERNAL' ? ', with the key of its file' : '';
    return { left: `${keyed ? '' : 'SES would make new keys: '}\`mailwright up\` brings the domain back${keyed}` };
  }
  if (!region.identity) return undefined;
  const owner = region.identity.tags[HOME];
  if (owner === undefined) return { left: UNPROVEN };
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
      what: `identity ${spec.domain} (${keyAfterwards(one)})`,
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

/** What becomes of its DKIM key. */
function keyAfterwards({ data, region, state }: Taking): string {
  const { origin, tokens } = region.identity?.dkim ?? {};
  if (origin !== 'EXTERNAL') return 'if it comes back, SES makes new keys';
  const { ownKey } = state;
  const inFile = ownKey === undefined ? data.keyFile !== undefined : ownKey.publicKey !== undefined;
  const kept = inFile && (ownKey === undefined || (ownKey.selector === tokens?.[0] && ownKey.published !== 'other'));
  return kept
    ? 'the key file stays: it can come back with the same key'
    : 'it can come back only with a key of somebody’s own, which SES does not give back';
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
