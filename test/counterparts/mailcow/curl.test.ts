import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { CURL, describeClient } from '../installed.ts';
import { runProgram } from '../program.ts';

const JSON_TYPE = ['-H', 'Content-Type: application/json'];

describeClient(CURL, (curl) => {
  let stage: Stage;
  let readOnly = '';
  beforeAll(async () => {
    stage = await openStage();
    const keys = (await stage.control('GET /control/mailcow/keys')) as { access: string; key: string }[];
    readOnly = keys.find(({ access }) => access === 'ro')?.key ?? '';
    await stage.control('POST /control/mailcow/keys', { access: 'rw', allowFrom: ['127.0.0.0/8'] });
  });
  afterAll(() => stage.close());

  const run = (path: string, ...args: string[]) =>
    runProgram(curl, ['-sS', '-w', '\n%{http_code}', ...args, `${stage.env.MAILCOW_URL}/api/v1/${path}`], {
      folder: dirname(stage.state),
    });
  /** Status and body. */
  const call = async (path: string, ...args: string[]): Promise<[string, string]> => {
    const { exit, stdout, stderr } = await run(path, ...args);
    expect([exit, stderr]).toEqual([0, '']);
    const cut = stdout.lastIndexOf('\n');
    return [stdout.slice(cut + 1), stdout.slice(0, cut)];
  };
  const key = (value = stage.env.MAILCOW_API_KEY ?? '') => ['-H', `X-API-Key: ${value}`];
  const get = async (path: string): Promise<unknown> => JSON.parse((await call(path, ...key()))[1]);
  const post = async (path: string, body: unknown): Promise<unknown> =>
    JSON.parse((await call(path, ...key(), ...JSON_TYPE, '--data', JSON.stringify(body)))[1]);

  it('lets in by key, whatever stands between its letters', async () => {
    const version: [string, string] = ['200', '{"version":"2026-08"}'];
    expect(await call('get/status/version', ...key())).toEqual(version);
    expect(await call('get/status/version', ...key(readOnly))).toEqual(version);
    expect(
      await call('get/status/version', ...key(` "${stage.env.MAILCOW_API_KEY?.replaceAll('-', ' - ')}";`)),
    ).toEqual(version);
    expect(await call('get/status/version', ...key('AAAAAA'))).toEqual([
      '401',
      '{"type":"error","msg":"authentication failed"}',
    ]);
    await stage.control('POST /control/mailcow/keys', { access: 'ro', allowFrom: ['192.0.2.1'] });
    expect(await call('get/status/version', ...key(readOnly))).toEqual([
      '401',
      '{"type":"error","msg":"api access denied for ip 127.0.0.1"}',
    ]);
    await stage.control('POST /control/mailcow/keys', { access: 'ro', skipIpCheck: true });
    expect(await call('get/status/version', ...key(readOnly))).toEqual(version);
    expect(await call('get/status/version', ...key(), '-H', 'Sec-Fetch-Dest: document')).toEqual(['403', '']);
  });

  it('says little to somebody without a key, and lets the read-only key read', async () => {
    expect(await call('get/domain/all')).toEqual(['200', '']);
    const denied: [string, string] = ['403', '{"type":"error","msg":"API read/write access denied"}'];
    const body = [...JSON_TYPE, '--data', '{"domain":"a.test"}'];
    expect(await call('delete/domain', ...JSON_TYPE, '--data', '["a.test"]')).toEqual(denied);
    expect(await call('edit/domain', ...JSON_TYPE, '--data', '{"items":["a.test"],"attr":{}}')).toEqual(denied);
    expect(await call('add/domain', ...body)).toEqual([
      '200',
      '[{"type":"danger","log":["mailbox","add","domain",{"domain":"a.test"},null],"msg":"access_denied"}]',
    ]);
    expect(await call('add/domain', ...key(readOnly), ...body)).toEqual(denied);
    expect(await get('get/domain/all')).toEqual({});
  });

  it('refuses other methods, other routes, and what is no JSON', async () => {
    expect(await call('get/domain/all', ...key(), '-X', 'POST')).toEqual([
      '405',
      '{"type":"error","msg":"only GET method is allowed"}',
    ]);
    const body = [...JSON_TYPE, '--data', '{}'];
    expect(await call('add/domain', ...key(), ...body, '-X', 'PUT')).toEqual([
      '405',
      '{"type":"error","msg":"only POST method is allowed"}',
    ]);
    const none: [string, string] = ['404', '{"type":"error","msg":"route not found"}'];
    expect(await call('add/nothing', ...key(), ...body)).toEqual(none);
    expect(await call('get/nothing', ...key())).toEqual(none);
    expect(await call('add/domain', ...key(), ...JSON_TYPE, '--data', '{no')).toEqual([
      '400',
      '{"type":"error","msg":"Request body doesn\'t contain valid json!"}',
    ]);
    // curl's own Content-Type is that of a form, in which this is one field with a strange name.
    expect(await call('add/domain', ...key(), '--data', '{"domain":"a.test"}')).toEqual([
      '200',
      '{"type":"error","msg":"Cannot find attributes in post data"}',
    ]);
  });

  it('adds a domain with its DKIM key, in MiB, and shows bytes', async () => {
    const asked = {
      domain: 'A.test',
      mailboxes: 2,
      aliases: '3',
      defquota: 10,
      maxquota: 20,
      quota: 40,
      tags: ['one'],
    };
    expect(await post('add/domain', asked)).toEqual([
      {
        type: 'success',
        log: ['dkim', 'add', { key_size: 2048, dkim_selector: 'dkim', domains: 'a.test' }],
        msg: ['dkim_added', 'a.test'],
      },
      { type: 'success', log: ['mailbox', 'add', 'domain', asked, null], msg: ['domain_added', 'a.test'] },
    ]);
    expect(await get('get/domain/a.test')).toMatchObject({
      domain_name: 'a.test',
      max_quota_for_domain: 40 * 1_048_576,
      quota_used_in_domain: '0',
      relayhost: '0',
      active: 1,
      tags: ['one'],
      mboxes_left: 2,
    });
    expect(await post('add/domain', asked)).toMatchObject([{ type: 'danger', msg: ['domain_exists', 'a.test'] }]);
    expect(await get('get/dkim/a.test')).toMatchObject({
      dkim_selector: 'dkim',
      length: '2048',
      privkey: '',
      dkim_txt: expect.stringMatching(/^v=DKIM1;k=rsa;t=s;s=email;p=MIIB/),
    });
    expect(await post('add/dkim', { domains: 'a.test', dkim_selector: 'x', key_size: 2048 })).toMatchObject([
      { type: 'danger', msg: ['dkim_domain_or_sel_invalid', 'a.test'] },
    ]);
  });

  it('adds mailboxes, hides passwords, and says why not', async () => {
    const asked = {
      local_part: 'post',
      domain: 'a.test',
      name: 'P',
      password: 'secret1',
      password2: 'secret1',
      quota: 15,
    };
    const entries = (await post('add/mailbox', asked)) as { log: unknown[] }[];
    expect(entries.at(-1)).toMatchObject({ type: 'success', msg: ['mailbox_added', 'post@a.test'] });
    expect(entries.at(-1)?.log[3]).toEqual({ ...asked, password: '*', password2: '*' });
    const refused = async (more: object) =>
      ((await post('add/mailbox', { ...asked, local_part: 'x', ...more })) as { msg: unknown }[])[0]?.msg;
    expect(await refused({ local_part: 'post' })).toEqual(['object_exists', 'post@a.test']);
    expect(await refused({ domain: 'stranger.test' })).toBe('access_denied');
    expect(await refused({ password2: '' })).toBe('password_complexity');
    expect(await refused({ password2: 'other' })).toBe('password_mismatch');
    expect(await refused({ quota: 21 })).toEqual(['mailbox_quota_exceeded', 20]);
    expect(await refused({ local_part: 'a b' })).toBe('mailbox_invalid');
    expect(await get('get/passwordpolicy')).toEqual({
      length: '6',
      chars: '0',
      special_chars: '0',
      lowerupper: '0',
      numbers: '0',
    });
    expect(await get('get/mailbox/post@a.test')).toMatchObject({ quota: 15 * 1_048_576, messages: 0, active: 1 });
    expect(await get('get/mailbox/post%40a.test')).toMatchObject({ username: 'post@a.test' });
    expect(await get('get/mailbox/none@a.test')).toEqual({});
    expect(await post('delete/domain', ['a.test'])).toMatchObject([
      { type: 'danger', msg: ['domain_not_empty', 'a.test'] },
    ]);
    expect(await post('edit/domain', { items: ['a.test'], attr: { defquota: 1, maxquota: 14 } })).toMatchObject([
      { type: 'danger', msg: ['max_quota_in_use', 15] },
    ]);
  });

  it('makes aliases that are off unless they are said to be on, and some of a list', async () => {
    expect(await post('add/alias', { address: 'off@a.test', goto: 'post@a.test' })).toMatchObject([
      { msg: ['alias_added', 'off@a.test', '2'] },
    ]);
    expect(await get('get/alias/2')).toMatchObject({ id: 2, active: 0 });
    expect(
      await post('add/alias', { address: '@a.test,off@a.test,x@b.test', goto: 'post@a.test', active: 1 }),
    ).toMatchObject([
      { type: 'success', msg: ['alias_added', '@a.test', '3'] },
      { type: 'danger', msg: ['is_alias_or_mailbox', 'off@a.test'] },
      { type: 'danger', msg: ['domain_not_found', 'b.test'] },
    ]);
    expect(await post('delete/alias', [3, '99'])).toMatchObject([
      { msg: ['alias_removed', '@a.test'] },
      { msg: 'access_denied' },
    ]);
  });

  it('routes: relayhosts without their number, assigned by an edit; forwarding hosts; app passwords', async () => {
    const relay = { hostname: '[smtp.test]:587', username: 'u', password: 'hush-hush' };
    expect(await post('add/relayhost', relay)).toEqual([
      { type: 'success', log: ['relayhost', 'add', { ...relay, password: '*' }], msg: ['relayhost_added', ''] },
    ]);
    expect(await get('get/relayhost/all')).toMatchObject([{ id: 1, hostname: relay.hostname, username: 'u' }]);
    await post('edit/domain', { items: ['a.test'], attr: { relayhost: 1 } });
    expect(await get('get/domain/a.test')).toMatchObject({ relayhost: '1' });
    await post('delete/relayhost', ['1']);
    expect(await get('get/domain/a.test')).toMatchObject({ relayhost: '0' });
    expect(await get('get/fwdhost/all')).toEqual({});
    expect(await post('add/fwdhost', { hostname: '192.0.2.1', filter_spam: '1' })).toMatchObject([
      { msg: ['forwarding_host_added', '192.0.2.1'] },
    ]);
    expect(await get('get/fwdhost/all')).toEqual([{ host: '192.0.2.1', source: '192.0.2.1', keep_spam: 'no' }]);
    const password = {
      username: 'post@a.test',
      app_name: 'n',
      app_passwd: 'hush-hush',
      app_passwd2: 'hush-hush',
      active: 1,
    };
    expect(await post('add/app-passwd', { ...password, protocols: ['imap_access'] })).toMatchObject([
      { msg: 'app_passwd_added' },
    ]);
    expect(await get('get/app-passwd/all/post@a.test')).toMatchObject([
      { id: 1, name: 'n', imap_access: 1, smtp_access: 0 },
    ]);
    expect(JSON.stringify(await stage.ledger('mailcow'))).not.toMatch(/hush-hush|secret1/);
  });

  it('leaves the DKIM key of a domain that goes, and finds it again', async () => {
    await post('delete/mailbox', ['post@a.test']);
    const before = await get('get/dkim/a.test');
    expect(await post('delete/domain', ['a.test'])).toMatchObject([{ msg: ['domain_removed', 'a.test'] }]);
    expect(await get('get/alias/all')).toEqual({});
    expect(await get('get/dkim/a.test')).toEqual(before);
    await stage.control('POST /control/mailcow/switches', { sogoRestartFails: true });
    expect(await post('add/domain', { domain: 'a.test', restart_sogo: 1 })).toMatchObject([
      { type: 'success', msg: 'domain_add_dkim_available' },
      { type: 'warning', msg: 'domain_added_sogo_failed' },
    ]);
    expect(await get('get/domain/a.test')).toMatchObject({ domain_name: 'a.test' });
    await post('add/alias-domain', { alias_domain: 'b.test', target_domain: 'a.test', active: 1 });
    expect(await get('get/domain/b.test')).toMatchObject({ domain_name: 'a.test' });
    expect(await post('delete/dkim', ['a.test'])).toMatchObject([{ msg: ['dkim_removed', 'a.test'] }]);
    expect(await get('get/dkim/a.test')).toEqual({});
  });

  it('hides from an address that had ten wrong keys, for half an hour', async () => {
    const from = ['--interface', '127.0.0.99'];
    for (let n = 1; n <= 10; n += 1)
      expect((await call('get/status/version', ...from, ...key('wrong')))[0]).toBe('401');
    const banned = await run('get/status/version', ...from, ...key());
    expect([banned.exit, banned.stdout]).toEqual([52, '\n000']);
    expect((await call('get/status/version', ...key()))[0]).toBe('200');
    await stage.control('POST /clock', { advance: 1801 });
    expect((await call('get/status/version', ...from, ...key()))[0]).toBe('200');
  });
});
