import { z } from 'zod';

/** Reasons for which addresses are put on a list and kept from being written to. */
export const suppressedReasons = z
  .array(z.enum(['BOUNCE', 'COMPLAINT']))
  .refine((reasons) => new Set(reasons).size === reasons.length, { error: 'must not hold a reason twice' });

/** Which list counts. */
export const suppressionScope = z.enum(['ACCOUNT', 'TENANT']);
