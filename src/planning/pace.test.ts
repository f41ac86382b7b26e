import { expect, it } from 'vitest';
import type { Clock } from '../core/ground.ts';
import { openPace } from './pace.ts';

/** A clock whose sleepers wake at once, at the time that they slept until. */
function quickClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    async sleep(ms) {
      now += ms;
    },
  };
}

it('lets a burst go, then one a second, each key for itself', async () => {
  const clock = quickClock();
  const pace = openPace({ burst: 10, perSecond: 1 }, clock);
  for (let n = 0; n < 10; n += 1) await pace.turn('ses us-east-1');
  expect(clock.now()).toBe(0);
  await pace.turn('ses us-east-1');
  await pace.turn('ses us-east-1');
  expect(clock.now()).toBe(2000);
  expect(pace.waitedMs()).toBe(2000);
  const before = clock.now();
  await pace.turn('ses us-west-2');
  expect(clock.now()).toBe(before);
});

it('is emptied by "too many requests", and fills again', async () => {
  const clock = quickClock();
  const pace = openPace({ burst: 10, perSecond: 2 }, clock);
  await pace.turn('k');
  pace.throttled('k');
  await pace.turn('k');
  expect(clock.now()).toBe(500);
});

it('keeps the order of those who wait', async () => {
  const pace = openPace({ burst: 1, perSecond: 1 }, quickClock());
  const order: number[] = [];
  await Promise.all([1, 2, 3].map((n) => pace.turn('k').then(() => order.push(n))));
  expect(order).toEqual([1, 2, 3]);
});
