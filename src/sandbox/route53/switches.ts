import { z } from 'zod';

const milliseconds = z.number().min(0).max(3_600_000);

/** What a test may change about this Route 53 while it runs. */
export const switchesSchema = z.strictObject({
  /** Real time from a change to its being served and INSYNC. */
  insyncMs: milliseconds.default(300),
  /** Real time after a change in which the next change of the zone gets PriorRequestNotComplete. */
  priorRequestMs: milliseconds.default(0),
  /** Calls per second and account before Throttling, real time; 0 is no limit. */
  callsPerSecond: z.int().min(0).max(1000).default(0),
  /** InvalidChangeBatch also has its messages as a list, which the service model knows and recorded answers lack. */
  listedMessages: z.boolean().default(false),
});

/** All switches with their values. */
export type Switches = z.output<typeof switchesSchema>;

/** Changes some switches and leaves the others. @throws ZodError naming what it does not know */
export function turnSwitches(current: Switches, changes: unknown): Switches {
  return switchesSchema.parse({ ...current, ...z.looseObject({}).parse(changes ?? {}) });
}
