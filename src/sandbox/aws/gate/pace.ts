import { AwsError, tooManyRequests } from './errors.ts';
import type { Call } from './operation.ts';
import type { Dialect } from './replies.ts';

/** How each protocol says that it is asked too often. */
export function throttled(dialect: Dialect): AwsError {
  return dialect === 'json' ? tooManyRequests('Rate exceeded') : new AwsError('Throttling', 400, 'Rate exceeded');
}

/** Control calls share one pace per account and Region, where a test asks for one. @throws AwsError as `throttled` */
export function takeTurn({ aws, place, now }: Call, dialect: Dialect): void {
  const most = aws.switches.controlCallsPerSecond;
  if (most === 0) return;
  place.controlCalls = place.controlCalls.filter((at) => at > now - 1000);
  if (place.controlCalls.length >= most) throw throttled(dialect);
  place.controlCalls.push(now);
}
