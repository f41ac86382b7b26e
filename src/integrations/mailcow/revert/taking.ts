import type { DomainSpec } from '../../../core/domain-spec.ts';
import type { Json } from '../../../core/problem.ts';
import type { Change, Made } from '../../../core/resource.ts';
import { type Kind, kindOf } from '../names.ts';
import type { MailcowState } from '../state.ts';

/** What taking one thing back needs to know. */
export interface Taking {
  readonly made: Made;
  readonly domain: string;
  /** The hosts by which the domain's mail comes here. */
  readonly receivesAt: readonly string[];
  /** What becomes of mailboxes. */
  readonly fate: DomainSpec['consents']['mailboxes'];
  readonly data: Json;
  readonly state: MailcowState;
  readonly home: string;
  /** Ids of everything that goes with it. */
  readonly together: ReadonlySet<string>;
}

export type Taken = { readonly change: Change } | { readonly left: string; readonly ours?: true } | undefined;

/** What takes part in receiving mail. */
const RECEIVING: ReadonlySet<Kind | undefined> = new Set(['domain', 'mailbox', 'alias', 'forwarding']);

/** What every change of a thing has. */
export function base({ made }: Taking) {
  return { id: made.id, system: made.id.slice(0, made.id.indexOf('/')), by: 'us' as const };
}

/** The change that takes a thing away: its ledger entry goes with it. Keys and the way out are no part of receiving. */
export function removing(
  taking: Taking,
  more: Pick<Change, 'what' | 'effect'> & Partial<Pick<Change, 'waitsFor' | 'undo' | 'sendsBy'>>,
): Change {
  return {
    ...(RECEIVING.has(kindOf(taking.made.id)) ? { receivesAt: taking.receivesAt } : {}),
    ...base(taking),
    verb: 'delete',
    before: taking.data,
    owns: { [taking.made.id]: null },
    undo: 'inverse',
    ...more,
  };
}

/** The change that makes again what a run took away. */
export function making(
  taking: Taking,
  more: Pick<Change, 'what' | 'effect'> & Partial<Pick<Change, 'waitsFor' | 'sendsBy'>>,
): Change {
  return { ...base(taking), verb: 'create', after: taking.data, undo: 'inverse', ...more };
}
