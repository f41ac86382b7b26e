import { describe, expect, it } from 'vitest';
import type { Made } from '../../core/resource.ts';
import { DKIM, DOMAIN, domain, HOME, HOST, mailbox, spec, state, TAGS } from './estate.fixture.ts';
import { revertMailcow } from './revert.ts';
import type { MailcowState } from './state.ts';
import { stayingAt } from './staying.ts';

const id = (what: string) => `mailcow ${HOST}/${DOMAIN}/${what}`;
const made = (what: string, after: object, more: Partial<Made> = {}): Made => ({
  id: what.includes('/') ? what : id(what),
  system: `mailcow ${HOST}`,
  verb: 'create',
  what,
  after: { host: HOST, domain: DOMAIN, ...after } as never,
  undo: 'inverse',
  ...more,
});
const theDomain = made('domain', { limits: {}, dkim: { selector: 'dkim', bits: 2048 }, tags: TAGS });
const theBox = made('mailbox brett', { mailbox: `brett@${DOMAIN}`, password: 'generated' });
const theAlias = made('alias info', { address: `info@${DOMAIN}`, goto: ['x@example.org'] });
const theForwarder = made(`mailcow ${HOST}/forwarding 203.0.113.5`, { address: '203.0.113.5' });
const live = (more: Partial<MailcowState> = {}) =>
  state({ domain: domain({ tags: TAGS }), dkim: DKIM, aliasDomains: [], ...more });
const alias = (more: object = {}) => ({
  id: '7',
  address: `info@${DOMAIN}`,
  goto: ['x@example.org'],
  active: true,
  comment: 'managed-by=mailwright',
  ...more,
});
const revert = (all: readonly Made[], now: MailcowState) => revertMailcow(all, now, spec(), HOST, HOME);
const verbs = (all: readonly Made[], now: MailcowState) => revert(all, now).changes.map((one) => [one.verb, one.id]);
const why = (all: readonly Made[], now: MailcowState) =>
  revert(all, now).left.map((one) => [one.id, one.why, one.ours]);

describe('what was made at Mailcow', () => {
  it('goes where it is empty and as it was made: what is in the domain first', () => {
    const now = live({ domain: domain({ tags: TAGS, aliases: 1 }), aliases: [alias()] });
    const { changes, left } = revert([theDomain, theAlias], now);
    expect(left).toEqual([]);
    expect(changes.map((one) => [one.verb, one.id, one.waitsFor ?? [], one.undo])).toEqual([
      ['delete', id('alias info'), [], 'inverse'],
      ['delete', id('domain'), [id('alias info')], 'keep'],
    ]);
    expect(changes[1]).toMatchObject({ before: theDomain.after, owns: { [id('domain')]: null } });
  });

  it('stays where it holds mail, and says how much', () => {
    const box = mailbox('brett', { messages: 1234, bytes: 1_288_490_189, tags: TAGS });
    const now = live({
      domain: domain({ tags: TAGS, mailboxes: 1, messages: 1234, bytes: 1_288_490_189 }),
      mailboxes: [box],
    });
    expect(verbs([theDomain, theBox], now)).toEqual([]);
    expect(why([theDomain, theBox], now)).toEqual([
      [id('mailbox brett'), 'mailboxes are never removed: it holds 1,234 messages (1.2 GiB)', true],
      [id('domain'), 'it has 1 mailbox, which holds 1,234 messages (1.2 GiB)', true],
    ]);
  });

  it('stays where somebody’s alias is in it, or another name stands for it', () => {
    expect(why([theDomain], live({ aliases: [alias()] }))).toEqual([
      [id('domain'), `it has aliases that are not of our making: info@${DOMAIN}`, true],
    ]);
    expect(why([theDomain], live({ aliasDomains: ['example.net'] }))).toEqual([
      [id('domain'), 'it is used as example.net, too', true],
    ]);
    const { aliasDomains: _, ...unread } = live();
    expect(verbs([theDomain], unread)).toEqual([]);
  });

  it('is left where nothing proves that it is ours', () => {
    expect(why([theDomain], live({ domain: domain() }))).toEqual([
      [id('domain'), expect.stringContaining('no tag'), undefined],
    ]);
    const other = domain({ tags: ['mailwright:home=other'] });
    expect(why([theDomain], live({ domain: other }))).toEqual([
      [id('domain'), expect.stringContaining('(other)'), undefined],
    ]);
    expect(why([theBox], live({ mailboxes: [mailbox('brett')] }))).toEqual([
      [id('mailbox brett'), expect.stringContaining('no tag'), undefined],
    ]);
    expect(why([theAlias], live({ aliases: [alias({ comment: 'theirs' })] }))).toEqual([
      [id('alias info'), expect.stringContaining('comment'), undefined],
    ]);
  });

  it('is left where it was changed since', () => {
    expect(why([theAlias], live({ aliases: [alias({ goto: ['y@example.org'] })] }))[0]?.[1]).toMatch(
      /y@example.org by now/,
    );
    const key = made('dkim', { selector: 'dkim', bits: 2048 });
    expect(why([key], live({ dkim: { ...DKIM, selector: 'new' } }))[0]?.[1]).toMatch(/new by now/);
    expect(why([theForwarder], live({ forwarding: [{ address: '203.0.113.5', filtered: false }] }))).toHaveLength(1);
    expect(why([theDomain], state({ aliasOf: 'example.net' }))[0]?.[1]).toMatch(/alias domain of example.net/);
  });

  it('needs nothing where it is gone', () => {
    const key = made('dkim', { selector: 'dkim', bits: 2048 });
    expect(revert([theDomain, theBox, theAlias, theForwarder, key], state())).toEqual({ changes: [], left: [] });
  });

  it('is told where Mailcow was not read', () => {
    expect(why([theDomain], { ...state(), unasked: true })).toEqual([
      [id('domain'), `mailcow ${HOST} was not read`, undefined],
    ]);
  });
});

describe('mailboxes of a domain that is taken down', () => {
  const wish = (mailboxes: 'delete' | 'deactivate') => {
    const plain = spec();
    return { ...plain, consents: { ...plain.consents, mailboxes } };
  };
  const full = live({
    domain: domain({ tags: TAGS, mailboxes: 1, messages: 3, bytes: 4096 }),
    mailboxes: [mailbox('brett', { messages: 3, bytes: 4096, tags: TAGS })],
  });
  const go = (mailboxes: 'delete' | 'deactivate', now: MailcowState) =>
    revertMailcow([theDomain, theBox], now, wish(mailboxes), HOST, HOME);

  it('are deleted on request: with mail in them only when the domain’s name is typed', () => {
    const { changes, left } = go('delete', full);
    expect(left).toEqual([]);
    expect(changes.map((one) => [one.verb, one.id, one.typed, one.undo, one.receivesAt !== undefined])).toEqual([
      ['delete', id('mailbox brett'), DOMAIN, 'keep', true],
      ['delete', id('domain'), undefined, 'keep', true],
    ]);
    expect(changes[1]?.waitsFor).toContain(id('mailbox brett'));
    const empty = live({ domain: domain({ tags: TAGS, mailboxes: 1 }), mailboxes: [mailbox('brett', { tags: TAGS })] });
    expect(go('delete', empty).changes[0]?.typed).toBeUndefined();
  });

  it('are not deleted where somebody else made one: the domain stays', () => {
    const shared = live({
      domain: domain({ tags: TAGS, mailboxes: 2 }),
      mailboxes: [mailbox('brett', { tags: TAGS }), mailbox('anna', { tags: [] })],
    });
    const { changes, left } = go('delete', shared);
    expect(changes.map((one) => one.id)).toEqual([id('mailbox brett')]);
    expect(left.map((one) => one.id)).toEqual([id('domain')]);
  });

  it('are deactivated with their domain, once; undo takes it into service again', () => {
    const { changes } = go('deactivate', full);
    expect(changes.map((one) => [one.verb, one.id])).toEqual([['update', id('domain')]]);
    const [change] = changes;
    expect(change?.after).toMatchObject({ active: false });
    const off = { ...full, domain: { ...domain({ tags: TAGS, mailboxes: 1 }), active: false } };
    expect(go('deactivate', off).changes).toEqual([]);
    const step = {
      ...theDomain,
      verb: 'update' as const,
      before: theDomain.after as never,
      after: change?.after as never,
    };
    expect(revert([step], off).changes).toMatchObject([{ verb: 'update', after: theDomain.after }]);
    expect(revert([step], full).changes).toEqual([]);
  });
});

describe('steps of other kinds', () => {
  it('a key of ours goes by itself, before the domain', () => {
    const key = made('dkim', { selector: 'dkim', bits: 2048 });
    expect(verbs([{ ...theDomain, after: { ...(theDomain.after as object), dkim: null } }, key], live())).toEqual([
      ['delete', id('dkim')],
      ['delete', id('domain')],
    ]);
  });

  it('an alias that was turned leads back', () => {
    const before = { host: HOST, domain: DOMAIN, address: `info@${DOMAIN}`, goto: ['old@example.org'] };
    const turned = { ...theAlias, verb: 'update' as const, before };
    const [change] = revert([turned], live({ aliases: [alias()] })).changes;
    expect(change).toMatchObject({ verb: 'update', after: before, owns: { [id('alias info')]: before } });
    expect(revert([turned], live({ aliases: [alias({ goto: ['old@example.org'] })] }))).toEqual({
      changes: [],
      left: [],
    });
  });

  it('a forwarding host goes where no other domain is: others may come through it', () => {
    const now = (others?: string[]) =>
      live({ forwarding: [{ address: '203.0.113.5', filtered: true }], ...(others ? { others } : {}) });
    expect(revert([theForwarder], now([])).changes).toMatchObject([{ verb: 'delete', id: theForwarder.id }]);
    expect(why([theForwarder], now(['else.example']))).toEqual([
      [
        theForwarder.id,
        expect.stringMatching(/^else\.example of this Mailcow may get mail through it; .*remove it/),
        true,
      ],
    ]);
    expect(revert([theForwarder], now()).changes).toEqual([]);
  });

  it('what was removed comes back as far as it can', () => {
    const gone = (one: Made): Made => ({ ...one, verb: 'delete', before: one.after as never });
    const { changes, left } = revert([gone(theAlias), gone(theForwarder)], live());
    expect(changes.map((one) => [one.verb, one.id])).toEqual([
      ['create', id('alias info')],
      ['create', theForwarder.id],
    ]);
    expect(left).toEqual([]);
    expect(why([gone(theDomain)], state())[0]?.[1]).toMatch(/mailwright up/);
  });
});

describe('what stays of a domain', () => {
  it('is listed with what it holds; an empty domain is nothing', () => {
    const box = mailbox('brett', { messages: 2, bytes: 2048 });
    expect(stayingAt(live({ domain: domain({ mailboxes: 1, messages: 2, bytes: 2048 }), mailboxes: [box] }))).toEqual([
      { name: DOMAIN, kind: 'domain', messages: 2, bytes: 2048 },
      { name: `brett@${DOMAIN}`, kind: 'mailbox', messages: 2, bytes: 2048 },
    ]);
    expect(stayingAt(live())).toEqual([]);
  });
});
