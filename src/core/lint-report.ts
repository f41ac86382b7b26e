import * as z from 'zod';
import { checkSchema } from './report.ts';

export const LINT_KINDS = ['spf', 'dkim', 'dmarc', 'mta-sts', 'tls-rpt', 'bimi'] as const;
export type LintKind = (typeof LINT_KINDS)[number];

/** What `mailwright lint --json` prints. Published as docs/lint.schema.json. */
export const lintSchema = z.object({
  version: z.literal(1),
  command: z.literal('lint'),
  kind: z.enum(LINT_KINDS),
  record: z.string(),
  valid: z.boolean().describe('Nothing of severity blocker or error: receivers can read it'),
  exit: z.int(),
  findings: z.array(checkSchema).describe('Worst first'),
});

/** A record's faults, worst first. */
export type LintReport = z.output<typeof lintSchema>;
