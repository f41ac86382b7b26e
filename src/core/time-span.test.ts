import { expect, it } from 'vitest';
import { timeSpan } from './time-span.ts';

it('is told in the largest unit that fits', () => {
  expect([59_000, 60_000, 5_400_000, 86_400_000, 200_000_000].map(timeSpan)).toEqual([
    'less than a minute',
    '1 minute',
    '1 hour',
    '1 day',
    '2 days',
  ]);
});
