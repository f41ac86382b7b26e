import type { Severity } from '../check.ts';

/** What the table has of a check: how bad it is when it fails, what is asked, why it matters, the general way out, and where the rule comes from. */
export interface CheckEntry {
  readonly severity: Severity;
  readonly title: string;
  readonly why: string;
  readonly fix: string;
  readonly source: string;
}
