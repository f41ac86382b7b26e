import { describe, expect, it } from 'vitest';
import type { Problem } from '../../core/problem.ts';
import type { SmtpGrant, SmtpKey, SmtpUser, SmtpWish } from '../../core/smtp-credentials.ts';
import { planSmtp } from './plan-smtp.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 26);
const TAGS = { 'managed-by': 'mailwright', 'mailwright:home': 'here' };
const grant = (...domains: string[]): SmtpGrant => ({
  resources: domains.map((domain) => `arn:aws:ses:us-east-1:111122223333:identity/${domain}`),
  from: domains.map((domain) => `*@${domain}`),
});
const wish = (more: Partial<SmtpWish> = {}): SmtpWish => ({
  user: 'mailwright-smtp-a',
  grant: grant('a.com'),
  regions: ['us-east-1'],
  tags: TAGS,
  purpose: { kind: 'make' },
  adopt: false,
  overwrite: false,
  prune: false,
  ...more,
});
const key = (id: string, ageMs: number, usedMs?: number, active = true): SmtpKey => ({
  id,
  active,
  createdAt: NOW - ageMs,
  ...(usedMs === undefined ? {} : { lastUsed: { at: NOW - usedMs, service: 'ses', region: 'us-east-1' } }),
});
const user = (more: Partial<SmtpUser> = {}): SmtpUser => ({
  arn: 'arn',
  tags: TAGS,
  grant: grant('a.com'),
  otherPolicies: [],
  keys: [key('OLD', 90 * DAY, HOUR)],
  ...more,
});
const steps = (wished: SmtpWish, live: SmtpUser | undefined) =>
  planSmtp(wished, live, NOW).steps.map((step) => ('key' in step ? `${step.kind} ${step.key}` : step.kind));
const refusal = (wished: SmtpWish, live: SmtpUser | undefined): Problem => {
  try {
    planSmtp(wished, live, NOW);
  } catch (error) {
    return error as Problem;
  }
  throw new Error('it was planned');
};
const ROTATE = wish({ purpose: { kind: 'rotate' } });
const retire = (named?: string) =>
  wish({ purpose: { kind: 'retire', ...(named === undefined ? {} : { key: named }) } });

describe('the user', () => {
  it('is made with policy and key, and then there is nothing to do', () => {
    expect(steps(wish(), undefined)).toEqual(['create-user', 'put-policy', 'create-key']);
    expect(steps(wish(), user())).toEqual([]);
  });

  it('is finished where a run was killed', () => {
    expect(steps(wish(), user({ grant: undefined, keys: [] }))).toEqual(['put-policy', 'create-key']);
    expect(steps(wish(), user({ keys: [] }))).toEqual(['create-key']);
  });

  it('of somebody else is a conflict, of another installation one that --adopt ends', () => {
    expect(refusal(wish({ adopt: true }), user({ tags: {} }))).toMatchObject({
      kind: 'conflict',
      code: 'smtp.foreign-user',
    });
    const elsewhere = user({ tags: { ...TAGS, 'mailwright:home': 'there' } });
    expect(refusal(wish(), elsewhere).code).toBe('smtp.other-home');
    expect(steps(wish({ adopt: true }), elsewhere)).toEqual(['tag-user']);
  });
});

describe('the policy', () => {
  it('is added to, and only --prune takes away', () => {
    const both = user({ grant: grant('a.com', 'b.com') });
    expect(steps(wish(), both)).toEqual([]);
    expect(planSmtp(wish({ grant: grant('c.com') }), both, NOW).grant.from).toEqual(['*@a.com', '*@b.com', '*@c.com']);
    const pruned = planSmtp(wish({ prune: true }), both, NOW);
    expect(pruned.grant).toEqual(grant('a.com'));
    expect(pruned.steps[0]?.effect).toBe('mail as *@b.com is refused from now');
  });

  it('that somebody changed is written over with --overwrite alone', () => {
    const changed = user({ grant: 'unlike' });
    expect(refusal(wish(), changed).code).toBe('smtp.policy-changed');
    expect(steps(wish({ overwrite: true }), changed)).toEqual(['put-policy']);
  });

  it('for one more region says that the key in use has no password there', () => {
    const regions = ['us-east-1', 'us-west-2'];
    expect(planSmtp(wish({ regions }), user(), NOW).notes.join()).toContain('No password for us-west-2 can be derived');
    expect(planSmtp({ ...ROTATE, regions }, user(), NOW).notes.join()).not.toContain('No password');
    expect(planSmtp({ ...ROTATE, regions: ['us-west-2'] }, user(), NOW).regions).toEqual(['us-west-2', 'us-east-1']);
  });
});

describe('keys', () => {
  it('overlap: a second one beside the one in use', () => {
    const plan = planSmtp(ROTATE, user(), NOW);
    expect(plan.steps.map(({ kind }) => kind)).toEqual(['create-key']);
    expect(plan.notes).toContain('key OLD, made 90 days ago, last used 1 hour ago (ses, us-east-1): it stays.');
  });

  it('are two at most: an inactive one makes room, of active ones the right one is named', () => {
    const resting = user({ keys: [key('OLD', 90 * DAY, 2 * DAY, false), key('NEW', 3 * DAY, HOUR)] });
    expect(steps(ROTATE, resting)).toEqual(['delete-key OLD', 'create-key']);
    const unused = user({ keys: [key('OLD', 90 * DAY, HOUR), key('NEW', 3 * DAY)] });
    expect(refusal(ROTATE, unused)).toMatchObject({ code: 'smtp.two-keys', fix: expect.stringContaining('=NEW') });
    const both = user({ keys: [key('OLD', 90 * DAY, HOUR), key('NEW', 3 * DAY, HOUR)] });
    expect(refusal(ROTATE, both).fix).toContain('--retire=OLD');
  });

  it('end in two steps: inactive, then gone', () => {
    const keys = [key('OLD', 90 * DAY, 2 * DAY), key('NEW', 3 * DAY, HOUR)];
    expect(steps(retire(), user({ keys }))).toEqual(['deactivate-key OLD']);
    const [old, next] = keys;
    expect(steps(retire(), user({ keys: [{ ...(old as SmtpKey), active: false }, next as SmtpKey] }))).toEqual([
      'delete-key OLD',
    ]);
  });

  it('are not ended while a relay has them, unless they are named', () => {
    const used = user({ keys: [key('OLD', 90 * DAY, HOUR), key('NEW', 3 * DAY, HOUR)] });
    expect(refusal(retire(), used)).toMatchObject({ kind: 'conflict', code: 'smtp.still-used' });
    expect(steps(retire('OLD'), used)).toEqual(['deactivate-key OLD']);
    const unused = user({ keys: [key('OLD', 90 * DAY, HOUR), key('NEW', 3 * DAY)] });
    expect(refusal(retire(), unused).code).toBe('smtp.new-unused');
    expect(steps(retire('NEW'), unused)).toEqual(['delete-key NEW']);
    expect(refusal(retire(), user()).code).toBe('smtp.last-key');
    expect(planSmtp(retire('OLD'), user(), NOW).steps[0]?.effect).toContain('no relay can send');
    expect(refusal(retire('ELSE'), used).message).toContain('its keys: OLD, NEW');
    expect(refusal(retire(), undefined).code).toBe('smtp.no-user');
  });

  it('that nobody used are named for removal', () => {
    const plan = planSmtp(wish(), user({ keys: [key('LOST', 2 * HOUR)] }), NOW);
    expect(plan.notes).toContain('If nobody has the secret of LOST, remove it: --retire=LOST.');
  });
});
