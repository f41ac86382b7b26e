import { z } from 'zod';

/** What a test may change about this Porkbun while it runs: where versions of the API differ or reality is not settled. Strict is the default. */
export const switchesSchema = z.strictObject({
  /** Calls that one key may make within a second of real time before it gets a 503 page; 0 is no limit. */
  callsPerSecond: z.int().min(0).max(1000).default(2),
  /** As what type create answers the id: text by the specification, a number in older replies. */
  createdId: z.enum(['text', 'number']).default('text'),
  /** The least TTL of the account, in seconds. */
  minTtl: z.int().min(1).max(86_400).default(600),
  /** What becomes of a lower one. */
  shortTtl: z.enum(['raised', 'rejected']).default('raised'),
  /** How a domain that is not opted in is refused: by its sentence alone, or with a code and in upper case. */
  optIn: z.enum(['sentence', 'code']).default('sentence'),
  /** Errors come with HTTP 200 and without a code, as older versions answered. */
  oldErrors: z.boolean().default(false),
  /** What ping answers to wrong keys: an error, or success with `credentialsValid: false`. */
  ping: z.enum(['refuses', 'tells']).default('refuses'),
  /** How listAll shows whether a domain is opted in; older versions did not. */
  apiAccessAs: z.enum(['text', 'number', 'boolean', 'absent']).default('text'),
  /** getNs answers names with a trailing dot, as for some top-level domains. */
  nsTrailingDot: z.boolean().default(false),
  /** Whether Idempotency-Key is heeded; older versions ignore it. */
  idempotency: z.boolean().default(true),
  /** Whether the name servers answer for a domain that is delegated elsewhere. */
  servesUndelegated: z.boolean().default(false),
});

/** All switches with their values. */
export type Switches = z.output<typeof switchesSchema>;

/** Changes some switches and leaves the others. @throws ZodError naming what it does not know */
export function turnSwitches(current: Switches, changes: unknown): Switches {
  return switchesSchema.parse({ ...current, ...z.looseObject({}).parse(changes ?? {}) });
}
