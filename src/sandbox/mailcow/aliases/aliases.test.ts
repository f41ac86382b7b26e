import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestMailcow, type TestMailcow } from '../cow.fixture.ts';

let t: TestMailcow;
beforeAll(async () => {
  t = await openTestMailcow();
  const mailboxes = [{ address: 'post@a.test', password: 'secret1' }];
  await t.control('POST /mailcow/domains', { domain: 'a.test', key_size: 0, aliases: 4, mailboxes });
});
afterAll(() => t.close());

it('makes an alias that is off where nobody says that it is on', async () => {
  // The mailbox's own alias has number 1.
  expect(await t.add('alias', { address: 'off@a.test', goto: 'post@a.test' })).toEqual([
    'success alias_added off@a.test 2',
  ]);
  expect(await t.get('get/alias/2')).toMatchObject({ id: 2, active: 0, sogo_visible: 0, is_catch_all: 0 });
  expect(await t.get('get/alias/off@a.test')).toMatchObject({ id: 2 });
});

it('makes of a list what it can', async () => {
  const address = 'one@a.test, off@a.test post@a.test\nstranger@b.test;@a.test,a..b@a.test';
  expect(await t.add('alias', { address, goto: 'post@a.test,no-address,x@elsewhere.test', active: 1 })).toEqual([
    'danger goto_invalid @',
    'success alias_added one@a.test 3',
    'danger is_alias_or_mailbox off@a.test',
    'danger domain_not_found b.test',
    'success alias_added @a.test 4',
    'danger alias_invalid a..b@a.test',
  ]);
  expect(await t.get('get/alias/4')).toMatchObject({ is_catch_all: 1, goto: 'post@a.test,x@elsewhere.test' });
});

it('says what is missing or too much', async () => {
  expect(await t.add('alias', { goto: 'post@a.test' })).toEqual(['danger alias_empty']);
  expect(await t.add('alias', { address: 'x@a.test' })).toEqual(['danger goto_empty']);
  expect(await t.add('alias', { address: 'x@a.test', goto: 'none' })).toEqual(['danger goto_invalid @']);
  const public_comment = 'x'.repeat(161);
  expect(await t.add('alias', { address: 'x@a.test', goto: 'y@b.test', public_comment })).toEqual([
    'danger comment_too_long',
  ]);
  expect(await t.add('alias', { address: 'null@a.test', goto_null: 1 })).toEqual(['success alias_added null@a.test 5']);
  expect(await t.get('get/alias/5')).toMatchObject({ goto: 'null@localhost' });
  expect(await t.add('alias', { address: 'x@a.test', goto: 'y@b.test' })).toEqual(['danger max_alias_exceeded']);
});

it('does nothing, and calls it done, where an alias would lead to itself', async () => {
  const headers = { 'x-api-key': t.key, 'content-type': 'application/json' };
  const body = JSON.stringify({ address: 'self@a.test', goto: 'self@a.test', active: 1 });
  expect((await t.send('POST', 'add/alias', headers, body)).json).toEqual({ type: 'success', msg: 'Task completed' });
});

it('edits and deletes by number', async () => {
  expect(await t.edit('alias', [2, '99'], { active: 1, private_comment: 'why' })).toEqual([
    'success alias_modified off@a.test',
    'danger alias_invalid 99',
  ]);
  expect(await t.get('get/alias/2')).toMatchObject({ active: 1, private_comment: 'why', goto: 'post@a.test' });
  expect(await t.edit('alias', ['2'], { address: 'one@a.test' })).toEqual(['danger is_alias_or_mailbox one@a.test']);
  expect(await t.edit('alias', ['2'], { goto: 'off@a.test' })).toEqual([
    'danger alias_goto_identical',
    'success alias_modified off@a.test',
  ]);
  expect(await t.get('get/alias/2')).toMatchObject({ goto: 'post@a.test' });
  expect(await t.remove('alias', ['2', '99', '1'])).toEqual([
    'success alias_removed off@a.test',
    'danger access_denied',
    'danger access_denied',
  ]);
  expect(await t.get('get/alias/2')).toEqual({});
});
