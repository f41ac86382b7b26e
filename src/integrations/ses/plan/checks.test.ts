import { describe, expect, it } from 'vitest';
import { accepted, identity, plan, region, spec, state } from '../estate.fixture.ts';
import type { IdentityState, RegionState } from '../state.ts';

const EAST = 'us-east-1';

function look(seen: Partial<RegionState>, id: string, wish: Parameters<typeof spec>[0] = {}) {
  const { checks } = plan(spec({ regions: [EAST], ...wish }), state([region(EAST, seen)]));
  return checks?.find((one) => one.id === id);
}

describe('an account', () => {
  const account = (enforcement: string, sending: boolean) =>
    look({ account: { production: true, enforcement, sending, readAt: 0 } }, 'ses.account-enforcement');

  it('that AWS has paused, that AWS reviews, and that somebody has paused are three things', () => {
    expect(account('HEALTHY', true)).toMatchObject({ status: 'ok' });
    expect(account('PROBATION', true)).toMatchObject({ status: 'failed', severity: 'warning' });
    expect(account('SHUTDOWN', false)).toMatchObject({ status: 'failed', severity: 'blocker' });
    expect(account('SHUTDOWN', false)?.fix).toContain('message from AWS');
    expect(account('HEALTHY', false)).toMatchObject({ status: 'failed', severity: 'blocker' });
    expect(account('HEALTHY', false)?.fix).toContain(
      'put-account-sending-attributes --sending-enabled --region us-east-1',
    );
  });
});

describe('DKIM', () => {
  const dkim = (more: Parameters<typeof identity>[1], wish = {}, id = 'ses.dkim') =>
    look({ identity: identity('x', more) }, id, wish);

  it('whose verification was started again with old keys is not looked for until a day that is past', () => {
    const keysMadeAt = Date.UTC(2025, 0, 1);
    expect(dkim({ status: 'PENDING', dkim: { keysMadeAt } })?.next).toBe(
      'SES has not looked yet and looks again by itself for up to 72 hours; nothing to do',
    );
  });

  it.each([
    ['REPLICATION_ACCESS_DENIED', 'Grant ses:ReplicateEmailIdentityDKIMSigningKey'],
    ['REPLICATION_PRIMARY_NOT_FOUND', '--migrate-dkim'],
    ['REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED', 'ses.dkim: per-region'],
  ])(
    'that can’t take its keys from the parent (%s) has its own way out, and the identity points there',
    (error, fix) => {
      const replica = { status: 'PENDING', origin: 'AWS_SES_US_WEST_2', error } as const;
      expect(dkim(replica)).toMatchObject({ status: 'failed', fix: expect.stringContaining(fix) });
      expect(dkim(replica)?.next).toBeUndefined();
      expect(dkim(replica, {}, 'ses.identity')).toMatchObject({
        status: 'failed',
        fix: expect.stringContaining('ses.dkim'),
      });
    },
  );

  it('with somebody’s own key that failed can be begun again only by who has the key', () => {
    const own = { status: 'FAILED', origin: 'EXTERNAL', dkim: { tokens: ['mail'] } } as const;
    expect(dkim(own)?.fix).toContain('mail._domainkey.example.com, then give SES the key again');
    expect(dkim(own, { dkim: 'byodkim' })?.fix).toContain('`mailwright up`');
  });
});

describe('MAIL FROM', () => {
  const mailFrom = (more: Partial<NonNullable<IdentityState['mailFrom']>>) =>
    look({ identity: identity('x', { mailFrom: { ...accepted('mail.example.com'), ...more } }) }, 'ses.mail-from');

  it('that SES does not accept refuses mail where it was told to', () => {
    const strict = { onMxFailure: 'REJECT_MESSAGE' } as const;
    expect(mailFrom({ status: 'FAILED' })).toMatchObject({ status: 'failed', severity: 'error' });
    expect(mailFrom({ status: 'FAILED', ...strict })).toMatchObject({ status: 'failed', severity: 'blocker' });
    expect(mailFrom({ status: 'PENDING' })?.next).toContain('mail goes out meanwhile');
    expect(mailFrom({ status: 'TEMPORARY_FAILURE', ...strict })?.next).toContain('SES refuses mail meanwhile');
    expect(mailFrom(strict)).toMatchObject({ status: 'ok', severity: 'error' });
  });
});

it('a domain without identity may send by the one above it, which is said', () => {
  const relatives = [{ name: 'com', verified: true }];
  expect(look({ relatives }, 'ses.identity')?.seen[0]?.value).toBe('none: com sends and signs for it');
  expect(look({ relatives: [{ name: 'com', verified: false }] }, 'ses.identity')?.seen[0]?.value).toBe('none');
});
