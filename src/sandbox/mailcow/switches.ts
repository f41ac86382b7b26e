import { z } from 'zod';

/** What a test may change about this Mailcow while it runs: settings of an administrator, and where versions differ or reality is not settled. */
export const switchesSchema = z.strictObject({
  /** What get/status/version says. */
  version: z.string().default('2026-08'),
  /** The password policy; chars, special_chars, lowerupper and numbers are 0 or 1. */
  passwordPolicy: z
    .strictObject({
      length: z.int().min(1).default(6),
      chars: z.int().min(0).max(1).default(0),
      special_chars: z.int().min(0).max(1).default(0),
      lowerupper: z.int().min(0).max(1).default(0),
      numbers: z.int().min(0).max(1).default(0),
    })
    .prefault({}),
  /** Failed logins within `withinSeconds` that ban an address for `seconds` of sandbox time; 0 attempts never do. */
  ban: z
    .strictObject({
      attempts: z.int().min(0).default(10),
      withinSeconds: z.int().min(1).default(600),
      seconds: z.int().min(1).default(1800),
    })
    .prefault({}),
  /** Flags come as numbers, as today, or as texts, as in older versions. */
  flagsAs: z.enum(['numbers', 'texts']).default('numbers'),
  /** Whether a reply's log shows passwords of relayhosts and app passwords, as older versions do. */
  echoesPasswords: z.boolean().default(false),
  /** The DKIM text comes in quoted pieces of 255 characters. */
  splitDkim: z.boolean().default(false),
  /** An add without a key is answered with `access_denied`, or with 403 as edits are. */
  addWithoutKey: z.enum(['answered', 'forbidden']).default('answered'),
  /** SOGo's container does not come back when it is restarted. */
  sogoRestartFails: z.boolean().default(false),
  /** Containers that get/status/containers shows as exited. */
  stopped: z.array(z.string()).default([]),
  /** Mail that fails DMARC under `p=reject` is refused. */
  enforcesDmarc: z.boolean().default(false),
  /** Submission refuses a sender that is neither the mailbox nor one of its aliases. */
  checksSender: z.boolean().default(true),
});

/** All switches with their values. */
export type Switches = z.output<typeof switchesSchema>;

/** Changes some switches and leaves the others. @throws ZodError naming what it does not know */
export function turnSwitches(current: Switches, changes: unknown): Switches {
  return switchesSchema.parse({ ...current, ...z.looseObject({}).parse(changes ?? {}) });
}
