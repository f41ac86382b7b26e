import { expect, it } from 'vitest';
import { valuesAt } from './dns-values.ts';

const alias = (name: string, data: string) => ({ type: 'CNAME' as const, name, data, ttl: 60 });

it('follows aliases in one answer, whatever their order, and ends where they lead round', () => {
  const text = { type: 'TXT' as const, name: 'c.test', data: [Buffer.from('x')], ttl: 30 };
  expect(valuesAt('a.test', 'TXT', [text, alias('B.test', 'c.test'), alias('a.test', 'b.TEST')])).toEqual({
    values: ['x'],
    ttl: 30,
    alias: 'b.test',
  });
  const filler = Array.from({ length: 5000 }, (_, at) => alias(`${at}.test`, 'x.test'));
  const began = performance.now();
  expect(valuesAt('a.test', 'TXT', [...filler, alias('a.test', 'a.test')])).toEqual({ values: [], alias: 'a.test' });
  // What grows with the square takes seconds here.
  expect(performance.now() - began).toBeLessThan(300);
});
