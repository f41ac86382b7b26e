import { tooManyRequests } from '../gate/errors.ts';
import type { Place } from '../state.ts';

const DAY_MS = 24 * 3_600_000;

/** Recipients accepted within the last 24 hours. */
export function sentLastDay(place: Place, now: number): number {
  place.sent = place.sent.filter(({ at }) => at > now - DAY_MS);
  return place.sent.reduce((sum, { recipients }) => sum + recipients, 0);
}

/**
 * Counts a send against the account's quotas, which count recipients. A message to several is one burst, which SES tolerates.
 * @throws AwsError TooManyRequestsException
 */
export function takeQuota(place: Place, recipients: number, now: number): void {
  const { max24HourSend, maxSendRate } = place.account;
  if (max24HourSend >= 0 && sentLastDay(place, now) + recipients > max24HourSend)
    throw tooManyRequests('Daily message quota exceeded.');
  const lastSecond = place.sent.filter(({ at }) => at > now - 1000).reduce((sum, sent) => sum + sent.recipients, 0);
  if (lastSecond >= maxSendRate) throw tooManyRequests('Maximum sending rate exceeded.');
  place.sent.push({ at: now, recipients });
}
