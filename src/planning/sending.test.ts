import { describe, expect, it } from 'vitest';
import { check } from '../core/checks/check.ts';
import type { Change } from '../core/resource.ts';
import { planOf } from './plan.fixture.ts';
import type { Plan } from './plan.ts';
import { awaitSending, stopSendingFirst } from './sending.ts';

const change = (more: Partial<Change> = {}): Change => ({
  id: 'mailcow h/a.com/outbound',
  system: 'mailcow h',
  verb: 'create',
  what: 'it',
  effect: 'it',
  by: 'us',
  undo: 'inverse',
  sendsBy: ['us-east-1', 'us-west-2'],
  ...more,
});
const ses = (
  region: string,
  id: 'ses.identity' | 'ses.account-sandbox',
  status: 'ok' | 'failed' | 'pending',
  value: string,
) => check(id, { status, system: 'ses', region, expected: '', seen: [{ by: 'SES', value }] });
const relayhost = check('mailcow.relayhost', { status: 'failed', system: 'mailcow h', expected: '', seen: [] });
const plan = (changes: readonly Change[], checks: Plan['checks']) => planOf({ domain: 'a.com', changes, checks });
const READY = ['us-east-1', 'us-west-2'].map((region) => ses(region, 'ses.identity', 'ok', 'verified'));

describe('what hands mail to SES', () => {
  it('goes as soon as SES sends in every region of it', () => {
    const { changes, checks } = awaitSending(plan([change()], [...READY, relayhost]));
    expect(changes[0]?.waitsFor).toEqual(['ses']);
    expect(checks.at(-1)).toEqual(relayhost);
  });

  it('waits for each thing that is not so there, and its check says so', () => {
    const open = [
      ses('us-west-2', 'ses.account-sandbox', 'failed', 'sandbox'),
      ...READY.slice(0, 1),
      ses('us-west-2', 'ses.identity', 'pending', 'not verified yet'),
    ];
    const { changes, checks } = awaitSending(
      plan([change({ waitsFor: ['x'] }), change({ sendsBy: ['us-east-1'] })], [...open, relayhost]),
    );
    expect(changes[0]?.waitsFor).toEqual([
      'x',
      'ses',
      'SES to send mail of a.com in us-west-2 (sandbox)',
      'SES to send mail of a.com in us-west-2 (not verified yet)',
    ]);
    expect(changes[1]?.waitsFor).toEqual(['ses']);
    expect(checks.at(-1)).toMatchObject({ status: 'pending', next: expect.stringContaining('mail leaves as before') });
    expect(checks.at(-1)).not.toHaveProperty('fix');
  });

  it('does not wait for an account that AWS reviews: it sends', () => {
    const account = (severity: 'warning' | 'blocker') =>
      check('ses.account-enforcement', {
        ...{ status: 'failed', system: 'ses', region: 'us-east-1', expected: '', severity },
        seen: [{ by: 'SES', value: 'AWS' }],
      });
    const waits = (severity: 'warning' | 'blocker') =>
      awaitSending(plan([change()], [...READY, account(severity)])).changes[0]?.waitsFor;
    expect(waits('warning')).toEqual(['ses']);
    expect(waits('blocker')).toEqual(['ses', 'SES to send mail of a.com in us-east-1 (AWS)']);
  });

  it('waits for a region of which nobody could say anything', () => {
    const { changes } = awaitSending(plan([change()], READY.slice(0, 1)));
    expect(changes[0]?.waitsFor).toEqual(['ses', 'SES to send mail of a.com in us-west-2 (it could not be read)']);
  });

  it('changes nothing of a plan that sends nothing', () => {
    const { sendsBy: _none, ...other } = change();
    const given = plan([other], [relayhost]);
    expect(awaitSending(given)).toBe(given);
    expect(stopSendingFirst(given)).toBe(given);
  });
});

it('on the way back, SES goes after what hands it mail', () => {
  const back = plan(
    [change({ sendsBy: [] }), change({ id: 'ses us-east-1/identity', system: 'ses', sendsBy: undefined } as never)],
    [],
  );
  expect(stopSendingFirst(back).changes[1]?.waitsFor).toEqual(['mailcow h/a.com/outbound']);
});
