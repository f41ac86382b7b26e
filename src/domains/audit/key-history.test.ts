import { expect, it } from 'vitest';
import type { Facts } from '../../core/ground.ts';
import { agedKeys, sharedKeys } from './key-history.ts';

const DAY = 86_400_000;
const START = Date.parse('2025-01-01T00:00:00Z');

function memory(): Facts {
  const kept = new Map<string, { value: never; at: number }>();
  return {
    recall: async (key) => kept.get(key),
    remember: async (key, value) => void kept.set(key, { value: value as never, at: 0 }),
  };
}

it('names a key that was seen a year ago already, and counts a new one from its first day', async () => {
  const facts = memory();
  const look = async (key: string, days: number) => {
    const found = await agedKeys(
      { domain: 'x.test', keys: [{ name: 's._domainkey.x.test', key }] },
      facts,
      START + days * DAY,
    );
    return found.map(({ id, seen }) => `${id}: ${seen[0]?.value}`);
  };
  expect(await look('AAAA', 0)).toEqual([]);
  expect(await look('AAAA', 365)).toEqual([]);
  expect(await look('AAAA', 366)).toEqual(['dkim.age: the same key since 2025-01-01 at least']);
  expect(await look('BBBB', 367)).toEqual([]);
  expect(await look('BBBB', 700)).toEqual([]);
});

it('names a key at several domains, and not one that a domain has twice', () => {
  const at = (domain: string, ...keys: string[]) => ({
    domain,
    keys: keys.map((key, n) => ({ name: `s${n}._domainkey.${domain}`, key })),
  });
  const found = sharedKeys([at('a.test', 'K', 'L', 'L'), at('b.test', 'K'), at('c.test', 'M')]);
  expect([...found].map(([domain, checks]) => `${domain} ${checks[0]?.name} ${checks[0]?.seen[0]?.value}`)).toEqual([
    'a.test s0._domainkey.a.test also at b.test',
    'b.test s0._domainkey.b.test also at a.test',
  ]);
});
