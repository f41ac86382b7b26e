import type { DomainSpec } from '../../../core/domain-spec.ts';
import type { Json } from '../../../core/problem.ts';
import type { Change, Made } from '../../../core/resource.ts';
import type { ChangeData } from '../apply.ts';
import type { RegionState, SesState } from '../state.ts';
import { HOME } from '../tags.ts';

/** What taking one thing back needs to know. */
export interface Taking {
  readonly made: Made;
  /** What was made, as data. */
  readonly data: ChangeData;
  readonly region: RegionState;
  readonly state: SesState;
  readonly spec: DomainSpec;
  readonly home: string;
  /** Ids of everything that is taken back with it, as far as it is there to be taken. */
  readonly together: ReadonlySet<string>;
  /** The identity itself is among what was made: then it has our tags, or it is not the one that we made. */
  readonly identityMade: boolean;
}

/**
 * Why what was set on the identity is not for us to take back; undefined where it is. A setting on somebody's identity proves itself by
 * being as we made it, but an identity with another installation's tag is theirs by now, and one of ours has our tag.
 */
export function whoseElse({ region, home, identityMade }: Taking): string | undefined {
  if (!region.identity) return undefined;
  const owner = region.identity.tags[HOME];
  if (owner === undefined) return identityMade ? UNPROVEN : undefined;
  return owner === home ? undefined : `kept by another installation (${owner})`;
}

/** Nothing but our tag tells an identity of ours from one that somebody made since. */
export const UNPROVEN = 'it has no tag of ours: nothing in SES proves that it is ours';

/** One thing: a change, or why it is left (`ours`: only because something uses it); neither where nothing is left to do. */
export type Taken = { readonly change: Change } | { readonly left: string; readonly ours?: true } | undefined;

/** The change that takes a thing away: its ledger entry goes with it. */
export function taking(
  { made, data }: Taking,
  more: Pick<Change, 'what' | 'effect'> & {
    before?: Json;
    waitsFor?: readonly string[];
    undo?: Change['undo'];
    endsSending?: true;
    owns?: NonNullable<Change['owns']>;
  },
): Change {
  const { waitsFor = [], undo = 'inverse', ...rest } = more;
  return {
    id: made.id,
    system: 'ses',
    verb: 'delete',
    before: data as unknown as Json,
    owns: { [made.id]: null },
    ...rest,
    by: 'us',
    ...(waitsFor.length > 0 ? { waitsFor } : {}),
    undo,
  };
}

/** The change that puts a former value back, which was not ours. */
export function restoring(
  { made }: Taking,
  more: Pick<Change, 'what' | 'effect'> & {
    before: Json;
    after: Json;
    marks?: true;
    ask?: string;
    waitsFor?: readonly string[];
  },
): Change {
  return { id: made.id, system: 'ses', verb: 'update', ...more, by: 'us', undo: 'inverse', owns: { [made.id]: null } };
}

/** The change that makes again what a run took away. */
export function making({ made, data }: Taking, more: Pick<Change, 'what' | 'effect'>): Change {
  return {
    id: made.id,
    system: 'ses',
    verb: 'create',
    ...more,
    after: data as unknown as Json,
    by: 'us',
    undo: 'inverse',
  };
}
