import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/app/planner.ts';
import { type DomainSpec, type MailcowSpec, NO_CONSENTS } from '../../src/core/domain-spec.ts';
import type { Json } from '../../src/core/problem.ts';
import type { Change, Findings, Made, Outcome, Owned, Resource } from '../../src/core/resource.ts';
import type { SmtpCredential } from '../../src/core/smtp-credentials.ts';
import { examineMailcow } from '../../src/integrations/mailcow/examine.ts';
import { openMailcow, openMailcowClient } from '../../src/integrations/mailcow/index.ts';
import { inspectMailcow } from '../../src/integrations/mailcow/inspect.ts';
import type { MailcowState } from '../../src/integrations/mailcow/state.ts';
import { openStage, type Stage } from '../journeys/stage.ts';

const HOST = 'mail.sandbox.test';
const RELAY = '203.0.113.5';
let stage: Stage;
let folder: string;
const closing: Resource<DomainSpec, MailcowState>[] = [];
const secrets = new Map<string, string>();
let credentials: readonly SmtpCredential[] = [];

const settings = (more: object = {}) => ({
  url: stage.env.MAILCOW_URL ?? '',
  apiKey: stage.env.MAILCOW_API_KEY ?? '',
  ...more,
});
const silent = { authoritative: async () => ({ status: 'absent' as const, values: [], servers: [] }) };
/** Mailcow as a run opens it. */
const fresh = (more: object = {}, timeoutMs = 5000) => {
  const cow = openMailcow(settings(more), {
    host: HOST,
    home: 'contract',
    timeoutMs,
    clock: systemClock,
    resolver: silent,
    resolveHost: async () => [RELAY],
    readCredentials: async () => credentials,
    secrets: {
      put: async (ref, value) => void secrets.set(ref, value),
      get: async (ref) => secrets.get(ref),
      remove: async (ref) => void secrets.delete(ref),
    },
  });
  closing.push(cow);
  return cow;
};

const want = (domain: string, mailcow: Partial<MailcowSpec> = {}, more: Partial<DomainSpec> = {}): DomainSpec => ({
  domain,
  dmarc: { policy: 'none', rua: [], ruf: [], reports: 'keep' },
  spf: { root: 'keep', include: [] },
  mailcow: {
    host: HOST,
    limits: {},
    mailboxes: [],
    aliases: [],
    dkim: 'publish',
    clientRecords: false,
    forwardingHosts: 'no',
    ...mailcow,
  },
  dns: { provider: 'auto' },
  ttl: 3600,
  consents: NO_CONSENTS,
  ...more,
});
const owned = (entries: Readonly<Record<string, Json>> = {}): Owned => ({
  get: (id) => entries[id],
  entries: () => Object.entries(entries),
});

const look = async (cow: Resource<DomainSpec, MailcowState>, spec: DomainSpec): Promise<Findings> =>
  cow.plan(spec, await cow.read(spec, owned(), false), owned());

async function apply(cow: Resource<DomainSpec, MailcowState>, changes: readonly Change[]) {
  const outcomes = new Map<string, Outcome>();
  await cow.apply(changes, { start: () => {}, outcome: (id, outcome) => outcomes.set(id, outcome) });
  return outcomes;
}

/** Plans and applies as a run does: each change when what it waits for is done. */
async function bring(cow: Resource<DomainSpec, MailcowState>, ...specs: DomainSpec[]) {
  const outcomes = new Map<string, Outcome>();
  const plans = await Promise.all(specs.map((spec) => look(cow, spec)));
  expect(plans.flatMap((plan) => plan.conflicts ?? [])).toEqual([]);
  let open = plans.flatMap((plan) => plan.changes ?? []);
  const all = open;
  while (open.length > 0) {
    const free = open.filter((change) => (change.waitsFor ?? []).every((id) => outcomes.has(id)));
    for (const [id, outcome] of await apply(cow, free)) outcomes.set(id, outcome);
    open = open.filter((change) => !free.includes(change));
  }
  return { outcomes, changes: all };
}
const failures = (outcomes: ReadonlyMap<string, Outcome>) =>
  [...outcomes.values()].filter((one) => one.status !== 'done');

interface Overview {
  readonly domains: readonly {
    name: string;
    knownToSogo: boolean;
    tags: string[];
    dkim: string | null;
    quota: number;
  }[];
  readonly mailboxes: readonly { username: string; quota: number; tags: string[] }[];
  readonly aliases: readonly { address: string; goto: string; active: number; privateComment: string | null }[];
  readonly forwardingHosts: readonly { host: string; keepSpam: boolean }[];
  readonly sogo: { restarts: number };
}
const overview = async () => (await stage.control('GET /control/mailcow')) as Overview;
const switches = (change: object) => stage.control('POST /control/mailcow/switches', change);
const fault = (kind: string, operation: string, more: object = {}) =>
  stage.control('POST /faults', { kind, system: 'mailcow', operation, count: 1, ...more });
const rows = (since: number) => stage.ledger('mailcow', since);
const id = (domain: string, what: string) => `mailcow ${HOST}/${domain}/${what}`;

beforeAll(async () => {
  stage = await openStage();
  folder = mkdtempSync(join(tmpdir(), 'mailwright-mailcow-'));
  await stage.control('POST /control/mailcow/domains', {
    domain: 'neighbour.test',
    mailboxes: [{ address: 'ann@neighbour.test', password: 'neighbour-1' }],
    aliases: [{ address: 'info@neighbour.test', goto: 'ann@neighbour.test', private_comment: 'theirs' }],
  });
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  for (const cow of closing.splice(0)) await cow.close?.();
  await stage.control('DELETE /faults');
  await switches({ sogoRestartFails: false, splitDkim: false, flagsAs: 'numbers', passwordPolicy: {}, stopped: [] });
  expect(await stage.control('GET /control/mailcow/bans')).toEqual([]);
});

describe('the contract of resources, at Mailcow', () => {
  const spec = want('whole.test', {
    limits: { quota: 2048, maxQuota: 1024, defaultQuota: 512, mailboxes: 3 },
    mailboxes: [
      { local: 'brett', name: 'Brett' },
      { local: 'small', quota: 64 },
    ],
    aliases: [
      { local: 'postmaster', goto: ['brett@whole.test'] },
      { local: '', goto: ['small@whole.test', 'else@example.com'] },
    ],
  });

  it('reads what it wrote, and plans nothing after that', async () => {
    const cow = fresh();
    const { outcomes, changes } = await bring(cow, spec);
    expect(failures(outcomes)).toEqual([]);
    expect([...outcomes.keys()].toSorted()).toEqual(changes.map((one) => one.id).toSorted());
    const state = await cow.read(spec, owned(), true);
    expect(state.domain).toMatchObject({
      name: 'whole.test',
      quota: 2048,
      maxQuota: 1024,
      defaultQuota: 512,
      mailboxes: 2,
    });
    // Brett's quota is the domain's default, not that of Mailcow's mailbox template.
    expect(state.domain?.quotaGiven).toBe(512 + 64);
    const again = await look(fresh(), spec);
    expect([again.changes, again.later, again.conflicts]).toEqual([[], [], []]);
    expect(again.checks?.map((one) => one.status)).toEqual(Array(5).fill('ok'));
    expect(again.records?.[0]).toMatchObject({
      id: 'dns dkim._domainkey.whole.test TXT',
      record: { value: expect.stringMatching(/^v=DKIM1;k=rsa;t=s;s=email;p=[A-Za-z0-9+/=]{300,}$/) },
    });
  });

  it('made what works: aliases that are switched on, our tags, webmail that knows the domain', async () => {
    const seen = await overview();
    const mine = seen.aliases.filter((one) => /@whole\.test$/.test(one.address) && one.address !== one.goto);
    expect(mine.map((one) => [one.address, one.active, one.privateComment])).toEqual([
      ['postmaster@whole.test', 1, 'managed-by=mailwright'],
      ['@whole.test', 1, 'managed-by=mailwright'],
    ]);
    const tags = ['mailwright', 'mailwright:home=contract'];
    expect(seen.domains.find((one) => one.name === 'whole.test')).toMatchObject({ tags, knownToSogo: true });
    expect(seen.mailboxes.find((one) => one.username === 'small@whole.test')).toMatchObject({
      tags,
      quota: 64 * 1024 ** 2,
    });
  });

  it('leaves neighbours alone', async () => {
    const state = await fresh().read(want('neighbour.test'), owned(), true);
    expect(state).toMatchObject({ domain: { mailboxes: 1, tags: [] }, aliases: [{ comment: 'theirs' }] });
  });

  it('changes nothing by reading, and asks little', async () => {
    const since = await stage.mark();
    await look(fresh(), spec);
    await look(fresh(), want('none.test', { mailboxes: [{ local: 'a' }] }));
    const calls = await rows(since);
    expect(calls.some((row) => row.effect || row.request.method !== 'GET')).toBe(false);
    expect(calls.map((row) => row.operation).toSorted()).toEqual(
      ['alias', 'dkim', 'dkim', 'domain', 'domain', 'mailbox', 'status/version', 'status/version'].map(
        (one) => `get/${one}`,
      ),
    );
  });

  it('asks nothing where nothing is wanted there and nothing of ours is there', async () => {
    const since = await stage.mark();
    const { mailcow: _, ...without } = spec;
    expect(await look(fresh(), without)).toEqual({});
    expect(await rows(since)).toEqual([]);
  });

  it('shows a key that is refused once, and names the way out', async () => {
    const since = await stage.mark();
    const cow = fresh({ apiKey: 'AAAAAA-BBBBBB-CCCCCC-DDDDDD-EEEEEE' });
    const asked = await Promise.allSettled([
      cow.read(spec, owned(), true),
      cow.read(want('other.test'), owned(), true),
    ]);
    for (const one of asked)
      expect(one).toMatchObject({
        reason: { kind: 'account', code: 'mailcow.key', fix: expect.stringContaining('MAILCOW_API_KEY') },
      });
    await expect(cow.read(spec, owned(), false)).rejects.toMatchObject({ code: 'mailcow.key' });
    expect((await rows(since)).map((row) => row.status)).toEqual([401]);
  });

  it('tells an address that is not allowed, with the address that Mailcow saw', async () => {
    const ro = (await stage.control('POST /control/mailcow/keys', { access: 'ro', allowFrom: ['192.0.2.1'] })) as {
      key: string;
    };
    await expect(fresh({ apiKey: ro.key }).read(spec, owned(), false)).rejects.toMatchObject({
      code: 'mailcow.scope',
      fix: expect.stringContaining('127.0.0.1'),
    });
    await stage.control('POST /control/mailcow/keys', { access: 'ro', allowFrom: ['127.0.0.1'] });
  });

  it('gives up on a slow peer, and takes a page of a proxy for no answer', async () => {
    await fault('hang', 'get/domain');
    await expect(fresh({}, 300).read(spec, owned(), false)).rejects.toMatchObject({
      kind: 'unknown',
      code: 'mailcow.unreachable',
    });
    await stage.control('DELETE /faults');
    await fault('html', 'get/domain');
    await expect(fresh().read(spec, owned(), false)).rejects.toMatchObject({ kind: 'unknown', code: 'mailcow.down' });
  });

  it('goes back to nothing but what holds mail', async () => {
    const cow = fresh();
    const state = await cow.read(spec, owned(), true);
    const all = (await look(fresh(), { ...spec, domain: 'unmade.test' })).changes ?? [];
    const made = all.map((one): Made => JSON.parse(JSON.stringify(one).replaceAll('unmade.test', 'whole.test')));
    const { changes, left } = cow.revert(made, state, spec);
    expect(changes.map((one) => one.id)).toEqual([id('whole.test', 'alias postmaster'), id('whole.test', 'alias *')]);
    expect(left.map((one) => one.id)).toEqual([
      id('whole.test', 'mailbox brett'),
      id('whole.test', 'mailbox small'),
      id('whole.test', 'domain'),
    ]);
    expect(failures(await apply(cow, changes))).toEqual([]);
    expect(cow.revert(made, await cow.read(spec, owned(), true), spec).changes).toEqual([]);
    // An empty one goes whole.
    const empty = want('empty.test');
    const { changes: making } = await bring(cow, empty);
    const back = cow.revert(making as never, await cow.read(empty, owned(), true), empty);
    expect(failures(await apply(cow, back.changes))).toEqual([]);
    expect(await cow.read(empty, owned(), true)).toMatchObject({ mailboxes: [], aliases: [] });
    expect((await overview()).domains.map((one) => one.name)).not.toContain('empty.test');
    expect((await look(cow, empty)).later).toHaveLength(1);
  });
});

describe('domains', () => {
  it('restart webmail once, however many are made', async () => {
    const { restarts } = (await overview()).sogo;
    const names = ['a', 'b', 'c'].map((one) => `many-${one}.test`);
    expect(failures((await bring(fresh(), ...names.map((one) => want(one)))).outcomes)).toEqual([]);
    const seen = await overview();
    expect(seen.sogo.restarts).toBe(restarts + 1);
    expect(seen.domains.filter((one) => names.includes(one.name)).every((one) => one.knownToSogo)).toBe(true);
  });

  it('are made also where webmail does not restart, and it is said', async () => {
    await switches({ sogoRestartFails: true });
    const { outcomes } = await bring(fresh(), want('sogo.test'));
    expect(outcomes.get(id('sogo.test', 'domain'))).toMatchObject({
      status: 'done',
      learnt: { notes: [expect.stringContaining('SOGo did not restart')] },
    });
    expect((await look(fresh(), want('sogo.test'))).changes).toEqual([]);
  });

  it('keep the key of an earlier life, whose record is known before they are made', async () => {
    const spec = want('earlier.test');
    const cow = fresh();
    await bring(cow, spec);
    const key = (await look(cow, spec)).records?.[0]?.record.value;
    const client = openMailcowClient(settings(), { host: HOST, timeoutMs: 5000 });
    await client.write('delete/domain', ['earlier.test'], { about: 'test', expect: ['domain_removed'] });
    client.close();
    const plan = await look(cow, spec);
    expect([plan.later, plan.records?.[0]?.record.value]).toEqual([[], key]);
    // Made by a plan that did not know: Mailcow says that the key stays.
    const blind = (await look(cow, { ...spec, domain: 'blind.test' })).changes ?? [];
    const changes = JSON.parse(JSON.stringify(blind).replaceAll('blind.test', 'earlier.test')) as Change[];
    expect((await apply(cow, changes)).get(id('earlier.test', 'domain'))).toMatchObject({
      status: 'done',
      learnt: { notes: [expect.stringContaining('earlier life')] },
    });
    expect((await look(cow, spec)).records?.[0]?.record.value).toBe(key);
  });

  it('leave no key behind when they go', async () => {
    const spec = want('gone.test');
    const cow = fresh();
    const { changes } = await bring(cow, spec);
    await apply(cow, cow.revert(changes as never, await cow.read(spec, owned(), true), spec).changes);
    expect(await cow.read(spec, owned(), true)).not.toHaveProperty('dkim');
  });

  it('get no key where none is to be published, and one later where it is', async () => {
    const cow = fresh();
    await bring(cow, want('keyless.test', { dkim: 'none' }));
    expect(await cow.read(want('keyless.test'), owned(), false)).not.toHaveProperty('dkim');
    const { changes } = await bring(cow, want('keyless.test'));
    expect(changes.map((one) => one.id)).toEqual([id('keyless.test', 'dkim')]);
    expect((await look(cow, want('keyless.test'))).records).toHaveLength(1);
  });

  it('are not made twice: what somebody made since is kept as it is', async () => {
    const cow = fresh();
    const { changes = [] } = await look(cow, want('twice.test'));
    await stage.control('POST /control/mailcow/domains', { domain: 'twice.test' });
    expect((await apply(cow, changes)).get(id('twice.test', 'domain'))).toEqual({ status: 'kept' });
  });

  it('are refused with the limits that do not fit', async () => {
    const cow = fresh();
    const { changes = [] } = await look(cow, want('tiny.test', { limits: { quota: 100 } }));
    expect((await apply(cow, changes)).get(id('tiny.test', 'domain'))).toMatchObject({
      status: 'failed',
      problem: { code: 'mailcow.mailbox-quota-exceeds-domain-quota', fix: expect.stringContaining('quota') },
    });
  });

  it('are not taken for the one that a name only stands for', async () => {
    await fetch(`${stage.env.MAILCOW_URL}/api/v1/add/alias-domain`, {
      method: 'POST',
      headers: { 'x-api-key': stage.env.MAILCOW_API_KEY ?? '', 'content-type': 'application/json' },
      body: JSON.stringify({ alias_domain: 'other-name.test', target_domain: 'sogo.test', active: 1 }),
    });
    expect((await look(fresh(), want('other-name.test', { mailboxes: [{ local: 'a' }] }))).conflicts).toMatchObject([
      { code: 'mailcow.alias-domain', message: expect.stringContaining('sogo.test') },
    ]);
    // The domain would take the other name along.
    const cow = fresh();
    const spec = want('sogo.test');
    const data = { host: HOST, domain: 'sogo.test', limits: {}, dkim: null, tags: [] };
    const made: Made = {
      id: id('sogo.test', 'domain'),
      system: cow.name,
      verb: 'create',
      what: 'domain',
      after: data,
      undo: 'inverse',
    };
    expect(cow.revert([made], await cow.read(spec, owned(), true), spec)).toMatchObject({
      changes: [],
      left: [{ why: 'it is used as other-name.test, too' }],
    });
  });

  it('read the same in the spellings of other versions: texts for numbers, keys in pieces', async () => {
    const spec = want('sogo.test');
    const before = await fresh().read(spec, owned(), true);
    await switches({ flagsAs: 'texts', splitDkim: true });
    expect(await fresh().read(spec, owned(), true)).toEqual(before);
  });
});

describe('mailboxes', () => {
  const ref = (address: string) => `mailcow ${HOST} ${address}`;

  it('have a made-up password that satisfies the policy, is kept until it was shown, and stands nowhere else', async () => {
    await switches({ passwordPolicy: { length: 30, chars: 1, special_chars: 1, lowerupper: 1, numbers: 1 } });
    const { outcomes, changes } = await bring(
      fresh(),
      want('boxes.test', { mailboxes: [{ local: 'made', quota: 10 }] }),
    );
    expect(failures(outcomes)).toEqual([]);
    const password = secrets.get(ref('made@boxes.test')) ?? '';
    expect(password.length).toBeGreaterThanOrEqual(30);
    expect(JSON.stringify([changes, [...outcomes]])).not.toContain(password);
  });

  it('keep the password of a call whose answer was lost, and are not made again', async () => {
    const spec = want('boxes.test', { mailboxes: [{ local: 'lost', quota: 10 }] });
    const cow = fresh();
    await fault('error-after', 'add/mailbox');
    const since = await stage.mark();
    const { outcomes } = await bring(cow, spec);
    expect(outcomes.get(id('boxes.test', 'mailbox lost'))).toMatchObject({
      status: 'failed',
      problem: { kind: 'unknown' },
    });
    expect((await rows(since)).filter((row) => row.operation === 'add/mailbox')).toHaveLength(1);
    expect(secrets.has(ref('lost@boxes.test'))).toBe(true);
    expect((await look(cow, spec)).changes).toEqual([]);
  });

  it('take the same password again where the call was certainly lost before it did anything', async () => {
    const spec = want('boxes.test', { mailboxes: [{ local: 'again', quota: 10 }] });
    await fault('error-before', 'add/mailbox');
    await bring(fresh(), spec);
    const password = secrets.get(ref('again@boxes.test'));
    expect(failures((await bring(fresh(), spec)).outcomes)).toEqual([]);
    expect(secrets.get(ref('again@boxes.test'))).toBe(password);
  });

  it('that somebody made meanwhile are kept, and our password is forgotten', async () => {
    const cow = fresh();
    const { changes = [] } = await look(cow, want('boxes.test', { mailboxes: [{ local: 'theirs', quota: 10 }] }));
    await stage.control('POST /control/mailcow/mailboxes', { address: 'theirs@boxes.test', password: 'theirs-1' });
    expect((await apply(cow, changes)).get(id('boxes.test', 'mailbox theirs'))).toEqual({ status: 'kept' });
    expect(secrets.has(ref('theirs@boxes.test'))).toBe(false);
  });

  it('take their password from a file, which the policy may refuse', async () => {
    await switches({ passwordPolicy: { length: 12 } });
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'short\n', { mode: 0o600 });
    const spec = want('boxes.test', { mailboxes: [{ local: 'filed', quota: 10, passwordFile }] });
    const refused = (await bring(fresh(), spec)).outcomes.get(id('boxes.test', 'mailbox filed'));
    expect(refused).toMatchObject({
      problem: { code: 'mailcow.password-complexity', fix: expect.stringContaining('policy') },
    });
    expect(JSON.stringify(refused)).not.toContain('short');
    writeFileSync(passwordFile, 'long enough for it\n');
    expect(failures((await bring(fresh(), spec)).outcomes)).toEqual([]);
    expect(secrets.has(ref('filed@boxes.test'))).toBe(false);
  });
});

describe('aliases and forwarding hosts', () => {
  it('an alias of ours follows the profile, whoever’s stays', async () => {
    const spec = (to: string) => want('turn.test', { aliases: [{ local: 'info', goto: [to] }] });
    const cow = fresh();
    const { changes } = await bring(cow, spec('a@example.com'));
    const ledger = owned(Object.fromEntries(changes.map((one) => [one.id, one.after ?? null])));
    const state = await cow.read(spec('b@example.com'), ledger, false);
    const turned = cow.plan(spec('b@example.com'), state, ledger).changes ?? [];
    expect(failures(await apply(cow, turned))).toEqual([]);
    expect((await overview()).aliases.find((one) => one.address === 'info@turn.test')).toMatchObject({
      goto: 'b@example.com',
      active: 1,
      privateComment: 'managed-by=mailwright',
    });
    expect((await look(cow, spec('c@example.com'))).conflicts).toMatchObject([{ code: 'mailcow.alias-other' }]);
  });

  it('a relay is named with its spam filter on, once for all domains, and taken away again', async () => {
    const ssh = { privilege: 'auto' as const };
    const relays = [{ host: 'mx1.example.com', managed: true, ssh, recipients: 'list' as const }];
    const specs = ['many-a.test', 'many-b.test'].map((one) => want(one, { forwardingHosts: 'ask' }, { relays }));
    const cow = fresh();
    const plans = await Promise.all(specs.map((spec) => look(cow, spec)));
    const [first, second] = plans.map((plan) => plan.changes ?? []);
    expect(first).toEqual(second);
    expect(failures(await apply(cow, first ?? []))).toEqual([]);
    expect((await overview()).forwardingHosts).toEqual([{ host: RELAY, source: RELAY, keepSpam: false }]);
    for (const spec of specs) expect((await look(cow, spec)).changes).toEqual([]);
    const [spec = want('x.test')] = specs;
    const ours = owned(Object.fromEntries((first ?? []).map(({ id, after }) => [id, after ?? null])));
    const state = await cow.read(spec, ours, true);
    const back = cow.revert(first as never, state, spec);
    expect(back.changes).toEqual([]);
    expect(back.left).toMatchObject([
      { why: expect.stringContaining('of this Mailcow may get mail through it'), ours: true },
    ]);
    const alone = cow.revert(first as never, { ...state, others: [] }, spec);
    expect(failures(await apply(cow, alone.changes))).toEqual([]);
    expect((await overview()).forwardingHosts).toEqual([]);
  });
});

describe('doctor and inspect', () => {
  const needs = { host: HOST, timeoutMs: 5000 };

  it('prove the right to write without writing, and tell a key that is only for reading', async () => {
    const since = await stage.mark();
    const lines = await examineMailcow(settings(), ['whole.test', 'none.test'], needs);
    expect(lines.map((one) => [one.id, one.status])).toEqual([
      ['mailcow.reachable', 'ok'],
      ['mailcow.key', 'ok'],
      ['mailcow.version', 'ok'],
      ['mailcow.permission', 'ok'],
      ['mailcow.containers', 'ok'],
      ['mailcow.domain', 'ok'],
      ['mailcow.domain', 'ok'],
    ]);
    expect((await rows(since)).some((row) => row.effect)).toBe(false);
    const [, ro] = (await stage.control('GET /control/mailcow/keys')) as { key: string }[];
    const read = await examineMailcow(settings({ apiKey: ro?.key }), [], needs);
    expect(read.find((one) => one.id === 'mailcow.permission')).toMatchObject({ status: 'refused' });
  });

  it('tell a container that does not run, and a key that is wrong, which is shown once', async () => {
    await switches({ stopped: ['sogo-mailcow'] });
    const lines = await examineMailcow(settings(), [], needs);
    expect(lines.at(-1)).toMatchObject({ status: 'warning', says: expect.stringContaining('sogo-mailcow') });
    const since = await stage.mark();
    expect(await examineMailcow(settings({ apiKey: 'AAAAAA' }), ['whole.test'], needs)).toMatchObject([
      { id: 'mailcow.key', status: 'credentials' },
    ]);
    expect(await rows(since)).toHaveLength(1);
  });

  it('show what a domain has, whoever made it', async () => {
    const client = openMailcowClient(settings(), needs);
    expect(await inspectMailcow(client, 'neighbour.test', silent)).toMatchObject({
      status: 'present',
      value: {
        host: HOST,
        mailboxes: ['ann'],
        limits: { mailboxes: 10, aliases: 400, defaultQuota: 3072, maxQuota: 10_240, quota: 10_240 },
        aliases: [{ address: 'info@neighbour.test', goto: ['ann@neighbour.test'], active: true }],
        dkim: { selector: 'dkim', published: false },
      },
    });
    expect(await inspectMailcow(client, 'none.test', silent)).toEqual({ status: 'absent' });
    client.close();
  });
});

describe('the relay host of a domain', () => {
  const ses = { regions: ['us-east-1'], tenantFromProfile: false, dkim: 'replicated', mailFrom: 'per-region' } as const;
  const sending = (domain: string) => want(domain, {}, { ses, outbound: { by: 'ses', credentials: '/smtp.json' } });
  const as = (username: string) => {
    credentials = [
      { region: 'us-east-1', host: 'email-smtp.test', port: 587, username, password: `secret-of-${username}` },
    ];
  };

  it('is made once for two domains, read as it was written, and its password is in no state and no change', async () => {
    as('AKIAONE');
    const cow = fresh();
    const { outcomes, changes } = await bring(cow, sending('sends-a.test'));
    expect(failures(outcomes)).toEqual([]);
    expect(failures((await bring(cow, sending('sends-b.test'))).outcomes)).toEqual([]);
    const state = await cow.read(sending('sends-a.test'), owned(), false);
    expect(state.relayhosts).toMatchObject([
      {
        hostname: '[email-smtp.test]:587',
        username: 'AKIAONE',
        active: true,
        usedBy: ['sends-a.test', 'sends-b.test'],
      },
    ]);
    expect(JSON.stringify([state, changes])).not.toContain('secret-of');
    expect((await look(cow, sending('sends-b.test'))).changes).toEqual([]);
  });

  it('is found by looking where the answer is lost', async () => {
    as('AKIALOST');
    const cow = fresh();
    await fault('error-after', 'add/relayhost');
    const plan = await look(cow, sending('sends-lost.test'));
    const making = (plan.changes ?? []).filter((one) => one.id.includes('/relayhost '));
    const [outcome] = (await apply(cow, making)).values();
    expect(outcome).toMatchObject({ status: 'failed', problem: { kind: 'unknown' } });
    const again = await look(fresh(), sending('sends-lost.test'));
    expect((again.changes ?? []).map((one) => one.id)).toEqual([
      id('sends-lost.test', 'domain'),
      id('sends-lost.test', 'outbound'),
    ]);
  });

  it('is not given to a domain that somebody gave another one since the look, and not removed while it is used', async () => {
    as('AKIAONE');
    const cow = fresh();
    await bring(cow, want('sends-late.test'));
    const plan = await look(cow, sending('sends-late.test'));
    const change = plan.changes?.find((one) => one.id === id('sends-late.test', 'outbound')) as Change;
    const headers = { 'x-api-key': stage.env.MAILCOW_API_KEY ?? '', 'content-type': 'application/json' };
    const { relayhosts = [] } = await cow.read(sending('sends-late.test'), owned(), false);
    const other = relayhosts.find(({ username }) => username === 'AKIALOST')?.id;
    const body = JSON.stringify({ items: ['sends-late.test'], attr: { relayhost: other } });
    await fetch(`${stage.env.MAILCOW_URL}/api/v1/edit/domain`, { method: 'POST', headers, body });
    const [refused] = (await apply(cow, [change])).values();
    expect(refused).toMatchObject({ status: 'failed', problem: { code: 'mailcow.relayhost-moved' } });

    const data = {
      host: HOST,
      hostname: '[email-smtp.test]:587',
      username: 'AKIALOST',
      region: 'us-east-1',
      credentials: '/f',
    };
    const removal = {
      ...change,
      id: `mailcow ${HOST}/relayhost [email-smtp.test]:587 AKIALOST`,
      verb: 'delete',
      before: data,
    } as const;
    const [used] = (await apply(cow, [removal])).values();
    expect(used).toMatchObject({
      problem: { code: 'mailcow.relayhost-used', message: expect.stringContaining('sends-late.test') },
    });
  });
});
