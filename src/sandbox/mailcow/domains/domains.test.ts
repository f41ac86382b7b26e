import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestMailcow, type TestMailcow } from '../cow.fixture.ts';

const GIB = 1024 ** 3;
let t: TestMailcow;
beforeAll(async () => {
  t = await openTestMailcow();
});
afterAll(() => t.close());

it('adds a domain with the template’s defaults and a DKIM key', async () => {
  expect(await t.get('get/domain/all')).toEqual({});
  expect(await t.add('domain', { domain: ' Example.TEST ' })).toEqual([
    'success dkim_added example.test',
    'success domain_added example.test',
  ]);
  expect(await t.get('get/domain/EXAMPLE.test')).toMatchObject({
    domain_name: 'example.test',
    description: 'example.test',
    max_num_aliases_for_domain: 400,
    max_num_mboxes_for_domain: 10,
    def_quota_for_mbox: 3 * GIB,
    max_quota_for_mbox: 10 * GIB,
    max_quota_for_domain: 10 * GIB,
    quota_used_in_domain: '0',
    bytes_total: 0,
    relayhost: '0',
    active: 1,
    gal: 1,
    backupmx: 0,
    rl: false,
    aliases_left: 400,
    mboxes_left: 10,
  });
  expect(await t.get('get/domain/example.test')).not.toHaveProperty('tags');
  expect(await t.get('get/domain/all')).toHaveLength(1);
});

it('takes MiB and tells bytes', async () => {
  const quotas = { defquota: 1, maxquota: '2', quota: 3 };
  await t.add('domain', { domain: 'small.test', key_size: 0, ...quotas, tags: ['a', 'b'], rl_value: 5, rl_frame: 'h' });
  expect(await t.get('get/domain/small.test')).toMatchObject({
    def_quota_for_mbox: 1_048_576,
    max_quota_for_mbox: 2_097_152,
    max_quota_for_domain: 3_145_728,
    tags: ['a', 'b'],
    rl: { value: '5', frame: 'h' },
  });
});

it('refuses quotas that do not fit into each other, one at a time', async () => {
  const add = (attr: object) => t.add('domain', { domain: 'q.test', ...attr });
  expect(await add({ defquota: 20_000 })).toEqual(['danger mailbox_defquota_exceeds_mailbox_maxquota']);
  expect(await add({ maxquota: 20_000 })).toEqual(['danger mailbox_quota_exceeds_domain_quota']);
  expect(await add({ defquota: 0 })).toEqual(['danger defquota_empty']);
  expect(await add({ defquota: 0, maxquota: 0 })).toEqual(['danger defquota_empty']);
});

it('refuses names that are none, taken, or its own', async () => {
  for (const domain of ['', 'a b.test', '-x.test', `${'x'.repeat(64)}.test`])
    expect(await t.add('domain', { domain })).toEqual(['danger domain_invalid']);
  expect(await t.add('domain', { domain: 'example.test' })).toEqual(['danger domain_exists example.test']);
  expect(await t.add('domain', { domain: 'mail.sandbox.test' })).toEqual(['danger domain_cannot_match_hostname']);
  expect(await t.add('domain', { domain: 'bücher.test', key_size: 0 })).toEqual([
    'success domain_added xn--bcher-kva.test',
  ]);
  expect(await t.get('get/domain/xn--bcher-kva.test')).toMatchObject({ domain_h_name: 'bücher.test' });
});

it('shows of an alias domain the domain that it stands for', async () => {
  expect(await t.add('alias-domain', { alias_domain: 'other.test', target_domain: 'example.test', active: 1 })).toEqual(
    ['success aliasd_added other.test'],
  );
  expect(await t.get('get/domain/other.test')).toMatchObject({ domain_name: 'example.test' });
  expect(await t.add('domain', { domain: 'other.test' })).toEqual(['danger domain_exists other.test']);
  expect(await t.get('get/alias-domain/all')).toMatchObject([{ alias_domain: 'other.test', active: 1 }]);
  expect(await t.edit('alias-domain', ['other.test'], { active: 0 })).toEqual(['success aliasd_modified other.test']);
  expect(await t.remove('alias-domain', ['other.test'])).toEqual(['success alias_domain_removed other.test']);
});

it('edits what is given, several at once, and adds tags', async () => {
  expect(await t.edit('domain', ['small.test', 'none.test'], { active: '0', relayhost: 7, tags: ['c'] })).toEqual([
    'success domain_modified small.test',
    'danger domain_invalid',
  ]);
  expect(await t.get('get/domain/small.test')).toMatchObject({ active: 0, relayhost: '7', tags: ['a', 'b', 'c'] });
  expect(await t.edit('domain', ['small.test'], { active: 1, aliases: 0, quota: '', relayhost: 0 })).toEqual([
    'success domain_modified small.test',
  ]);
  expect(await t.get('get/domain/small.test')).toMatchObject({ aliases_left: 400, max_quota_for_domain: 3_145_728 });
  expect(await t.remove('domain/tag/small.test', ['a', 'b'])).toEqual(['success domain_modified small.test']);
  expect(await t.get('get/domain/all?tags=C')).toHaveLength(1);
  expect(await t.get('get/domain/all?tags=zzz')).toEqual({});
});

it('refuses limits below what is in use', async () => {
  const password = 'secret1';
  for (const local_part of ['a', 'b'])
    await t.add('mailbox', { domain: 'example.test', local_part, quota: 2048, password, password2: password });
  await t.add('alias', { address: 'x@example.test,y@example.test', goto: 'a@example.test', active: 1 });
  const edit = (attr: object) => t.edit('domain', ['example.test'], attr);
  expect(await edit({ defquota: 1, maxquota: 2000 })).toEqual(['danger max_quota_in_use 2048']);
  expect(await edit({ defquota: 1, maxquota: 2048, quota: 3000 })).toEqual(['danger domain_quota_m_in_use 4096']);
  expect(await edit({ mailboxes: 1 })).toEqual(['danger mailboxes_in_use 2']);
  expect(await edit({ aliases: 1 })).toEqual(['danger aliases_in_use 2']);
});

it('deletes a domain only when it is empty, leaves its DKIM key, and finds that again', async () => {
  expect(await t.remove('domain', ['example.test'])).toEqual(['danger domain_not_empty example.test']);
  await t.remove('mailbox', ['a@example.test', 'b@example.test']);
  expect(await t.remove('domain', ['example.test', 'never.test'])).toEqual([
    'success domain_removed example.test',
    'success domain_removed never.test',
  ]);
  expect(await t.get('get/domain/example.test')).toEqual({});
  expect(await t.get('get/alias/all')).toEqual({});
  const before = await t.get('get/dkim/example.test');
  expect(before).toMatchObject({ dkim_selector: 'dkim', length: '2048' });
  expect(await t.add('domain', { domain: 'example.test', dkim_selector: 'new' })).toEqual([
    'success domain_add_dkim_available',
    'success domain_added example.test',
  ]);
  expect(await t.get('get/dkim/example.test')).toEqual(before);
});

it('has one DKIM key for a domain, of which the text is published', async () => {
  const { pubkey, dkim_txt, privkey } = await t.get<Record<string, string>>('get/dkim/example.test');
  expect(dkim_txt).toBe(`v=DKIM1;k=rsa;t=s;s=email;p=${pubkey}`);
  expect(privkey).toBe('');
  const key = createPublicKey({ key: Buffer.from(pubkey ?? '', 'base64'), format: 'der', type: 'spki' });
  expect(key.asymmetricKeyDetails?.modulusLength).toBe(2048);
  const add = (attr: object) => t.add('dkim', { dkim_selector: 'two', key_size: 1024, ...attr });
  expect(await add({ domains: 'example.test' })).toEqual(['danger dkim_domain_or_sel_invalid example.test']);
  expect(await add({ domains: 'stranger.test' })).toEqual(['danger access_denied stranger.test']);
  expect(await add({ domains: 'small.test', dkim_selector: 'a b' })).toEqual([
    'danger dkim_domain_or_sel_invalid small.test',
  ]);
  expect(await add({ domains: 'small.test, example.test' })).toEqual([
    'success dkim_added small.test',
    'danger dkim_domain_or_sel_invalid example.test',
  ]);
  expect(await t.get('get/dkim/small.test')).toMatchObject({ length: '1024', dkim_selector: 'two' });
  expect(await t.remove('dkim', ['small.test'])).toEqual(['success dkim_removed small.test']);
  expect(await t.get('get/dkim/small.test')).toEqual({});
  await t.control('POST /mailcow/switches', { splitDkim: true });
  expect(await t.get('get/dkim/example.test')).toMatchObject({ dkim_txt: expect.stringMatching(/^"v=.{253}" ".*"$/) });
  await t.control('POST /mailcow/switches', { splitDkim: false });
});

it('has a SOGo that knows a domain after its restart only', async () => {
  const known = async () =>
    (await t.control<{ domains: { name: string; knownToSogo: boolean }[] }>('GET /mailcow')).domains
      .filter(({ knownToSogo }) => knownToSogo)
      .map(({ name }) => name);
  expect(await known()).toEqual([]);
  await t.control('POST /mailcow/switches', { sogoRestartFails: true });
  const add = (domain: string) => t.add('domain', { domain, key_size: 0, restart_sogo: 1 });
  expect(await add('s1.test')).toEqual(['warning domain_added_sogo_failed']);
  expect(await t.get('get/domain/s1.test')).toMatchObject({ domain_name: 's1.test' });
  expect(await known()).toEqual([]);
  await t.control('POST /mailcow/switches', { sogoRestartFails: false });
  expect(await add('s2.test')).toEqual(['success domain_added s2.test']);
  expect(await known()).toContain('s1.test');
  expect(await t.control('GET /mailcow')).toMatchObject({ sogo: { restarts: 2 } });
});

it('shows flags as older versions did, and containers that stand still', async () => {
  await t.control('POST /mailcow/switches', { flagsAs: 'texts', stopped: ['sogo-mailcow'], version: '2025-01' });
  expect(await t.get('get/domain/s1.test')).toMatchObject({ active: '1', aliases_left: 400 });
  expect(await t.get('get/status/version')).toEqual({ version: '2025-01' });
  expect(await t.get('get/status/containers')).toMatchObject({
    'sogo-mailcow': { state: 'exited' },
    'postfix-mailcow': { state: 'running', type: 'info' },
  });
  await t.control('POST /mailcow/switches', { flagsAs: 'numbers', stopped: [] });
});
