import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../ground.ts';
import type { Json } from '../problem.ts';
import type { Change, Outcome } from '../resource.ts';
import { madeIn } from './made.ts';

const at = '2026-01-01T00:00:00Z';
const change = (id: string, verb: Change['verb'], before?: Json, after?: Json): Change => ({
  id,
  system: 'dns',
  verb,
  what: id,
  effect: '',
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
  by: 'us',
  undo: 'inverse',
});
const started = (one: Change, domain = 'a.test'): JournalEntry => ({
  kind: 'started',
  domain,
  at,
  id: one.id,
  change: one,
});
const settled = (id: string, outcome: Outcome, domain = 'a.test'): JournalEntry => ({
  kind: 'settled',
  domain,
  at,
  id,
  outcome,
});
const lost: Outcome = { status: 'failed', problem: { code: 'x', kind: 'unknown', message: 'no answer' } };
const refused: Outcome = { status: 'failed', problem: { code: 'x', kind: 'failed', message: 'no' } };

describe('what a run made', () => {
  const create = change('x', 'create', undefined, 1);
  it('is what it began and what came to be done, or what nobody knows of', () => {
    expect(madeIn([started(create), settled('x', { status: 'done' })], 'a.test')).toMatchObject([
      { id: 'x', sure: true },
    ]);
    expect(madeIn([started(create), settled('x', lost)], 'a.test')).toMatchObject([{ id: 'x', sure: false }]);
    expect(madeIn([started(create)], 'a.test')).toMatchObject([{ id: 'x', sure: false }]);
  });
  it('is not what was refused, what was there already, or another domain’s', () => {
    expect(madeIn([started(create), settled('x', refused)], 'a.test')).toEqual([]);
    expect(madeIn([started(create), settled('x', { status: 'kept' })], 'a.test')).toEqual([]);
    expect(madeIn([started(create, 'b.test'), settled('x', { status: 'done' }, 'b.test')], 'a.test')).toEqual([]);
  });
  it('counts several steps of one thing as one: as it was before the first, as it is after the last', () => {
    const steps = [change('x', 'update', 0, 1), change('x', 'update', 1, 2)];
    const entries = steps.flatMap((one) => [started(one), settled('x', { status: 'done' })]);
    expect(madeIn(entries, 'a.test')).toMatchObject([{ verb: 'update', before: 0, after: 2 }]);
  });
  it('is nothing where a thing was made and taken away again', () => {
    const steps = [create, change('x', 'delete', 1)];
    const entries = steps.flatMap((one) => [started(one), settled('x', { status: 'done' })]);
    expect(madeIn(entries, 'a.test')).toEqual([]);
  });
  it('is its removal where something of before was changed, then taken away', () => {
    const steps = [change('x', 'update', 0, 1), change('x', 'delete', 1)];
    const entries = steps.flatMap((one) => [started(one), settled('x', { status: 'done' })]);
    const [one] = madeIn(entries, 'a.test');
    expect(one).toMatchObject({ before: 0 });
    expect(one?.after).toBeUndefined();
  });
});
