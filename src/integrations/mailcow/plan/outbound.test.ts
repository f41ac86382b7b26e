import { describe, expect, it } from 'vitest';
import type { Made } from '../../../core/resource.ts';
import { DOMAIN, domain, HOME, HOST, owned, spec, state } from '../estate.fixture.ts';
import { revertMailcow } from '../revert.ts';
import type { MailcowState, Relayhost } from '../state.ts';
import { planMailcow } from './plan.ts';

const NAME = { hostname: '[email-smtp.us-east-1.amazonaws.com]:587', username: 'AKIANEW' };
const OLD = { ...NAME, username: 'AKIAOLD' };
const relayhost = (id: string, usedBy: readonly string[] = [], name = NAME): Relayhost => ({
  id,
  ...name,
  active: true,
  usedBy,
});
const ses = { regions: ['us-east-1'], tenantFromProfile: false, dkim: 'replicated', mailFrom: 'per-region' } as const;
const WISH = spec({ dkim: 'none' }, { ses, outbound: { by: 'ses', credentials: '/smtp.json' } });
const OUTBOUND = `mailcow ${HOST}/${DOMAIN}/outbound`;
const idOf = (name: typeof NAME) => `mailcow ${HOST}/relayhost ${name.hostname} ${name.username}`;
const assigned = (name: typeof NAME) => ({ [OUTBOUND]: { host: HOST, domain: DOMAIN, relayhost: name } });

const plan = (given: Partial<MailcowState>, ledger = {}, wish = WISH) =>
  planMailcow(wish, state({ wantedRelayhost: NAME, relayhosts: [], ...given }), HOST, HOME, owned(ledger));
const ids = (given: Partial<MailcowState>, ledger = {}) =>
  (plan(given, ledger).changes ?? []).map(({ verb, id, waitsFor = [] }) => [verb, id, ...waitsFor]);

describe('the relay host of a domain', () => {
  it('is made, and the domain assigned after both are there', () => {
    expect(ids({})).toEqual([
      ['create', `mailcow ${HOST}/${DOMAIN}/domain`],
      ['create', idOf(NAME)],
      ['create', OUTBOUND, `mailcow ${HOST}/${DOMAIN}/domain`, idOf(NAME)],
    ]);
    expect(ids({ domain: domain(), relayhosts: [relayhost('3')] })).toEqual([['create', OUTBOUND]]);
    expect(ids({ domain: domain({ relayhost: '3' }), relayhosts: [relayhost('3')] })).toEqual([]);
  });

  it('that somebody gave it is a conflict, also where nobody knows which it is', () => {
    const theirs = plan({ domain: domain({ relayhost: '4' }), relayhosts: [relayhost('4', [], OLD)] });
    expect(theirs.conflicts?.map(({ code }) => code)).toEqual(['mailcow.relayhost-other']);
    expect(theirs.changes).toEqual([]);
    expect(plan({ domain: domain({ relayhost: '9' }) }).conflicts?.[0]?.message).toContain('relay host 9');
  });

  it('that is switched off is not switched on unasked', () => {
    const off = { ...relayhost('3'), active: false };
    const found = plan({ domain: domain({ relayhost: '3' }), relayhosts: [off] });
    expect(found.changes).toEqual([]);
    expect(found.checks?.find(({ id }) => id === 'mailcow.relayhost')).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('Switch it on'),
    });
  });

  it('of ours follows new passwords; the former one goes with its last domain', () => {
    const live = domain({ relayhost: '1' });
    const ledger = {
      ...assigned(OLD),
      [idOf(OLD)]: { host: HOST, ...OLD, region: 'us-east-1', credentials: '/smtp.json' },
    };
    expect(ids({ domain: live, relayhosts: [relayhost('1', [DOMAIN], OLD)] }, ledger)).toEqual([
      ['create', idOf(NAME)],
      ['delete', idOf(OLD), OUTBOUND],
      ['update', OUTBOUND, idOf(NAME)],
    ]);
    const shared = [relayhost('1', [DOMAIN, 'other.com'], OLD), relayhost('2')];
    expect(ids({ domain: live, relayhosts: shared }, ledger)).toEqual([['update', OUTBOUND]]);
    expect(plan({ domain: live, relayhosts: shared }, ledger).wanted).toContain(idOf(OLD));
    // One that we did not make stays.
    expect(ids({ domain: live, relayhosts: [relayhost('1', [DOMAIN], OLD), relayhost('2')] }, assigned(OLD))).toEqual([
      ['update', OUTBOUND],
    ]);
  });

  it('is nothing to plan without usable passwords, and nothing of ours counts as left over then', () => {
    const { wantedRelayhost: _none, ...rest } = state({ domain: domain(), relayhosts: [] });
    const found = planMailcow(WISH, rest, HOST, HOME, owned());
    expect([found.changes, found.partial]).toEqual([[], true]);
  });
});

describe('its way back', () => {
  const made = (id: string, verb: Made['verb'], more: Partial<Made> = {}): Made => ({
    id,
    system: `mailcow ${HOST}`,
    verb,
    what: 'it',
    undo: 'inverse',
    ...more,
  });
  const data = (name: typeof NAME | null) => ({ host: HOST, domain: DOMAIN, relayhost: name });
  const back = (all: readonly Made[], given: Partial<MailcowState>) => {
    const { changes, left } = revertMailcow(all, state(given), WISH, HOST, HOME);
    return [...changes.map(({ verb, id, waitsFor = [] }) => [verb, id, ...waitsFor]), ...left.map(({ why }) => why)];
  };
  const both = [
    made(idOf(NAME), 'create', { after: { host: HOST, ...NAME, region: 'us-east-1', credentials: '/smtp.json' } }),
    made(OUTBOUND, 'create', { after: data(NAME) }),
  ];

  it('takes the domain from it first; another domain’s use keeps it', () => {
    const live = domain({ relayhost: '3' });
    expect(back(both, { domain: live, relayhosts: [relayhost('3', [DOMAIN])] })).toEqual([
      ['delete', OUTBOUND],
      ['delete', idOf(NAME), OUTBOUND],
    ]);
    expect(back(both, { domain: live, relayhosts: [relayhost('3', [DOMAIN, 'other.com'])] })).toEqual([
      ['delete', OUTBOUND],
      'other.com leaves by it',
    ]);
    expect(back(both, { domain: domain(), relayhosts: [] })).toEqual([]);
  });

  it('leaves what somebody changed since', () => {
    const theirs = [relayhost('3'), relayhost('4', [DOMAIN], OLD)];
    expect(back(both, { domain: domain({ relayhost: '4' }), relayhosts: theirs })).toEqual([
      ['delete', idOf(NAME)],
      `its mail leaves by ${OLD.hostname} as AKIAOLD by now`,
    ]);
  });

  it('goes back to the former relay host, as long as that is there', () => {
    const moved = [made(OUTBOUND, 'update', { before: data(OLD), after: data(NAME) })];
    const live = { domain: domain({ relayhost: '3' }) };
    const old = relayhost('1', [], OLD);
    expect(back(moved, { ...live, relayhosts: [old, relayhost('3', [DOMAIN])] })).toEqual([['update', OUTBOUND]]);
    expect(back(moved, { ...live, relayhosts: [relayhost('3', [DOMAIN])] })).toEqual([
      `the relay host that it left by before (${OLD.hostname} as AKIAOLD) is gone`,
    ]);
    const gone = [made(OUTBOUND, 'delete', { before: data(NAME) })];
    expect(back(gone, { domain: domain(), relayhosts: [] })).toEqual([['create', OUTBOUND, idOf(NAME)]]);
  });
});
