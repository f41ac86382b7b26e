import * as z from 'zod';
import { parseFingerprint } from './pinned.ts';

export const name = 'mailcow';
export const title = 'Mailcow';
export const credentials =
  'the API key for read-write access (System, Configuration, Access, API), allowed from this machine’s address';

/** Settings, their environment names, and whether they are secret. */
export const settings = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .meta({ env: 'MAILCOW_URL', title: 'Mailcow address, where it is not https:// and the mail host' })
    .optional(),
  // Mailcow itself drops other characters before it compares.
  apiKey: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, 'must be letters, digits and hyphens')
    .meta({ env: 'MAILCOW_API_KEY', secret: true, title: 'Mailcow API key for read-write access' }),
  fingerprint: z
    .string()
    .refine((text) => parseFingerprint(text) !== undefined, 'must be a SHA-256 fingerprint, as openssl prints it')
    .meta({ env: 'MAILCOW_FINGERPRINT', title: 'SHA-256 fingerprint of Mailcow’s certificate, where nobody signed it' })
    .optional(),
});

export type MailcowSettings = z.output<typeof settings>;
