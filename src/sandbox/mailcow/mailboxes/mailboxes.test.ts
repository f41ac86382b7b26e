import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestMailcow, type TestMailcow } from '../cow.fixture.ts';

let t: TestMailcow;
beforeAll(async () => {
  t = await openTestMailcow();
  await t.control('POST /mailcow/domains', {
    domain: 'a.test',
    key_size: 0,
    defquota: 50,
    maxquota: 100,
    quota: 150,
    mailboxes: 3,
  });
});
afterAll(() => t.close());

const add = (local_part: string, attr: object = {}) =>
  t.add('mailbox', { local_part, domain: 'a.test', quota: 10, password: 'secret1', password2: 'secret1', ...attr });

it('adds a mailbox with an alias of its own name, which is no alias to anybody', async () => {
  expect(await add('Post', { name: '<Post Office>', tags: ['x'] })).toEqual([
    'success rl_saved post@a.test',
    'success mailbox_added post@a.test',
  ]);
  expect(await t.get('get/mailbox/post@a.test')).toMatchObject({
    username: 'post@a.test',
    name: 'Post Office',
    quota: 10 * 1_048_576,
    active: 1,
    messages: 0,
    percent_in_use: 0,
    attributes: { imap_access: '1', sogo_access: '1', relayhost: '0' },
    tags: ['x'],
    max_new_quota: 100 * 1_048_576,
  });
  expect(await t.get('get/alias/all')).toEqual({});
  expect(await t.get('get/alias/1')).toEqual({});
  expect(await t.get('get/domain/a.test')).toMatchObject({ aliases_in_domain: 0, quota_used_in_domain: '10485760' });
});

it('says why not', async () => {
  expect(await add('')).toEqual(['danger mailbox_invalid']);
  expect(await add('two words')).toEqual(['danger mailbox_invalid']);
  expect(await add('x', { domain: 'stranger.test' })).toEqual(['danger access_denied']);
  expect(await add('post')).toEqual(['danger object_exists post@a.test']);
  await t.add('alias', { address: 'taken@a.test', goto: 'post@a.test' });
  expect(await add('taken')).toEqual(['danger is_alias taken@a.test']);
  await t.add('alias-domain', { alias_domain: 'b.test', target_domain: 'a.test', active: 1 });
  expect(await add('x', { domain: 'b.test' })).toEqual(['danger domain_not_found b.test']);
  expect(await add('x', { password2: 'other' })).toEqual(['danger password_mismatch']);
  expect(await add('x', { password: 'short', password2: 'short' })).toEqual(['danger password_complexity']);
  expect(await add('x', { password2: undefined })).toEqual(['danger password_complexity']);
  expect(await add('x', { quota: 101 })).toEqual(['danger mailbox_quota_exceeded 100']);
  await add('big', { quota: 100 });
  expect(await add('x', { quota: 41 })).toEqual(['danger mailbox_quota_left_exceeded 40']);
  await add('third', { quota: 0 });
  expect(await add('x')).toEqual(['danger max_mailbox_exceeded 3 3']);
});

it('lists all, of a domain, and less of each', async () => {
  expect(await t.get('get/mailbox/all')).toHaveLength(3);
  expect(await t.get('get/mailbox/all/a.test')).toHaveLength(3);
  expect(await t.get('get/mailbox/all/none.test')).toEqual({});
  expect(await t.get('get/mailbox/all?tags=x')).toHaveLength(1);
  const [reduced] = await t.get<object[]>('get/mailbox/reduced');
  expect(reduced).not.toHaveProperty('max_new_quota');
  expect(await t.get('get/mailbox/none@a.test')).toEqual({});
  expect(await t.get('get/mailbox/third@a.test')).toMatchObject({ quota: 0, percent_in_use: '- ' });
});

it('edits: an empty password stays, quotas are kept, ways in are shut', async () => {
  const edit = (attr: object) => t.edit('mailbox', ['post@a.test'], attr);
  expect(await edit({ password: '', name: 'New', protocol_access: ['smtp'] })).toEqual([
    'success mailbox_modified post@a.test',
  ]);
  expect(await t.get('get/mailbox/post@a.test')).toMatchObject({
    name: 'New',
    attributes: { imap_access: '0', smtp_access: '1', sogo_access: '1' },
  });
  expect(await edit({ quota: 60 })).toEqual(['danger mailbox_quota_left_exceeded 50']);
  expect(await edit({ password: 'x', password2: 'x' })).toEqual(['danger password_complexity']);
  expect(await t.edit('mailbox', ['none@a.test', 'x'], {})).toEqual([
    'danger access_denied',
    'danger username_invalid x',
  ]);
});

it('has a policy for passwords, and tells it as texts', async () => {
  await t.control('POST /mailcow/switches', {
    passwordPolicy: { length: 10, lowerupper: 1, numbers: 1, special_chars: 1 },
  });
  expect(await t.get('get/passwordpolicy')).toEqual({
    length: '10',
    chars: '0',
    special_chars: '1',
    lowerupper: '1',
    numbers: '1',
  });
  const set = (password: string) => t.edit('mailbox', ['post@a.test'], { password, password2: password });
  for (const password of ['Short1!', 'lowercase1!', 'NoNumbers!!', 'NoSpecials1'])
    expect(await set(password)).toEqual(['danger password_complexity']);
  expect(await set('Has-All-Of-It-1')).toEqual(['success mailbox_modified post@a.test']);
  await t.control('POST /mailcow/switches', { passwordPolicy: {} });
});

it('gives app passwords, without telling their number', async () => {
  const give = (attr: object = {}) =>
    t.add('app-passwd', {
      username: 'post@a.test',
      app_name: 'phone',
      app_passwd: 'secret2',
      app_passwd2: 'secret2',
      active: 1,
      ...attr,
    });
  expect(await give({ protocols: ['imap_access'] })).toEqual(['success app_passwd_added']);
  expect(await give({ username: 'none@a.test' })).toEqual(['danger access_denied']);
  expect(await give({ app_name: ' ' })).toEqual(['danger app_name_empty']);
  expect(await give({ app_passwd2: 'x' })).toEqual(['danger password_mismatch']);
  expect(await t.get('get/app-passwd/all/post@a.test')).toMatchObject([
    { id: 1, name: 'phone', active: 1, imap_access: 1, smtp_access: 0 },
  ]);
  expect(await t.get('get/app-passwd/all/big@a.test')).toEqual({});
  expect(await t.remove('app-passwd', ['1'])).toEqual(['success app_passwd_removed 1']);
  expect(await t.get('get/app-passwd/all/post@a.test')).toEqual({});
});

it('deletes a mailbox out of aliases, too', async () => {
  await t.add('alias', { address: 'both@a.test', goto: 'post@a.test,big@a.test', active: 1 });
  expect(await t.remove('mailbox', ['post@a.test', 'none@a.test'])).toEqual([
    'success mailbox_removed post@a.test',
    'danger access_denied',
  ]);
  expect(await t.get('get/alias/all')).toMatchObject([{ address: 'both@a.test', goto: 'big@a.test' }]);
});

it('echoes passwords as stars, or of some things as older versions did', async () => {
  const asked = { hostname: 'h:25', username: 'u', password: 'hidden' };
  const echo = async () => {
    const headers = { 'x-api-key': t.key, 'content-type': 'application/json' };
    return (await t.send('POST', 'add/relayhost', headers, JSON.stringify(asked))).json;
  };
  expect(await echo()).toEqual([
    { type: 'success', log: ['relayhost', 'add', { ...asked, password: '*' }], msg: ['relayhost_added', ''] },
  ]);
  await t.control('POST /mailcow/switches', { echoesPasswords: true });
  expect(await echo()).toMatchObject([{ log: ['relayhost', 'add', asked] }]);
});
