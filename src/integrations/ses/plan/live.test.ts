import { describe, expect, it } from 'vitest';
import type { Change } from '../../../core/resource.ts';
import {
  ACCOUNT,
  accepted,
  both,
  DOMAIN,
  east,
  identity,
  KEY,
  own,
  owns,
  plan,
  region,
  state,
  west,
  wish,
} from '../estate.fixture.ts';

const EAST = 'us-east-1';
const WEST = 'us-west-2';
const OURS = { 'managed-by': 'mailwright', 'mailwright:home': 'home' };

/** Everything that would touch a signing key or take something away. */
const touching = (changes: readonly Change[] = []) =>
  changes.filter((change) => /\/dkim|\/identity$/.test(change.id) || change.verb === 'delete');

describe('a live estate keeps its signing keys', () => {
  const mailFrom = accepted(`bounce.${DOMAIN}`);
  it.each([
    ['Easy DKIM of its own in both regions', both(east(), west())],
    ['a replica in the first region, the parent in the second', both(east({ origin: 'AWS_SES_US_WEST_2' }), west())],
    ['BYODKIM in both', both(east(own), west(own))],
    ['BYODKIM in one, Easy DKIM in the other', both(east(own), west())],
    ['1024-bit keys', both(east({ dkim: { keyLength: 'RSA_1024_BIT' } }), west())],
    ['records that SES has lost sight of', both(east({ status: 'TEMPORARY_FAILURE' }), west())],
    ['a default configuration set of others', both(east({ configurationSet: 'theirs' }), west())],
    ['a MAIL FROM of another name', both(east({ mailFrom }), west())],
    ['tags of somebody else', both(east({ tags: { team: 'news' } }), west())],
  ])('%s', (_, live) => {
    for (const dkim of ['replicated', 'per-region', 'byodkim'] as const) {
      for (const mailFrom of ['per-region', 'shared', 'none'] as const) {
        const findings = plan(wish({ dkim, mailFrom, configurationSet: 'ours' }), {
          ...live,
          ownKey: { ...KEY, published: 'nothing' },
        });
        expect(touching(findings.changes)).toEqual([]);
        expect(findings.conflicts).toEqual([]);
      }
    }
  });

  it('in one region of two: the other joins it, and nothing of the one is touched', () => {
    const findings = plan(wish(), both(undefined, west()));
    expect(touching(findings.changes).map((change) => [change.id, change.after])).toEqual([
      ['ses us-east-1/identity', expect.objectContaining({ origin: 'AWS_SES_US_WEST_2' })],
    ]);
  });
  it('below a verified parent or with addresses of its own: they are named', () => {
    const relatives = [
      { name: 'com.example', verified: true },
      { name: `post@${DOMAIN}`, verified: true },
    ];
    const findings = plan(
      wish({ regions: ['us-east-1'] }),
      state([region('us-east-1', { identity: east(), relatives })]),
    );
    expect(findings.changes).toEqual([]);
    expect(findings.checks?.filter((one) => one.id === 'ses.relatives').map((one) => one.severity)).toEqual([
      'info',
      'warning',
    ]);
  });
  it('what the profile would rather have is a note, with the way to it', () => {
    const [note] =
      plan(wish({ dkim: 'per-region' }), both(east(), west({ origin: 'AWS_SES_US_EAST_1' }))).checks?.filter(
        (one) => one.id === 'ses.dkim-method',
      ) ?? [];
    expect(note).toMatchObject({
      region: 'us-west-2',
      severity: 'info',
      status: 'ok',
      expected: 'Easy DKIM with keys of its own',
      next: expect.stringContaining('--migrate-dkim'),
    });
  });
  it('keeps its way with a broken MX, unless the profile names one', () => {
    const strict = east({ mailFrom: { ...accepted(`mail.${DOMAIN}`), onMxFailure: 'REJECT_MESSAGE' } });
    const live = state([region('us-east-1', { identity: strict })]);
    expect(plan(wish({ regions: ['us-east-1'] }), live).changes).toEqual([]);
    const asked = wish({ regions: ['us-east-1'], onMxFailure: 'USE_DEFAULT_VALUE' });
    expect(plan(asked, live).changes).toMatchObject([{ id: 'ses us-east-1/mail-from', owns: {} }]);
    const ledger = owns({ 'ses us-east-1/mail-from': { mailFrom: `mail.${DOMAIN}` } });
    expect(plan(asked, live, 'home', ledger).changes?.[0]).not.toHaveProperty('owns');
  });
  it('keeps a MAIL FROM that is a host as well: its MX is wanted as it stands, the rest is a warning', () => {
    const mailFromHosts = new Map([[`mail.${DOMAIN}`, { addresses: ['192.0.2.1'], preference: 20 }]]);
    const findings = plan(wish({ regions: ['us-east-1'] }), {
      ...state([region('us-east-1', { identity: east() })]),
      mailFromHosts,
    });
    expect(findings.records?.find((one) => one.record.type === 'MX')).toMatchObject({
      firmness: 'exact',
      record: { preference: 20 },
    });
    expect(findings.checks?.find((one) => one.id === 'mail-from.host')).toMatchObject({
      severity: 'warning',
      status: 'failed',
    });
    expect(findings.conflicts).toEqual([]);
  });
});

describe('a domain that was verified by TXT alone', () => {
  const bare = (region: string) =>
    identity(region, { status: 'NOT_STARTED', verified: true, dkim: { tokens: [], signing: false } });
  it('begins with DKIM: nothing that works is changed by it', () => {
    const findings = plan(wish({ mailFrom: 'none' }), both(bare(EAST), bare(WEST)));
    expect(findings.changes?.map((one) => [one.id, one.after])).toEqual([
      ['ses us-east-1/dkim', { region: EAST, domain: DOMAIN, origin: 'AWS_SES', starts: true }],
      ['ses us-west-2/dkim', { region: WEST, domain: DOMAIN, origin: 'AWS_SES_US_EAST_1', starts: true }],
    ]);
    expect(findings.changes?.[1]?.waitsFor).toContain('us-east-1 to sign');
    expect(findings.changes?.[0]).not.toHaveProperty('ask');
    expect(findings.later).toMatchObject([{ type: 'CNAME', count: 3 }]);
    expect(findings.checks?.find((one) => one.id === 'ses.dkim')?.seen[0]?.value).toContain('verified without DKIM');
  });
  it('in one region follows the keys of the other', () => {
    const findings = plan(wish({ mailFrom: 'none' }), both(bare(EAST), identity(WEST)));
    expect(findings.changes?.map((one) => (one.after as { origin: string }).origin)).toEqual(['AWS_SES_US_WEST_2']);
  });
  it('beside a key of one’s own, has keys of its own', () => {
    const findings = plan(wish({ mailFrom: 'none' }), both(identity(EAST, own), bare(WEST)));
    expect(findings.conflicts).toEqual([]);
    expect(findings.changes?.map((one) => [one.id, (one.after as { origin: string }).origin])).toEqual([
      ['ses us-west-2/dkim', 'AWS_SES'],
    ]);
  });
});

describe('signing that is off', () => {
  const off = (more: Parameters<typeof east>[0] = {}) => east({ ...more, dkim: { signing: false, ...more?.dkim } });
  const signing = (identity: ReturnType<typeof east>) => {
    const found = plan(wish({ regions: [EAST] }), state([region(EAST, { identity })]));
    const [change] = (found.changes ?? []).filter((one) => one.id === 'ses us-east-1/dkim-signing');
    return { change, fix: found.checks?.find((one) => one.id === 'ses.dkim')?.fix };
  };
  it('by somebody’s choice stays off: only said', () => {
    expect(signing(off())).toEqual({ change: undefined, fix: expect.stringContaining('SES console') });
  });
  it.each([
    ['on an identity of ours', { tags: OURS }],
    ['after DKIM that we began', { tags: { 'mailwright:dkim-switched': '2026-01-09T00:00:00Z' } }],
  ])('%s is switched on, once SES has seen the records', (_, more) => {
    const { change, fix } = signing(off(more));
    expect(change).toMatchObject({ verb: 'update', after: { region: EAST, domain: DOMAIN }, owns: {}, undo: 'keep' });
    expect([change?.waitsFor, fix]).toEqual([undefined, 'Run `mailwright up`: it switches signing on.']);
    expect(signing(off({ ...more, status: 'PENDING' })).change?.waitsFor).toEqual([
      'SES to see the DKIM records of us-east-1',
    ]);
    expect(signing(east(more)).change).toBeUndefined();
  });
});

describe('adoption', () => {
  const adopt = { adopt: true };
  const arn = (kind: string, name: string) => `arn:aws:ses:us-east-1:${ACCOUNT}:${kind}/${name}`;
  const live = (tags: Record<string, string>) =>
    state([
      region('us-east-1', {
        identity: east({ tags, configurationSet: 'theirs' }),
        tenant: { exists: true, resources: [arn('identity', DOMAIN), arn('configuration-set', 'theirs')] },
      }),
    ]);
  const one = { regions: ['us-east-1'], tenant: 'acme' };

  it('marks, claims what is as we would have made it, and does nothing else', () => {
    const findings = plan(wish(one, adopt), live({ team: 'news' }));
    expect(findings.changes).toMatchObject([
      {
        id: 'ses us-east-1/identity/marks',
        marks: true,
        owns: {},
        before: { tags: { 'managed-by': null, 'mailwright:home': null } },
        after: { arn: arn('identity', DOMAIN), tags: OURS },
      },
    ]);
    expect(findings.claims?.map((claim) => claim.id)).toEqual([
      'ses us-east-1/identity',
      'ses us-east-1/mail-from',
      'ses us-east-1/tenant/identity',
      'ses us-east-1/tenant/configuration-set',
    ]);
    expect(findings.claims?.[0]?.why).toBe('from now: --prune and undo may remove it');
    expect(findings.claims?.[0]?.value).toEqual({ region: 'us-east-1', domain: DOMAIN, origin: 'AWS_SES' });
  });
  it('is over after that', () => {
    const first = plan(wish(one, adopt), live({}));
    const ledger = owns(Object.fromEntries((first.claims ?? []).map(({ id, value }) => [id, value])));
    const second = plan(wish(one, adopt), live(OURS), 'home', ledger);
    expect([second.changes, second.claims]).toEqual([[], []]);
  });
  it('takes over from another installation only when told so', () => {
    const theirs = live({ 'managed-by': 'mailwright', 'mailwright:home': 'other' });
    const refused = plan(wish(one), theirs);
    expect(refused).toMatchObject({ changes: [], conflicts: [{ code: 'ses.home' }], partial: true });
    expect(refused.conflicts?.[0]?.fix).toContain('mailwright adopt');
    const taken = plan(wish(one, adopt), theirs);
    expect(taken.conflicts).toEqual([]);
    expect(taken.changes).toMatchObject([
      { what: expect.stringContaining('taken over from other'), before: { tags: { 'mailwright:home': 'other' } } },
    ]);
  });
  it('does not claim what is still to be changed', () => {
    const pending = east({ mailFrom: { ...accepted(`mail.${DOMAIN}`), status: 'FAILED' } });
    const findings = plan(wish({ regions: ['us-east-1'] }, adopt), state([region('us-east-1', { identity: pending })]));
    expect(findings.claims?.map((claim) => claim.id)).toEqual(['ses us-east-1/identity']);
  });
});
