import { describe, expect, it } from 'vitest';
import { type Diagnosis, type DiagnosisStatus, exitOf, toDiagnosis } from './diagnosis.ts';
import { Problem } from './problem.ts';

const line = (status: DiagnosisStatus): Diagnosis => ({ id: 'a.b', system: 'a', status, says: 's' });

describe('the exit status', () => {
  it.each([
    [[], 0],
    [['ok', 'unprovable', 'unconfigured', 'warning'], 0],
    [['ok', 'unknown'], 3],
    [['unknown', 'refused'], 1],
    [['unknown', 'broken'], 1],
    [['broken', 'credentials', 'unknown'], 2],
  ] as [DiagnosisStatus[], number][])('of %j is %i', (statuses, exit) => {
    expect(exitOf(statuses.map(line))).toBe(exit);
  });
});

it('a missing right is refused, wrong credentials are credentials, what could not be asked is unknown', () => {
  const of = (kind: Problem['kind'], code: string) =>
    toDiagnosis(new Problem(kind, code, 'Says it.', { fix: 'Do it.' }), { id: 'x', system: 'y' });
  expect(of('account', 'aws.access-denied')).toEqual({
    id: 'x',
    system: 'y',
    status: 'refused',
    says: 'Says it.',
    fix: 'Do it.',
  });
  expect(of('account', 'aws.bad-credentials').status).toBe('credentials');
  expect(of('unknown', 'ses.lost').status).toBe('unknown');
  expect(of('retry', 'porkbun.rate').status).toBe('unknown');
  expect(of('conflict', 'porkbun.api-access').status).toBe('broken');
});
