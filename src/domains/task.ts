import type { DomainSpec } from '../core/domain-spec.ts';
import type { Change } from '../core/resource.ts';
import type { RoundEvent } from '../planning/events.ts';
import type { Course, Unapproved } from '../planning/round.ts';
import type { Verify } from './audit/verify.ts';

/** How far a run goes by itself. */
export interface RunOptions {
  /** Asked for plans that hold something nobody approved; 'conflict': nobody may say yes to this. */
  readonly ask: (open: readonly Unapproved[]) => Promise<'yes' | 'no' | 'conflict'>;
  readonly approvedBy: 'person' | 'flag' | 'plan';
  /** How long to keep looking until SES and DNS agree, in milliseconds; 0: not at all. */
  readonly waitMs: number;
  /** How many domains go first: the others follow when nothing failed there. */
  readonly first?: number | undefined;
  /** Go on with the other domains where one fails or is in conflict. */
  readonly keepGoing?: boolean;
  readonly emit: (event: RoundEvent) => void;
  readonly stop?: AbortSignal;
  /** What a domain that is up is looked at by once more, after its last round. */
  readonly verify?: Verify;
}

/** What a run does to one domain. */
export interface Task {
  readonly spec: DomainSpec;
  readonly look: Course['look'];
  /** Told of changes whose answers were lost: the next look finds out what became of them. */
  readonly lost?: (changes: readonly Change[]) => void;
  /** Called once a round was applied: what it recovered is in the ledger. */
  readonly applied?: () => Promise<void>;
  /** Called when the domain ended well. */
  readonly done?: () => Promise<void>;
  /** What was approved before the run. */
  readonly reviewed?: {
    readonly approved: Course['approved'];
    readonly accounts: Readonly<Record<string, string>>;
    readonly changes: readonly Change[];
  };
}
