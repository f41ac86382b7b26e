import { escapeControls } from '../records/txt.ts';
import { CHECKS } from './table.ts';

export type CheckId = keyof typeof CHECKS;

/**
 * blocker: mail is or will be refused · error: invalid, or ignored by receivers · warning: works today, a risk ·
 * advice: better practice · info: good to know.
 */
export type Severity = (typeof SEVERITIES)[number];
/** The worst first. */
export const SEVERITIES = ['blocker', 'error', 'warning', 'advice', 'info'] as const;

/** ok · pending: on its way, or a person's turn: `next` says which · failed: somebody must act · unknown: could not be looked at, says nothing. */
export type CheckStatus = 'ok' | 'pending' | 'failed' | 'unknown';

/** Who said what, when. */
export interface Evidence {
  readonly by: string;
  readonly value: string;
  /** ISO 8601, where the time matters. */
  readonly at?: string;
}

/** What is true now about one thing, with the evidence. */
export interface Check {
  readonly id: CheckId;
  readonly severity: Severity;
  readonly status: CheckStatus;
  /** 'ses', 'dns', 'cloudflare' … */
  readonly system: string;
  readonly region?: string;
  /** The DNS name or resource in question. */
  readonly name?: string;
  readonly expected: string;
  readonly seen: readonly Evidence[];
  readonly why: string;
  readonly fix?: string;
  /** What happens next and when, for what is pending. */
  readonly next?: string;
}

/** A check of the table's id with its severity and reason; the caller adds what it saw, of which only what can be seen is shown. */
export function check(
  id: CheckId,
  found: Omit<Check, 'id' | 'severity' | 'why' | 'fix'> & {
    readonly severity?: Severity;
    readonly fix?: string | undefined;
  },
): Check {
  const { severity, fix, ...rest } = found;
  const { name, seen } = rest;
  const entry = CHECKS[id];
  return {
    id,
    severity: severity ?? entry.severity,
    ...rest,
    ...(name === undefined ? {} : { name: escapeControls(name) }),
    seen: seen.map((one) => ({ ...one, value: escapeControls(one.value) })),
    why: entry.why,
    ...(rest.status === 'failed' ? { fix: escapeControls(fix ?? entry.fix) } : {}),
  };
}

/** A report's overall state: failed only by what matters, pending before ok, unknown between them. */
export function worstStatus(checks: readonly Check[]): CheckStatus {
  const matters = checks.filter((one) => one.severity === 'blocker' || one.severity === 'error');
  if (matters.some((one) => one.status === 'failed')) return 'failed';
  if (matters.some((one) => one.status === 'unknown')) return 'unknown';
  if (matters.some((one) => one.status === 'pending')) return 'pending';
  return 'ok';
}
