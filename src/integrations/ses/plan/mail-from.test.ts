import { describe, expect, it } from 'vitest';
import { foldAnswers, type Resolver } from '../../../core/resolver.ts';
import {
  accepted,
  both,
  DOMAIN,
  east,
  identity,
  owns,
  plan,
  region,
  spec,
  state,
  west,
  wish,
} from '../estate.fixture.ts';
import { readMailFromNames } from '../mail-from-names.ts';
import type { IdentityState, NameState, SesState } from '../state.ts';

const NAME = `mail.${DOMAIN}`;
const EAST_MX = 'feedback-smtp.us-east-1.amazonses.com';
const WEST_MX = 'feedback-smtp.us-west-2.amazonses.com';

describe('a shared MAIL FROM, with another region first in the list by now', () => {
  const turned = wish({ mailFrom: 'shared', regions: ['us-west-2', 'us-east-1'] });
  const holding = (a: string, b: string) =>
    both(
      east({ mailFrom: { ...accepted(NAME), status: a as 'SUCCESS' } }),
      west({ mailFrom: { ...accepted(NAME), status: b as 'SUCCESS' } }),
    );
  const mx = (live: SesState, owned = owns(), names = new Map<string, NameState>()) =>
    plan(turned, { ...live, mailFromNames: names }, 'home', owned)
      .records?.filter((one) => one.record.type === 'MX')
      .map((one) => one.record.value);
  it.each([
    ['that SES accepts it in', 'SUCCESS', 'PENDING'],
    ['that SES accepted it in', 'TEMPORARY_FAILURE', 'FAILED'],
  ])('keeps the MX of the region %s', (_, a, b) => {
    expect(mx(holding(a, b))).toEqual([EAST_MX]);
  });
  it('keeps the MX that is published, or that we wrote', () => {
    expect(mx(holding('PENDING', 'PENDING'), owns(), new Map([[NAME, { serves: 'us-east-1' }]]))).toEqual([EAST_MX]);
    expect(mx(holding('PENDING', 'PENDING'), owns({ [`dns ${NAME} MX`]: { value: EAST_MX } }))).toEqual([EAST_MX]);
    expect(mx(holding('PENDING', 'PENDING'))).toEqual([WEST_MX]);
  });
  it('moves it only where its region is no longer asked for', () => {
    const one = wish({ mailFrom: 'shared', regions: ['us-west-2'] });
    const found = plan(one, holding('SUCCESS', 'PENDING'));
    expect(found.records?.find((record) => record.record.type === 'MX')?.record.value).toBe(WEST_MX);
  });
  it('is read from DNS, as one MX of a region', async () => {
    const answers = (values: readonly string[]) =>
      ({
        authoritative: async ({ name, type }: { name: string; type: string }) =>
          foldAnswers([{ by: 'ns', status: 'present', values: type === 'MX' && name === NAME ? values : [] }]),
      }) as unknown as Resolver;
    const read = async (values: readonly string[]) =>
      (await readMailFromNames(spec({ mailFrom: 'shared' }), ['us-east-1'], answers(values))).get(NAME);
    expect(await read([`10 ${EAST_MX}`])).toEqual({ serves: 'us-east-1' });
    expect(await read([`10 ${EAST_MX}`, `10 ${WEST_MX}`])).toBe('free');
    expect(await read(['10 mx.example.net'])).toEqual({ taken: 'it has MX 10 mx.example.net' });
  });
});

describe('a MAIL FROM of another name than the profile’s', () => {
  const setTo = (mailFrom: IdentityState['mailFrom'], ses = {}) =>
    plan(
      spec({ regions: ['us-east-1'], ...ses }, { mailFrom: NAME }),
      state([region('us-east-1', { identity: identity('us-east-1', mailFrom ? { mailFrom } : {}) })]),
    );
  const old = { name: `old.${DOMAIN}`, onMxFailure: 'REJECT_MESSAGE' };
  const change = (found: ReturnType<typeof plan>) => found.changes?.find(({ id }) => id === 'ses us-east-1/mail-from');

  it.each(['SUCCESS', 'TEMPORARY_FAILURE'] as const)('is kept while it is in %s', (status) => {
    const found = setTo({ ...old, status });
    expect(change(found)).toBeUndefined();
    expect(found.records?.find((one) => one.record.type === 'MX')?.record.name).toBe(old.name);
  });
  it('that SES does not accept is renamed, told so, and goes on as strict as it is', () => {
    expect(change(setTo({ ...old, status: 'FAILED' }))).toMatchObject({
      what: `MAIL FROM ${NAME} instead of old.${DOMAIN}`,
      effect: expect.stringContaining('SES refuses mail (REJECT_MESSAGE)'),
      before: { mailFrom: old.name, onMxFailure: 'REJECT_MESSAGE' },
      after: { mailFrom: NAME, onMxFailure: 'REJECT_MESSAGE' },
    });
    const named = { onMxFailure: 'USE_DEFAULT_VALUE' } as const;
    expect(change(setTo({ ...old, status: 'FAILED' }, named))?.after).toMatchObject(named);
    // Stricter only once SES has accepted the name.
    const lax = { ...old, onMxFailure: 'USE_DEFAULT_VALUE', status: 'PENDING' as const };
    expect(change(setTo(lax, { onMxFailure: 'REJECT_MESSAGE' }))?.after).toMatchObject(named);
  });
  it('or none at all: the check says what sets it', () => {
    const check = setTo(undefined).checks?.find((one) => one.id === 'ses.mail-from');
    expect(check).toMatchObject({ status: 'failed', fix: 'Run `mailwright up`: it sets it.' });
  });
});
