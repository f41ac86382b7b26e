import type { Change, Outcome } from '../core/resource.ts';
import type { Plan } from './plan.ts';

/** What a run tells as it happens; every entry point only renders it. */
export type RoundEvent =
  | { readonly kind: 'reading'; readonly systems: readonly string[] }
  | { readonly kind: 'planned'; readonly round: number; readonly plan: Plan }
  | { readonly kind: 'applying'; readonly change: Change; readonly n: number; readonly of: number }
  | { readonly kind: 'settled'; readonly change: Change; readonly outcome: Outcome }
  | { readonly kind: 'waiting'; readonly what: string; readonly until?: string };
