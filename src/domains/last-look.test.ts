import { expect, it } from 'vitest';
import type { RunReport } from '../core/report.ts';
import { lastLook } from './last-look.ts';

const report = { domain: 'x.test', status: 'done', exit: 0, errors: [], operations: [{ id: 'made' }] };
const up = [{ report: report as unknown as RunReport, plan: {} as never }];

it('that fails hides nothing of what was done, and says that it could not see', async () => {
  const [found] = await lastLook(up, { verify: () => Promise.reject(new Error('no space left')) });
  expect(found).toMatchObject({ status: 'pending', exit: 3, operations: [{ id: 'made' }] });
  expect(found?.errors[0]).toMatchObject({ code: 'check.failed', message: 'The last look failed: no space left' });
});

it('is not waited for by whoever stops the run', async () => {
  const stop = new AbortController();
  const never = lastLook(up, { verify: () => new Promise(() => {}), stop: stop.signal });
  stop.abort();
  expect(await never).toEqual([report]);
  expect(await lastLook(up, { verify: () => new Promise(() => {}), stop: stop.signal })).toEqual([report]);
});

it('is not taken at what is still on its way', async () => {
  expect(await lastLook([], { verify: () => Promise.reject(new Error('asked')) })).toEqual([]);
});
