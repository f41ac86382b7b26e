import { type Entry, Report } from '../api/entry.ts';
import { type Attributes, intOf, isEmpty, textOf } from '../api/loose.ts';
import type { Installation } from '../installation.ts';
import type { RateLimit } from '../state.ts';

/** Sets or, without a value, takes away the limit of a domain's or mailbox's outgoing mail. */
export function setRateLimit(
  cow: Installation,
  kind: 'domain' | 'mailbox',
  of: { rateLimit?: RateLimit },
  asked: Attributes & { readonly object: string },
): readonly Entry[] {
  const report = new Report(['ratelimit', 'edit', kind, asked]);
  const frame = textOf(asked.rl_frame);
  if (!['s', 'm', 'h', 'd'].includes(frame)) return report.danger('rl_timeframe').entries;
  if (isEmpty(asked.rl_value)) delete of.rateLimit;
  else of.rateLimit = { value: String(intOf(asked.rl_value)), frame };
  cow.touch();
  return report.success(['rl_saved', asked.object]).entries;
}
