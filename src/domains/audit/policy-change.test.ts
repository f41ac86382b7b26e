import { expect, it } from 'vitest';
import type { Facts } from '../../core/ground.ts';
import { policyChange } from './policy-change.ts';

function memory(): Facts {
  const kept = new Map<string, { value: never; at: number }>();
  return {
    recall: async (key) => kept.get(key),
    remember: async (key, value) =>
      void kept.set(key, { value: value as never, at: Date.parse('2026-01-02T03:04:05Z') }),
  };
}
const look = async (facts: Facts, id: string, policy: string) =>
  (await policyChange({ domain: 'x.test', sts: { id, policy } }, facts)).map(({ status }) => status);

it('names a policy that changed under its old id, until the id is another', async () => {
  const facts = memory();
  expect(await look(facts, '1', 'mode: testing')).toEqual(['ok']);
  expect(await look(facts, '1', 'mode: testing')).toEqual(['ok']);
  expect(await look(facts, '1', 'mode: enforce')).toEqual(['failed']);
  expect(await look(facts, '1', 'mode: enforce')).toEqual(['failed']);
  expect(await look(facts, '2', 'mode: enforce')).toEqual(['ok']);
  expect(await look(facts, '2', 'mode: enforce')).toEqual(['ok']);
});

it('says nothing where no policy was fetched', async () => {
  expect(await policyChange({ domain: 'x.test' }, memory())).toEqual([]);
});
