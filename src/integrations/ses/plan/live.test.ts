import { describe, expect, it } from 'vitest';
import { type Consents, NO_CONSENTS, type SesSpec } from '../../../core/domain-spec.ts';
import { Problem } from '../../../core/problem.ts';
import type { Change } from '../../../core/resource.ts';
import { ACCOUNT, DOMAIN, identity, owns, plan, region, spec, state } from '../estate.fixture.ts';
import type { IdentityState, SesState } from '../state.ts';

const EAST = 'us-east-1';
const WEST = 'us-west-2';
const OURS = { 'managed-by': 'mailwright', 'mailwright:home': 'home' };
const KEY = { selector: 'mailwright', keyFile: '/keys/dkim.pem', publicKey: 'MIIBPUBLIC' };
const TXT = `dns mailwright._domainkey.${DOMAIN} TXT`;
const accepted = (name: string) => ({ name, status: 'SUCCESS' as const, onMxFailure: 'USE_DEFAULT_VALUE' });
const east = (more: Parameters<typeof identity>[1] = {}) =>
  identity('us-east-1', { mailFrom: accepted(`mail.${DOMAIN}`), ...more });
const west = (more: Parameters<typeof identity>[1] = {}) =>
  identity('us-west-2', { mailFrom: accepted(`mail-us-west-2.${DOMAIN}`), ...more });
const own = { origin: 'EXTERNAL', dkim: { tokens: ['mailwright'] } };

const both = (a: IdentityState | undefined, b: IdentityState | undefined, more: Partial<SesState> = {}) =>
  state(
    [region('us-east-1', a ? { identity: a } : {}), region('us-west-2', b ? { identity: b } : {})],
    new Map(),
    more,
  );
const wish = (ses: Partial<SesSpec> = {}, consents: Partial<Consents> = {}) =>
  spec(ses, {
    consents: { ...NO_CONSENTS, ...consents },
    ...(ses.dkim === 'byodkim' ? { dkim: { selector: KEY.selector, keyFile: KEY.keyFile } } : {}),
  });
const migrate = { migrateDkim: true };
const ids = (changes: readonly Change[] = []) => changes.map((change) => change.id);

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
    expect(findings.changes?.[1]?.waitsFor).toContain('DKIM of us-east-1 to be verified');
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

describe('--migrate-dkim', () => {
  const change = (changes: readonly Change[] | undefined, id: string) => changes?.find((one) => one.id === id);

  it('to replicas: the parent’s records are served and verified, so the other follows it', () => {
    const findings = plan(wish({}, migrate), both(east(), west()));
    expect(ids(findings.changes)).toEqual(['ses us-west-2/dkim']);
    const [one] = findings.changes ?? [];
    expect(one).toMatchObject({
      before: { origin: 'AWS_SES' },
      after: { region: 'us-west-2', domain: DOMAIN, origin: 'AWS_SES_US_EAST_1' },
      waitsFor: [1, 2, 3].map((n) => `dns t${n}useast1._domainkey.${DOMAIN} CNAME`),
      undo: 'keep',
      owns: {},
    });
    expect(one?.what).toContain('Easy DKIM would make new keys');
    expect(one?.effect).toContain(`SPF of mail-us-west-2.${DOMAIN} carries DMARC`);
    expect(one).not.toHaveProperty('ask');
    // Both sets of records stay wanted while both are in use.
    expect(findings.records?.filter((record) => record.check === 'dkim.cname')).toHaveLength(6);
  });
  it('waits for a parent that is not verified, and for MAIL FROM to carry DMARC', () => {
    const findings = plan(wish({}, migrate), both(east({ status: 'PENDING' }), identity('us-west-2', own)));
    expect(change(findings.changes, 'ses us-west-2/dkim')?.waitsFor).toEqual([
      ...[1, 2, 3].map((n) => `dns t${n}useast1._domainkey.${DOMAIN} CNAME`),
      'DKIM of us-east-1 to be verified',
      'MAIL FROM of us-west-2 to be accepted',
    ]);
  });
  it('asks where nothing would carry DMARC', () => {
    const live = both(east(), identity('us-west-2'));
    for (const mailFrom of ['none', 'shared'] as const) {
      const one = change(plan(wish({ mailFrom }, migrate), live).changes, 'ses us-west-2/dkim');
      expect(one?.ask).toContain('fails DMARC meanwhile');
    }
  });

  describe('to a key of one’s own', () => {
    const byo = wish({ dkim: 'byodkim' }, migrate);
    const ownKey = { ...KEY, published: 'nothing' as const };

    it('publishes it first, then switches replicas before their parent, one after the other', () => {
      const start = plan(byo, both(east(), west({ origin: 'AWS_SES_US_EAST_1' }), { ownKey }));
      expect(start.records?.find((one) => one.id === TXT)).toMatchObject({
        firmness: 'single',
        record: { value: 'v=DKIM1; k=rsa; p=MIIBPUBLIC' },
      });
      expect(change(start.changes, 'ses us-west-2/dkim')).toMatchObject({
        waitsFor: [TXT],
        after: { origin: 'EXTERNAL', selector: 'mailwright', keyFile: '/keys/dkim.pem' },
        undo: 'inverse',
      });
      expect(change(start.changes, 'ses us-east-1/dkim')?.waitsFor).toEqual([TXT, 'DKIM of us-west-2 to be verified']);

      const published = { ownKey: { ...KEY, published: 'this' as const, record: 'p=MIIBPUBLIC' } };
      const midway = plan(byo, both(east(), west({ ...own, status: 'PENDING' }), published));
      expect(ids(midway.changes)).toEqual(['ses us-east-1/dkim']);
      expect(midway.changes?.[0]?.waitsFor).toEqual([TXT, 'DKIM of us-west-2 to be verified']);
      // What was approved is what is done: the deed reads the same in every round.
      expect(midway.changes?.[0]?.after).toEqual(change(start.changes, 'ses us-east-1/dkim')?.after);
      expect(midway.records?.find((one) => one.id === TXT)?.record.value).toBe('p=MIIBPUBLIC');

      const almost = plan(byo, both(east(), west(own), published));
      expect(almost.changes?.[0]?.waitsFor).toEqual([TXT]);
      const done = plan(byo, both(east(own), west(own), published));
      expect(done.changes).toEqual([]);
      expect(done.records?.filter((one) => one.check.startsWith('dkim.'))).toHaveLength(1);
    });
    it('is made where the file is missing: said before, approved with the rest', () => {
      const { publicKey: _, ...missing } = KEY;
      const start = plan(byo, both(east(), west(), { ownKey: { ...missing, published: 'nothing' } }));
      expect(start.changes?.[0]).toMatchObject({
        id: 'ses all regions/dkim-key',
        what: 'DKIM key of 2048 bits in /keys/dkim.pem (kept when the run is undone)',
        undo: 'keep',
      });
      expect(change(start.changes, 'ses us-east-1/dkim')?.waitsFor).toEqual(['ses all regions/dkim-key', TXT]);
      expect(start.later).toMatchObject([{ verb: 'create', type: 'TXT', under: `_domainkey.${DOMAIN}`, count: 1 }]);
      const next = plan(byo, both(east(), west(), { ownKey }));
      expect(next.changes?.map((one) => [one.id, one.after])).toEqual(
        start.changes?.slice(1).map((one) => [one.id, one.after]),
      );
    });
    it('is renewed under a new selector; the old one is not to be had back', () => {
      const old = (make: typeof east) => make({ ...own, dkim: { tokens: ['old'] } });
      const [first, second] = plan(byo, both(old(east), old(west), { ownKey })).changes ?? [];
      expect(first).toMatchObject({ before: { selector: 'old' }, after: { selector: 'mailwright' }, undo: 'keep' });
      expect(second?.waitsFor).toEqual([TXT, 'DKIM of us-east-1 to be verified']);
    });
    it('is not changed where another key stands at its selector: that is said', () => {
      const findings = plan(
        wish({ dkim: 'byodkim' }),
        both(east(own), west(own), { ownKey: { ...KEY, published: 'other' } }),
      );
      expect([findings.changes, findings.records?.filter((one) => one.check === 'dkim.key')]).toEqual([[], []]);
      expect(findings.checks?.find((one) => one.id === 'ses.dkim-method')?.seen[1]?.value).toBe(
        'the key at mailwright is not the one of /keys/dkim.pem',
      );
    });
    it('holds no key: selector and file in the data, the public half in the record', () => {
      const text = JSON.stringify(plan(byo, both(east(), undefined, { ownKey })));
      expect(text).not.toMatch(/PRIVATE|MIIE/);
    });
    it('an unreadable region stops the switch', () => {
      const findings = plan(byo, {
        ...both(east(), undefined, { ownKey }),
        regions: new Map<string, never>([
          ...(both(east(), undefined).regions as Map<string, never>),
          ['us-west-2', new Problem('unknown', 'ses.lost', 'no answer') as never],
        ]),
      });
      expect(change(findings.changes, 'ses us-east-1/dkim')?.waitsFor).toContain('DKIM of us-west-2 to be verified');
    });
    it('gives way back only to a key that the file still holds', () => {
      const away = (published: 'this' | 'other') =>
        plan(
          spec(
            {},
            { consents: { ...NO_CONSENTS, ...migrate }, dkim: { selector: KEY.selector, keyFile: KEY.keyFile } },
          ),
          both(east(), west(own), { ownKey: { ...KEY, published } }),
        ).changes?.[0];
      expect(away('this')).toMatchObject({ undo: 'inverse', before: { origin: 'EXTERNAL', keyFile: KEY.keyFile } });
      expect(away('other')).toMatchObject({
        undo: 'keep',
        what: expect.stringContaining('no file that the profile names holds the former key'),
      });
    });
  });

  it('from BYODKIM alone to Easy DKIM asks: SES names the new records only after the switch', () => {
    const live = state([region('us-east-1', { identity: east(own) })]);
    const findings = plan(wish({ regions: ['us-east-1'] }, migrate), live);
    expect(findings.changes).toMatchObject([{ id: 'ses us-east-1/dkim', after: { origin: 'AWS_SES' } }]);
    expect(findings.changes?.[0]?.ask).toBe(
      `Mail from us-east-1 leaves without a DKIM signature of ${DOMAIN} until its new records are published and seen, and passes DMARC by SPF of mail.${DOMAIN} alone meanwhile: switch now?`,
    );
    expect(findings.later).toMatchObject([{ type: 'CNAME', count: 3 }]);
  });
  it('from BYODKIM with a new region needs no such gap: the new region becomes the parent', () => {
    const findings = plan(wish({}, migrate), both(east(own), undefined));
    expect(findings.conflicts).toEqual([]);
    expect(change(findings.changes, 'ses us-west-2/identity')?.after).not.toHaveProperty('origin');
    expect(change(findings.changes, 'ses us-east-1/dkim')).toMatchObject({
      after: { origin: 'AWS_SES_US_WEST_2' },
      waitsFor: ['ses us-west-2/identity'],
    });
    expect(change(findings.changes, 'ses us-east-1/dkim')).not.toHaveProperty('ask');
  });
  it('does not restart a failed verification that it replaces', () => {
    const findings = plan(wish({}, migrate), both(east(), west({ status: 'FAILED' })));
    expect(ids(findings.changes)).toEqual(['ses us-west-2/dkim']);
    expect(findings.changes?.[0]?.effect).toBe('nothing visible: it does not sign now');
  });
});
