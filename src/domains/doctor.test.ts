import { expect, it } from 'vitest';
import type { Diagnosis } from '../core/diagnosis.ts';
import { Problem } from '../core/problem.ts';
import { type Examiner, examineAll } from './doctor.ts';

const line = (system: string): Diagnosis => ({ id: `${system}.x`, system, status: 'ok', says: 'well' });
const examiner = (system: string, examine: Examiner['examine'], limitMs = 1000): Examiner => ({
  system,
  limitMs,
  examine,
});

it('joins what all say in their order, whoever is first', async () => {
  const told: string[] = [];
  const slow = async () => {
    await new Promise((done) => setTimeout(done, 20));
    return [line('a')];
  };
  const all = await examineAll([examiner('a', slow), examiner('b', async () => [line('b')])], (lines) =>
    told.push(lines[0]?.system ?? ''),
  );
  expect(all.map((one) => one.system)).toEqual(['a', 'b']);
  expect(told).toEqual(['b', 'a']);
});

it('one that breaks, and one that never ends, are a line each', async () => {
  const all = await examineAll([
    examiner('broken', async () => {
      throw new Problem('account', 'x.y', 'Wrong key.', { fix: 'Another.' });
    }),
    examiner('late', () => new Promise(() => {}), 20),
    examiner('well', async () => [line('well')]),
  ]);
  expect(all).toMatchObject([
    { system: 'broken', status: 'credentials', says: 'Wrong key.', fix: 'Another.' },
    { system: 'late', status: 'unknown', says: 'did not come to an end in 0.02 s' },
    { system: 'well', status: 'ok' },
  ]);
});
