import { afterEach, expect, it } from 'vitest';
import type { Secrets } from '../../core/ground.ts';
import type { Outcome } from '../../core/resource.ts';
import { applyMailcow } from './apply.ts';
import { openClient } from './client.ts';
import * as estate from './estate.fixture.ts';
import { changeId } from './names.ts';
import { revertMailcow } from './revert.ts';
import { openPlayer, said } from './server.fixture.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Removes brett's mailbox, which held this when the removal was approved, and holds that by now. */
async function remove(approved: { messages: number }, now: { messages: number }) {
  const { HOST, DOMAIN, HOME, TAGS } = estate;
  const id = changeId(HOST, DOMAIN, 'mailbox', 'brett');
  const before = { host: HOST, domain: DOMAIN, mailbox: `brett@${DOMAIN}` };
  const spec = estate.spec({}, { consents: { ...estate.spec().consents, mailboxes: 'delete' } });
  const state = estate.state({
    domain: estate.domain({ mailboxes: 1, tags: TAGS }),
    mailboxes: [estate.mailbox('brett', { tags: TAGS, ...approved })],
  });
  const made = {
    id,
    system: `mailcow ${HOST}`,
    verb: 'create' as const,
    what: 'mailbox',
    after: before,
    undo: 'keep' as const,
    sure: true,
  };
  const { changes } = revertMailcow([made], state, spec, HOST, HOME);
  let removed = false;
  const player = await openPlayer(({ path }) => {
    if (path === 'delete/mailbox') {
      removed = true;
      return { body: said('success', 'mailbox_removed', `brett@${DOMAIN}`) };
    }
    if (path.startsWith('get/mailbox') && !removed)
      return { body: { username: `brett@${DOMAIN}`, active: 1, quota_used: 0, tags: TAGS, ...now } };
    return {};
  });
  const client = openClient({ host: HOST, url: player.url, apiKey: 'KEY-KEY', timeoutMs: 1000 });
  closing.push(
    () => client.close(),
    () => player.close(),
  );
  let told: Outcome | undefined;
  const secrets = {} as Secrets;
  await applyMailcow(
    changes,
    {
      start: () => {},
      outcome: (_id, outcome) => {
        told = outcome;
      },
    },
    { client, secrets, readCredentials: async () => [] as never },
  );
  return { told, removed };
}

it('a mailbox that was empty when its removal was approved, and got a letter since, stays', async () => {
  expect(await remove({ messages: 0 }, { messages: 1 })).toMatchObject({
    removed: false,
    told: {
      status: 'failed',
      problem: { code: 'mailcow.mailbox-not-empty', message: expect.stringContaining('1 message') },
    },
  });
});

it('one that is as it was approved goes, empty or with the domain’s name typed', async () => {
  expect(await remove({ messages: 0 }, { messages: 0 })).toMatchObject({ removed: true, told: { status: 'done' } });
  expect(await remove({ messages: 3 }, { messages: 3 })).toMatchObject({ removed: true, told: { status: 'done' } });
});

it('an alias that went with its mailbox a moment before is removed, not refused', async () => {
  const { HOST, DOMAIN } = estate;
  let there = true;
  const player = await openPlayer(({ path }) => {
    if (path === 'delete/alias') {
      there = false;
      return { body: said('danger', 'access_denied') };
    }
    return { body: there ? [{ id: 3, address: `abuse@${DOMAIN}`, goto: `brett@${DOMAIN}`, active: 1 }] : [] };
  });
  const client = openClient({ host: HOST, url: player.url, apiKey: 'KEY-KEY', timeoutMs: 1000 });
  closing.push(
    () => client.close(),
    () => player.close(),
  );
  const outcomes: Outcome[] = [];
  const alias = { host: HOST, domain: DOMAIN, address: `abuse@${DOMAIN}`, goto: [`brett@${DOMAIN}`], comment: '' };
  const change = {
    id: changeId(HOST, DOMAIN, 'alias', 'abuse'),
    system: `mailcow ${HOST}`,
    verb: 'delete',
    what: 'alias',
    effect: '',
    before: alias,
    by: 'us',
    undo: 'inverse',
  } as const;
  const report = { start: () => {}, outcome: (_id: string, outcome: Outcome) => void outcomes.push(outcome) };
  await applyMailcow([change], report, { client, secrets: {} as Secrets, readCredentials: async () => [] as never });
  expect(outcomes).toEqual([{ status: 'done' }]);
});
