import { describe, expect, it } from 'vitest';
import type { Json } from '../../core/problem.ts';
import { Problem } from '../../core/problem.ts';
import type { Made } from '../../core/resource.ts';
import { ACCOUNT, DOMAIN, identity, region, spec, state } from './estate.fixture.ts';
import { revertSes } from './revert.ts';
import type { RegionState, SesState } from './state.ts';

const tags = { 'managed-by': 'mailwright', 'mailwright:home': 'home' };
const arn = (name: string, kind: string, thing: string) => `arn:aws:ses:${name}:${ACCOUNT}:${kind}/${thing}`;
const made = (id: string, after: Json, more: Partial<Made> = {}): Made => ({
  id,
  system: 'ses',
  verb: 'create',
  what: id,
  after,
  undo: 'inverse',
  ...more,
});
/** All that `up` makes of a new domain in one region. */
const everything = (name: string): Made[] => [
  made(`ses ${name}/configuration-set`, { region: name, configurationSet: 'acme' }),
  made(`ses ${name}/tenant`, { region: name, tenant: 'acme' }),
  made(`ses ${name}/identity`, { region: name, domain: DOMAIN }),
  made(`ses ${name}/tenant/identity`, { region: name, tenant: 'acme', arn: arn(name, 'identity', DOMAIN) }),
  made(`ses ${name}/tenant/configuration-set`, {
    region: name,
    tenant: 'acme',
    arn: arn(name, 'configuration-set', 'acme'),
  }),
  made(
    `ses ${name}/mail-from`,
    { region: name, domain: DOMAIN, mailFrom: `mail.${DOMAIN}`, onMxFailure: 'USE_DEFAULT_VALUE' },
    { verb: 'update' },
  ),
];
const full = (name: string, more: Partial<RegionState> = {}, origin = 'AWS_SES'): RegionState =>
  region(name, {
    identity: identity(name, {
      origin,
      tags,
      configurationSet: 'acme',
      mailFrom: { name: `mail.${DOMAIN}`, status: 'SUCCESS', onMxFailure: 'USE_DEFAULT_VALUE' },
    }),
    tenant: { exists: true, resources: [arn(name, 'identity', DOMAIN), arn(name, 'configuration-set', 'acme')] },
    closely: { configurationSets: new Map([['acme', tags]]), tenants: new Map([['acme', tags]]) },
    ...more,
  });
const wish = spec({ tenant: 'acme' });
const revert = (all: readonly Made[], live: SesState) => revertSes(all, live, wish, 'home');
const east = () => state([full('us-east-1')]);

describe('a domain that we made', () => {
  it('goes in an order in which nothing holds on to anything, replicas before their parent', () => {
    const live = state([full('us-east-1'), full('us-west-2', {}, 'AWS_SES_US_EAST_1')]);
    const { changes, left } = revert([...everything('us-east-1'), ...everything('us-west-2')], live);
    expect(left).toEqual([]);
    expect(changes.map((one) => [one.verb, one.id])).toEqual([
      ['delete', 'ses us-west-2/tenant/identity'],
      ['delete', 'ses us-east-1/tenant/identity'],
      ['delete', 'ses us-west-2/tenant/configuration-set'],
      ['delete', 'ses us-east-1/tenant/configuration-set'],
      ['delete', 'ses us-west-2/mail-from'],
      ['delete', 'ses us-east-1/mail-from'],
      ['delete', 'ses us-west-2/identity'],
      ['delete', 'ses us-east-1/identity'],
      ['delete', 'ses us-west-2/tenant'],
      ['delete', 'ses us-east-1/tenant'],
      ['delete', 'ses us-west-2/configuration-set'],
      ['delete', 'ses us-east-1/configuration-set'],
    ]);
    const parent = changes.find((one) => one.id === 'ses us-east-1/identity');
    expect(parent).toMatchObject({
      effect: 'SES in us-east-1 no longer sends for the domain',
      waitsFor: ['ses us-east-1/tenant/identity', 'ses us-east-1/mail-from', 'ses us-west-2/identity'],
      undo: 'keep',
      owns: { 'ses us-east-1/identity': null, 'ses us-east-1/identity/configuration-set': null },
    });
    for (const one of changes) expect(one.effect).not.toBe('');
  });
  it('that is gone already needs nothing', () => {
    const gone = state([region('us-east-1', { tenant: { exists: false, resources: [] } })]);
    const { changes, left } = revert(everything('us-east-1').slice(1), gone);
    expect([changes, left]).toEqual([[], []]);
  });
  it('in a region that can’t be read is left, with why', () => {
    const { changes, left } = revert(
      everything('us-east-1'),
      state([['us-east-1', new Problem('unknown', 'ses.lost', 'no answer')]]),
    );
    expect(changes).toEqual([]);
    expect(left.map((one) => one.why)).toEqual(Array(6).fill('no answer'));
  });
});

describe('an identity stays', () => {
  const one = everything('us-east-1').slice(2, 3);
  it.each([
    ['without our tags', { identity: identity('us-east-1') }, 'it has no tag of ours'],
    [
      'kept by another installation',
      { identity: identity('us-east-1', { tags: { ...tags, 'mailwright:home': 'other' } }) },
      'kept by another installation (other)',
    ],
    ['used by a tenant that is not of our making', {}, 'tenant acme uses it'],
  ] as [string, Partial<RegionState>, string][])('%s', (_, more, why) => {
    const { changes, left } = revert(one, state([full('us-east-1', more)]));
    expect(changes).toEqual([]);
    expect(left[0]?.why).toContain(why);
  });
  it('whose keys others sign with', () => {
    const live = state([
      region('us-east-1', { identity: identity('us-east-1', { tags }) }),
      full('us-west-2', {}, 'AWS_SES_US_EAST_1'),
    ]);
    expect(revert(one, live).left[0]?.why).toContain('us-west-2 signs with its DKIM keys');
  });
});

describe('what others may use stays', () => {
  it('a tenant with resources besides ours', () => {
    const resources = [arn('us-east-1', 'identity', DOMAIN), arn('us-east-1', 'identity', 'other.com')];
    const { left } = revert(
      everything('us-east-1'),
      state([full('us-east-1', { tenant: { exists: true, resources } })]),
    );
    expect(left).toMatchObject([{ id: 'ses us-east-1/tenant', why: 'others use it: identity/other.com' }]);
  });
  it('a configuration set beside other identities of the region', () => {
    const { left } = revert(
      everything('us-east-1'),
      state([full('us-east-1', { neighbours: ['a.com', 'b.com', 'c.com', 'd.com'] })]),
    );
    expect(left).toMatchObject([
      {
        id: 'ses us-east-1/configuration-set',
        why: 'identities of the region may use it: a.com, b.com, c.com and 1 more',
      },
    ]);
  });
});

describe('what was set on an identity', () => {
  const others = { ...tags, 'mailwright:home': 'other' };
  const set = made(
    'ses us-east-1/identity/configuration-set',
    { region: 'us-east-1', domain: DOMAIN, configurationSet: 'acme' },
    { verb: 'update', before: { configurationSet: null } },
  );
  const settings = [...everything('us-east-1').filter(({ id }) => /tenant\/|mail-from/.test(id)), set];
  const wearing = (tags: Record<string, string>) =>
    state([full('us-east-1', { identity: { ...identity('us-east-1'), ...full('us-east-1').identity, tags } })]);
  it('stays where another installation keeps it', () => {
    const { changes, left } = revert(settings, wearing(others));
    expect([changes, left.map((one) => one.why)]).toEqual([[], Array(4).fill('kept by another installation (other)')]);
  });
  it('stays where we made the identity, and that one has no tag of ours', () => {
    const { changes, left } = revert([...settings, ...everything('us-east-1').slice(2, 3)], wearing({}));
    const why = 'it has no tag of ours: nothing in SES proves that it is ours';
    expect([changes, left.map((one) => one.why)]).toEqual([[], Array(5).fill(why)]);
  });
  it('goes where somebody else’s identity without any home has it as we made it', () => {
    expect(revert(settings, wearing({})).changes).toHaveLength(4);
  });
  it('is not made again on another installation’s identity', () => {
    const bare = { ...identity('us-east-1'), tags: others };
    const gone = settings.slice(0, 3).map((one) => ({ ...one, verb: 'delete' as const, before: one.after ?? null }));
    const live = state([full('us-east-1', { identity: bare, tenant: { exists: true, resources: [] } })]);
    expect(revert(gone, live)).toMatchObject({ changes: [], left: [{}, {}, {}] });
  });
  it.each([
    ['AWS_SES', {}, 'if it comes back, SES makes new keys'],
    ['EXTERNAL', { keyFile: '/k' }, 'the key file stays: it can come back with the same key'],
    ['EXTERNAL', {}, 'it can come back only with a key of somebody’s own'],
  ])('%s %o says what becomes of the key', (origin, data, words) => {
    const mine = made('ses us-east-1/identity', { region: 'us-east-1', domain: DOMAIN, ...data });
    const { changes } = revert([mine], state([region('us-east-1', { identity: identity('x', { origin, tags }) })]));
    expect(changes[0]?.what).toContain(words);
  });
});

describe('settings', () => {
  const set = (before: Json) =>
    made(
      'ses us-east-1/mail-from',
      { region: 'us-east-1', domain: DOMAIN, mailFrom: `mail.${DOMAIN}`, onMxFailure: 'USE_DEFAULT_VALUE' },
      { verb: 'update', before },
    );
  it('go back to what was there before', () => {
    const { changes } = revert([set({ mailFrom: `old.${DOMAIN}`, onMxFailure: 'REJECT_MESSAGE' })], east());
    expect(changes).toMatchObject([
      {
        verb: 'update',
        after: { mailFrom: `old.${DOMAIN}`, onMxFailure: 'REJECT_MESSAGE' },
        owns: { 'ses us-east-1/mail-from': null },
      },
    ]);
  });
  it('that were only looked at again stay', () => {
    const again = set({ mailFrom: `mail.${DOMAIN}`, onMxFailure: 'USE_DEFAULT_VALUE' });
    expect(revert([again], east())).toEqual({ changes: [], left: [] });
  });
  it('or to nothing', () => {
    expect(revert([set({ mailFrom: null })], east()).changes).toMatchObject([
      { verb: 'delete', id: 'ses us-east-1/mail-from' },
    ]);
    const chosen = made(
      'ses us-east-1/identity/configuration-set',
      { region: 'us-east-1', domain: DOMAIN, configurationSet: 'acme' },
      { verb: 'update', before: { configurationSet: null } },
    );
    expect(revert([chosen], east()).changes).toMatchObject([{ verb: 'update', after: { configurationSet: null } }]);
  });
  it('that somebody changed since are left with both values', () => {
    const other = identity('us-east-1', {
      tags,
      mailFrom: { name: `new.${DOMAIN}`, status: 'SUCCESS', onMxFailure: 'USE_DEFAULT_VALUE' },
    });
    const { changes, left } = revert([set({ mailFrom: null })], state([full('us-east-1', { identity: other })]));
    expect(changes).toEqual([]);
    expect(left[0]?.why).toBe(
      `it is new.${DOMAIN} (USE_DEFAULT_VALUE) now, and was made mail.${DOMAIN} (USE_DEFAULT_VALUE)`,
    );
  });
  it('tags become what they were', () => {
    const common = { region: 'us-east-1', domain: DOMAIN, arn: arn('us-east-1', 'identity', DOMAIN) };
    const before = { ...common, tags: { 'managed-by': null, 'mailwright:home': null } };
    const mark = made('ses us-east-1/identity/marks', { ...common, tags }, { verb: 'update', before });
    expect(revert([mark], east()).changes).toMatchObject([{ marks: true, after: before }]);
    expect(revert([mark], state([full('us-east-1', { identity: identity('us-east-1') })])).changes).toEqual([]);
  });
});

describe('a switch of the DKIM method', () => {
  const own = { region: 'us-west-2', domain: DOMAIN, origin: 'EXTERNAL', selector: 'mailwright', keyFile: '/k' };
  const toOwn = (before: Json, undo: Made['undo'] = 'inverse') =>
    made('ses us-west-2/dkim', own, { verb: 'update', before, undo });
  const byo = (parent = identity('us-east-1')) =>
    state([
      region('us-east-1', { identity: parent }),
      region('us-west-2', {
        identity: identity('us-west-2', { origin: 'EXTERNAL', dkim: { tokens: ['mailwright'] } }),
      }),
    ]);
  it('goes back to a parent that still has its keys', () => {
    expect(revert([toOwn({ origin: 'AWS_SES_US_EAST_1' })], byo()).changes).toMatchObject([
      { after: { origin: 'AWS_SES_US_EAST_1' }, owns: {} },
    ]);
    const failed = revert([toOwn({ origin: 'AWS_SES_US_EAST_1' })], byo(identity('us-east-1', { status: 'FAILED' })));
    expect(failed.left[0]?.why).toContain('us-east-1, which it took its keys from');
  });
  it('not to keys that SES would make anew', () => {
    expect(revert([toOwn({ origin: 'AWS_SES' }, 'keep')], byo()).left[0]?.why).toBe(
      'the former keys are not to be had again',
    );
  });
  it('to a key of one’s own only while file and DNS have it', () => {
    const away = made(
      'ses us-west-2/dkim',
      { region: 'us-west-2', domain: DOMAIN, origin: 'AWS_SES_US_EAST_1' },
      {
        verb: 'update',
        before: { origin: 'EXTERNAL', selector: 'mailwright', keyFile: '/k', publicKey: 'MIIB' },
      },
    );
    const live = state([region('us-west-2', { identity: identity('us-west-2', { origin: 'AWS_SES_US_EAST_1' }) })]);
    const ownKey = { selector: 'mailwright', keyFile: '/k', publicKey: 'MIIB', published: 'this' as const };
    expect(revert([away], { ...live, ownKey }).changes).toMatchObject([
      { after: { origin: 'EXTERNAL', selector: 'mailwright', keyFile: '/k' } },
    ]);
    expect(revert([away], { ...live, ownKey: { ...ownKey, publicKey: 'other' } }).changes).toEqual([]);
    expect(revert([away], live).left[0]?.why).toBe('/k or DNS no longer has the former key');
  });
  it('that somebody followed by another is left', () => {
    const live = state([region('us-west-2', { identity: identity('us-west-2') })]);
    expect(revert([toOwn({ origin: 'AWS_SES_US_EAST_1' })], live).left[0]?.why).toContain(
      'Easy DKIM with keys of its own now',
    );
  });
});

it('what a run took away is made again where that can be', () => {
  const gone = everything('us-east-1').map((one) => ({ ...one, verb: 'delete' as const, before: one.after ?? null }));
  const { changes, left } = revert(gone, state([region('us-east-1', { tenant: { exists: false, resources: [] } })]));
  expect(changes.map((one) => [one.verb, one.id])).toEqual([
    ['create', 'ses us-east-1/tenant/identity'],
    ['create', 'ses us-east-1/tenant/configuration-set'],
    ['create', 'ses us-east-1/tenant'],
    ['create', 'ses us-east-1/configuration-set'],
  ]);
  expect(left).toMatchObject([{ id: 'ses us-east-1/identity', why: expect.stringContaining('new keys') }]);
});
