import type { Change, Outcome } from '../core/resource.ts';
import type { Plan } from './plan.ts';

/** What a run tells as it happens; every entry point only renders it. `domain` is absent where it concerns several. */
export type RoundEvent =
  | { readonly kind: 'reading'; readonly domains: readonly string[]; readonly systems: readonly string[] }
  | { readonly kind: 'planned'; readonly domain: string; readonly round: number; readonly plan: Plan }
  | {
      readonly kind: 'applying';
      readonly domain: string;
      readonly change: Change;
      readonly n: number;
      readonly of: number;
    }
  | {
      readonly kind: 'settled';
      readonly domain: string;
      readonly change: Change;
      readonly outcome: Outcome;
      readonly n: number;
      readonly of: number;
    }
  /** Nothing to do but wait: for what, when it looks again, and when it gives up (ISO 8601). */
  | {
      readonly kind: 'waiting';
      readonly domain?: string;
      readonly what: string;
      readonly next: string;
      readonly until: string;
    };
