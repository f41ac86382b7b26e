import type { Clock, Pace } from '../core/ground.ts';

/** Control calls per key ('ses us-east-1'): a burst, then so many a second (SES: one per second, account and region). */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** A token bucket per key, first come first served; emptied when the other side says "too many". */
export function openPace(rate: Rate, clock: Clock): Pace & { waitedMs(): number } {
  const buckets = new Map<string, { tokens: number; at: number; queue: Promise<void>; calls: number }>();
  let waited = 0;
  const bucketOf = (key: string) => {
    const known = buckets.get(key);
    if (known) return known;
    const bucket = { tokens: rate.burst, at: clock.now(), queue: Promise.resolve(), calls: 0 };
    buckets.set(key, bucket);
    return bucket;
  };
  const refill = (bucket: { tokens: number; at: number }) => {
    const now = clock.now();
    bucket.tokens = Math.min(rate.burst, bucket.tokens + ((now - bucket.at) / 1000) * rate.perSecond);
    bucket.at = now;
  };
  return {
    turn(key) {
      const bucket = bucketOf(key);
      bucket.calls += 1;
      const mine = bucket.queue.then(async () => {
        refill(bucket);
        if (bucket.tokens < 1) {
          const ms = ((1 - bucket.tokens) / rate.perSecond) * 1000;
          waited += ms;
          await clock.sleep(ms);
          refill(bucket);
        }
        bucket.tokens -= 1;
        bucket.calls -= 1;
      });
      bucket.queue = mine;
      return mine;
    },
    throttled(key) {
      const bucket = bucketOf(key);
      refill(bucket);
      bucket.tokens = Math.min(bucket.tokens, 0);
    },
    backlog: () =>
      [...buckets]
        .filter(([, bucket]) => bucket.calls > 0)
        .map(([key, { calls, tokens }]) => ({
          key,
          calls,
          ms: Math.round((Math.max(calls - tokens, 0) / rate.perSecond) * 1000),
        })),
    waitedMs: () => waited,
  };
}
