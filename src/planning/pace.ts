import type { Clock, Pace, Rate } from '../core/ground.ts';

interface Bucket {
  readonly rate: Rate;
  tokens: number;
  at: number;
  queue: Promise<void>;
  calls: number;
}

/**
 * A token bucket per key ('ses us-east-1'), first come first served; emptied when the other side says "too many".
 * `usual`: the rate of keys that bring none (SES: one control call per second, account and region).
 */
export function openPace(usual: Rate, clock: Clock): Pace & { waitedMs(): number } {
  const buckets = new Map<string, Bucket>();
  let waited = 0;
  const bucketOf = (key: string, rate: Rate = usual): Bucket => {
    const known = buckets.get(key);
    if (known) return known;
    const bucket = { rate, tokens: rate.burst, at: clock.now(), queue: Promise.resolve(), calls: 0 };
    buckets.set(key, bucket);
    return bucket;
  };
  const refill = (bucket: Bucket) => {
    const now = clock.now();
    const { burst, perSecond } = bucket.rate;
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
  };
  return {
    turn(key, rate) {
      const bucket = bucketOf(key, rate);
      bucket.calls += 1;
      const mine = bucket.queue.then(async () => {
        refill(bucket);
        if (bucket.tokens < 1) {
          const ms = ((1 - bucket.tokens) / bucket.rate.perSecond) * 1000;
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
        .map(([key, { calls, tokens, rate }]) => ({
          key,
          calls,
          ms: Math.round((Math.max(calls - tokens, 0) / rate.perSecond) * 1000),
        })),
    waitedMs: () => waited,
  };
}
