import { z } from 'zod';

const milliseconds = z.number().int().min(1).max(3_600_000);

/** What a test may change about this AWS while it runs: where reality is not settled, or where it would take too long. */
export const switchesSchema = z.strictObject({
  verification: z
    .strictObject({
      /** First attempt this long after create, real time. */
      firstMs: milliseconds.default(300),
      /** The second attempt this long after the first; each gap is half as long again as the one before, up to `maxMs`. */
      everyMs: milliseconds.default(500),
      maxMs: milliseconds.default(2000),
      /** Gap between looks at what is verified already. */
      recheckMs: milliseconds.default(5000),
      /** Whether SES's resolver remembers misses for the SOA minimum; otherwise it forgets a name before each attempt. */
      honourNegativeCache: z.boolean().default(false),
    })
    .prefault({}),
  /** Whether MAIL FROM verifies with another Region's feedback host: AWS's own pages disagree. */
  sharedMailFrom: z.boolean().default(false),
  /** What associating twice does: measured 200, the service model says AlreadyExistsException. */
  duplicateAssociation: z.enum(['accepted', 'refused']).default('accepted'),
  /** Whether the pricing plan refuses tenants. */
  tenantsNeedPlan: z.boolean().default(false),
  /** Whether deleting what does not carry Mailwright's tag is no forbidden call. */
  allowForeignDeletes: z.boolean().default(false),
  /** Whether the account-wide calls that are played (sending, suppression) are no forbidden calls. */
  allowAccountChanges: z.boolean().default(false),
  /** Whether an event destination that does not say so is enabled: not documented. */
  destinationsStartEnabled: z.boolean().default(false),
  /** ARNs of SNS topics that SES may not publish to: no new destination takes them, and events to them are lost in silence. */
  unreachableTopics: z.array(z.string()).default([]),
  /** When a replica whose caller may not replicate the parent's key is refused: documented is a REPLICATION_ACCESS_DENIED later. */
  replicationDenied: z.enum(['later', 'at-call']).default('later'),
  /** How long after a change of the key length the new key signs, sandbox time: AWS says no number. */
  keyRotationHours: z.number().min(0).max(1000).default(24),
  /** Control calls per second, account and Region; 0 is no limit. */
  controlCallsPerSecond: z.number().int().min(0).max(1000).default(0),
  /** Which clock a signature must agree with. 'either' lets clients with the machine's clock through after a jump of the sandbox's. */
  signatureClock: z.enum(['either', 'sandbox']).default('either'),
});

/** All switches with their values. */
export type Switches = z.output<typeof switchesSchema>;

/** Changes some switches and leaves the others. @throws RangeError naming what it does not know */
export function turnSwitches(current: Switches, changes: unknown): Switches {
  const given = z.looseObject({ verification: z.looseObject({}).optional() }).safeParse(changes ?? {});
  if (!given.success) throw new RangeError(z.prettifyError(given.error));
  const merged = switchesSchema.safeParse({
    ...current,
    ...given.data,
    verification: { ...current.verification, ...given.data.verification },
  });
  if (!merged.success) throw new RangeError(z.prettifyError(merged.error));
  return merged.data;
}
