import { describe, expect, it } from 'vitest';
import { type CheckStatus, check } from '../core/checks/check.ts';
import type { Json } from '../core/problem.ts';
import { planOf } from './plan.fixture.ts';
import type { Plan } from './plan.ts';
import { withServedSince } from './served-since.ts';

const HOUR = 3_600_000;
function ground() {
  let now = Date.UTC(2026, 0, 1, 14, 2);
  const known = new Map<string, Json>();
  return {
    later: (ms: number) => {
      now += ms;
    },
    clock: { now: () => now, sleep: async () => {} },
    facts: {
      recall: async (key: string) => (known.has(key) ? { value: known.get(key) as Json, at: now } : undefined),
      remember: async (key: string, value: Json) => void known.set(key, value),
    },
  };
}
const plan = (record: CheckStatus, value = 'x.dkim.amazonses.com') =>
  planOf({
    checks: [
      check('dkim.cname', { system: 'dns', name: 'x._domainkey.a.test', status: record, expected: value, seen: [] }),
      check('ses.dkim', { system: 'ses', status: 'pending', expected: 'SUCCESS', seen: [], next: 'SES looks again' }),
    ],
  });
const said = (one: Plan) => one.checks[1]?.next;

describe('records that SES has still to see', () => {
  it('are said to be served since they were first seen everywhere', async () => {
    const here = ground();
    expect(said(await withServedSince(plan('ok'), here))).toBe(
      'seen at all name servers since 2026-01-01T14:02:00Z; SES looks again',
    );
    here.later(3 * HOUR);
    expect(said(await withServedSince(plan('ok'), here))).toContain('since 2026-01-01T14:02:00Z');
  });
  it('begin anew when they change, or were gone', async () => {
    const here = ground();
    await withServedSince(plan('ok'), here);
    here.later(HOUR);
    expect(said(await withServedSince(plan('ok', 'y.dkim.amazonses.com'), here))).toContain(
      'since 2026-01-01T15:02:00Z',
    );
    here.later(HOUR);
    expect(said(await withServedSince(plan('pending'), here))).toBe('SES looks again');
    here.later(HOUR);
    expect(said(await withServedSince(plan('ok', 'y.dkim.amazonses.com'), here))).toContain(
      'since 2026-01-01T17:02:00Z',
    );
  });
});
