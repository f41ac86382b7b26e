import { describe, expect, it } from 'vitest';
import type { DomainSpec } from '../../../core/domain-spec.ts';
import { DKIM, DOMAIN, domain, HOME, HOST, mailbox, owned, spec, state, TAGS } from '../estate.fixture.ts';
import type { MailcowState } from '../state.ts';
import { planMailcow } from './plan.ts';

const plan = (want: DomainSpec, live: MailcowState, ledger = owned()) => planMailcow(want, live, HOST, HOME, ledger);
const id = (what: string) => `mailcow ${HOST}/${DOMAIN}/${what}`;
const alias = (local: string, goto: string[], more: object = {}) => ({
  id: '7',
  address: `${local}@${DOMAIN}`,
  goto,
  active: true,
  ...more,
});
const relay = { relay: 'mx1.example.org', addresses: ['203.0.113.5'] };

describe('a domain that Mailcow does not have', () => {
  const want = spec({
    limits: { quota: 20_480, maxQuota: 10_240 },
    mailboxes: [{ local: 'brett', name: 'Brett' }],
    aliases: [
      { local: 'postmaster', goto: [`brett@${DOMAIN}`] },
      { local: '', goto: ['all@example.org'] },
    ],
  });

  it('is made first, with its key and our tags; mailboxes wait for it, aliases for what they lead to', () => {
    const { changes = [], later, conflicts, about } = plan(want, state());
    expect(conflicts).toEqual([]);
    expect(about).toEqual([`Mailcow ${HOST}, version 2026-08`]);
    expect(changes.map((one) => [one.verb, one.id, one.waitsFor ?? [], one.undo])).toEqual([
      ['create', id('domain'), [], 'inverse'],
      ['create', id('mailbox brett'), [id('domain')], 'keep'],
      ['create', id('alias postmaster'), [id('domain'), id('mailbox brett')], 'inverse'],
      ['create', id('alias *'), [id('domain')], 'inverse'],
    ]);
    expect(changes[0]?.after).toEqual({
      host: HOST,
      domain: DOMAIN,
      limits: { quota: 20_480, maxQuota: 10_240 },
      dkim: { selector: 'dkim', bits: 2048 },
      tags: TAGS,
    });
    expect(changes.every((one) => one.system === `mailcow ${HOST}`)).toBe(true);
    expect(later).toEqual([
      { verb: 'create', what: expect.any(String), type: 'TXT', under: `dkim._domainkey.${DOMAIN}`, count: 1 },
    ]);
  });

  it('carries no password: only where it comes from', () => {
    const [, box] = plan(want, state()).changes ?? [];
    expect(box?.after).toMatchObject({ mailbox: `brett@${DOMAIN}`, password: 'generated' });
    expect(box?.owns).toEqual({ [id('mailbox brett')]: { host: HOST, domain: DOMAIN, mailbox: `brett@${DOMAIN}` } });
    const filed = plan(spec({ mailboxes: [{ local: 'a', passwordFile: '/etc/pw' }] }), state()).changes?.[1];
    expect(filed?.after).toMatchObject({ password: '/etc/pw' });
  });

  it('keeps the key of an earlier life, whose record has its name already', () => {
    const { changes, later, records } = plan(want, state({ dkim: DKIM }));
    expect(changes?.[0]?.after).toMatchObject({ dkim: null });
    expect(later).toEqual([]);
    expect(records?.[0]?.record).toMatchObject({ name: `dkim._domainkey.${DOMAIN}`, value: DKIM.record });
  });

  it('gets no key where none is to be published', () => {
    const { changes, later, records } = plan(spec({ dkim: 'none' }), state());
    expect([changes?.[0]?.after, later, records]).toEqual([expect.objectContaining({ dkim: null }), [], []]);
  });

  it('is a conflict where the limits of the profile contradict it, and where it is the host itself', () => {
    const tight = spec({
      limits: { mailboxes: 1, maxQuota: 100, quota: 50 },
      mailboxes: [{ local: 'a' }, { local: 'b', quota: 200 }],
    });
    expect(plan(tight, state()).conflicts?.map((one) => one.code)).toEqual(Array(4).fill('mailcow.limits'));
    expect(plan({ ...spec(), domain: HOST }, state()).conflicts?.[0]?.code).toBe('mailcow.host');
  });
});

describe('a domain that is there', () => {
  it('is taken as it is: nothing to do', () => {
    const want = spec({
      mailboxes: [{ local: 'brett', quota: 1, name: 'else' }],
      aliases: [{ local: 'postmaster', goto: [`brett@${DOMAIN}`, 'a@example.org'] }],
      limits: { quota: 1 },
    });
    const live = state({
      domain: domain({ mailboxes: 1 }),
      dkim: DKIM,
      mailboxes: [mailbox('brett')],
      aliases: [alias('postmaster', ['A@example.org', `brett@${DOMAIN}`])],
    });
    const { changes, conflicts, later, records, checks = [], holds } = plan(want, live);
    expect([changes, conflicts, later]).toEqual([[], [], []]);
    expect(records?.map((one) => [one.id, one.firmness])).toEqual([[`dns dkim._domainkey.${DOMAIN} TXT`, 'single']]);
    expect(checks.map((one) => [one.id, one.status])).toEqual([
      ['mailcow.domain', 'ok'],
      ['mailcow.mailbox', 'ok'],
      ['mailcow.alias', 'ok'],
    ]);
    expect(holds).toEqual([
      { name: `dkim._domainkey.${DOMAIN}`, by: [id('dkim'), id('domain')], why: `Mailcow ${HOST} signs with it` },
    ]);
  });

  it('gets a key where it has none', () => {
    const { changes, later } = plan(spec(), state({ domain: domain() }));
    expect(changes?.map((one) => [one.id, one.after])).toEqual([
      [id('dkim'), { host: HOST, domain: DOMAIN, selector: 'dkim', bits: 2048 }],
    ]);
    expect(later).toHaveLength(1);
  });

  it('keeps the spelling in which DNS publishes the key', () => {
    const published = 'v=DKIM1; k=rsa; p=MIIB';
    const { records } = plan(spec(), state({ domain: domain(), dkim: { ...DKIM, published } }));
    expect(records?.[0]?.record.value).toBe(published);
  });

  it.each([
    ['mailboxes', { mailboxesLeft: 1 }, /room for 1 more/],
    ['the quota of one', { maxQuota: 100 }, /may have 100/],
    ['quota for all', { quota: 4000 }, /4000 MiB left for mailboxes, and 6144/],
    ['aliases', { aliasesLeft: 0 }, /room for 0 more aliases/],
  ])('is a conflict where it has no room for %s, and is never changed', (_what, more, says) => {
    const want = spec({
      mailboxes: [{ local: 'a' }, { local: 'b' }],
      aliases: [{ local: 'c', goto: ['x@example.org'] }],
    });
    const { conflicts = [] } = plan(want, state({ domain: domain(more), dkim: DKIM }));
    expect(conflicts.length).toBeGreaterThan(0);
    for (const one of conflicts)
      expect(one).toMatchObject({ code: 'mailcow.limits', fix: expect.stringContaining('limits') });
    expect(conflicts[0]?.message).toMatch(says);
  });

  it('has no room to need for what is there already', () => {
    const live = state({
      domain: domain({ mailboxesLeft: 0, quotaGiven: 10_240 }),
      dkim: DKIM,
      mailboxes: [mailbox('a')],
    });
    expect(plan(spec({ mailboxes: [{ local: 'a' }] }), live).conflicts).toEqual([]);
  });

  it.each([
    [{ active: false }, /switched off/],
    [{ backupMx: true }, /relay domain/],
  ])('fails its check where it takes no mail: %o', (more, says) => {
    const [first] = plan(spec(), state({ domain: domain(more), dkim: DKIM })).checks ?? [];
    expect(first).toMatchObject({ status: 'failed', seen: [{ value: expect.stringMatching(says) }] });
  });

  it('is another installation’s by its tag, until somebody says otherwise', () => {
    const live = state({ domain: domain({ tags: ['mailwright', 'mailwright:home=other'] }), dkim: DKIM });
    expect(plan(spec(), live)).toMatchObject({ conflicts: [{ code: 'mailcow.home' }], partial: true });
    const adopting = spec();
    expect(plan({ ...adopting, consents: { ...adopting.consents, adopt: true } }, live).conflicts).toEqual([]);
  });

  it('is no domain where the name is an alias of another', () => {
    const { conflicts, changes } = plan(spec({ mailboxes: [{ local: 'a' }] }), state({ aliasOf: 'example.net' }));
    expect(conflicts).toMatchObject([
      { code: 'mailcow.alias-domain', message: expect.stringContaining('example.net') },
    ]);
    expect(changes).toBeUndefined();
  });
});

describe('addresses that somebody has', () => {
  const with_ = (more: Partial<MailcowState>) => state({ domain: domain(), dkim: DKIM, ...more });

  it('a mailbox that is an alias is a conflict', () => {
    const { conflicts } = plan(
      spec({ mailboxes: [{ local: 'info' }] }),
      with_({ aliases: [alias('info', ['x@example.org'])] }),
    );
    expect(conflicts).toMatchObject([
      { code: 'mailcow.mailbox-is-alias', message: expect.stringContaining('x@example.org') },
    ]);
  });

  it('an alias that is a mailbox is satisfied: mail to it is kept', () => {
    const { conflicts, changes, checks } = plan(
      spec({ aliases: [{ local: 'abuse', goto: ['x@example.org'] }] }),
      with_({ mailboxes: [mailbox('abuse')] }),
    );
    expect([conflicts, changes]).toEqual([[], []]);
    expect(checks?.at(-1)).toMatchObject({ id: 'mailcow.alias', status: 'ok' });
  });

  it('an alias that leads elsewhere is a conflict that names both, but for one of ours, which follows the profile', () => {
    const want = spec({ aliases: [{ local: 'info', goto: ['new@example.org'] }] });
    const theirs = with_({ aliases: [alias('info', ['old@example.org'])] });
    expect(plan(want, theirs).conflicts?.[0]?.message).toMatch(/new@example.org.*old@example.org/);
    const ours = with_({ aliases: [alias('info', ['old@example.org'], { comment: 'managed-by=mailwright' })] });
    const ledger = owned({ [id('alias info')]: { goto: ['old@example.org'] } });
    expect(plan(want, ours, ledger).changes).toMatchObject([{ verb: 'update', after: { goto: ['new@example.org'] } }]);
    expect(plan(want, ours).conflicts).toHaveLength(1);
  });

  it('an alias that is switched off is told, and left', () => {
    const want = spec({ aliases: [{ local: 'info', goto: ['x@example.org'] }] });
    const { changes, checks } = plan(want, with_({ aliases: [alias('info', ['x@example.org'], { active: false })] }));
    expect(changes).toEqual([]);
    expect(checks?.at(-1)).toMatchObject({ status: 'failed', fix: expect.stringContaining('Switch it on') });
  });
});

describe('DNS that Mailcow wants', () => {
  it('is two names for mail programs, where the profile says so', () => {
    const { records } = plan(spec({ clientRecords: true, dkim: 'none' }), state({ domain: domain() }));
    expect(records?.map(({ record }) => [record.name, record.type, record.value])).toEqual([
      [`autodiscover.${DOMAIN}`, 'CNAME', HOST],
      [`autoconfig.${DOMAIN}`, 'CNAME', HOST],
    ]);
  });

  it('is a conflict where a key of one’s own has the same selector', () => {
    const ses = {
      regions: ['us-east-1'],
      tenantFromProfile: false,
      dkim: 'byodkim' as const,
      mailFrom: 'none' as const,
    };
    const want = spec({}, { ses, dkim: { selector: 'dkim', keyFile: '/k' } });
    expect(plan(want, state()).conflicts).toMatchObject([{ code: 'mailcow.dkim-selector' }]);
  });
});

describe('forwarding hosts', () => {
  const want = spec({ forwardingHosts: 'ask' });
  const live = (more: Partial<MailcowState> = {}) => state({ domain: domain(), dkim: DKIM, relays: [relay], ...more });

  it('are asked for by name, the same for every domain, and no blanket yes answers it', () => {
    const [one] = plan(want, live()).changes ?? [];
    expect(one).toMatchObject({
      id: `mailcow ${HOST}/forwarding 203.0.113.5`,
      after: { host: HOST, address: '203.0.113.5' },
      ask: expect.stringContaining('203.0.113.5'),
    });
    expect(
      plan({ ...want, domain: 'example.net' }, live({ domain: domain({ name: 'example.net' }) })).changes?.[0]?.after,
    ).toEqual(one?.after);
  });

  it.each(['203.0.113.5', '203.0.113.0/24'])('are there as %s', (address) => {
    expect(plan(want, live({ forwarding: [{ address, filtered: true }] })).changes).toEqual([]);
  });

  it('are left as they are where their spam filter is off, and it is told', () => {
    const { changes, checks } = plan(want, live({ forwarding: [{ address: '203.0.113.5', filtered: false }] }));
    expect(changes).toEqual([]);
    expect(checks?.at(-1)).toMatchObject({
      id: 'mailcow.forwarding',
      status: 'failed',
      fix: expect.stringContaining('spam filter'),
    });
  });

  it('are unknown where the relay’s address is: nothing is called left over then', () => {
    const relays = [{ relay: 'mx1.example.org', addresses: [], problem: 'no answer' }];
    const ledger = owned({ [`mailcow ${HOST}/forwarding 203.0.113.5`]: {} });
    const { checks, partial, wanted } = plan(want, live({ relays }), ledger);
    expect(checks?.at(-1)?.status).toBe('unknown');
    expect(partial).toBe(true);
    expect(wanted).toContain(`mailcow ${HOST}/forwarding 203.0.113.5`);
  });
});

describe('what is ours and no longer asked for', () => {
  const ledger = owned({
    [id('domain')]: {},
    [id('mailbox brett')]: {},
    [id('alias info')]: {},
    'mailcow mail.example.net/example.com/domain': {},
  });

  it('is left over, but for mailboxes: they hold mail', () => {
    const { mailcow: _, ...without } = spec();
    expect(plan(without, state({ domain: domain(), dkim: DKIM }), ledger)).toMatchObject({
      wanted: [id('mailbox brett')],
      holds: [{ name: `dkim._domainkey.${DOMAIN}` }],
    });
    expect(plan(spec(), state({ domain: domain(), dkim: DKIM }), ledger).wanted).toEqual([
      id('domain'),
      id('mailbox brett'),
    ]);
  });
});
