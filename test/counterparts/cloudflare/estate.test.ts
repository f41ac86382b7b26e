import { Resolver } from 'node:dns/promises';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { CLOUDFLARE_SDK, CURL, describeClient } from '../installed.ts';
import { runProgram, until } from '../program.ts';
import { addressesOf } from '../served.ts';
import { openDesk, refusal } from './desk.ts';
import { collect } from './sdk.ts';

describeClient(CLOUDFLARE_SDK, (path) => {
  const desk = openDesk(path);
  const ada = async () => {
    const resolver = new Resolver({ timeout: 2000, tries: 1 });
    resolver.setServers([(await addressesOf(desk.stage))['cloudflare.ada.ns.cloudflare.com'] ?? '']);
    return resolver;
  };
  /** What one of Cloudflare's name servers serves, asked by c-ares. */
  const served = async (name: string): Promise<string[]> => {
    const texts = await (await ada()).resolveTxt(name).catch((error: { code: string }) => [[error.code]]);
    return texts.map((strings) => strings.join(''));
  };
  const status = async (name: string) => (await desk.client().zones.list({ name })).result[0]?.status;

  it('keeps what Cloudflare manages from being changed, and shows that it does', async () => {
    await desk.stage.zone('locked.test', [{ name: 'k', type: 'TXT', content: '"theirs"', ttl: 300, read_only: true }]);
    const [zone] = await collect(desk.client().zones.list({ name: 'locked.test' }));
    const zone_id = zone?.id ?? '';
    const [record] = await collect(desk.client().dns.records.list({ zone_id }));
    expect(record?.meta).toEqual({ read_only: true });
    const id = record?.id ?? '';
    const calls = [
      () => desk.client().dns.records.edit(id, { zone_id, content: 'x' }),
      () => desk.client().dns.records.update(id, { zone_id, type: 'TXT', name: 'k', content: 'x' }),
      () => desk.client().dns.records.delete(id, { zone_id }),
      () => desk.client().dns.records.batch({ zone_id, deletes: [{ id }] }),
    ];
    for (const call of calls) expect((await refusal(call())).status).toBe(400);
  });

  it('has locked records and no room for another MX under Email Routing, and takes them away with it', async () => {
    await desk.stage.zone('routed.test', [], { emailRouting: true });
    const [zone] = await collect(desk.client().zones.list({ name: 'routed.test' }));
    const zone_id = zone?.id ?? '';
    const list = () => collect(desk.client().dns.records.list({ zone_id }));
    const records = await list();
    expect(records.filter(({ type }) => type === 'MX').map(({ content }) => content)).toEqual([
      'route1.mx.cloudflare.net',
      'route2.mx.cloudflare.net',
      'route3.mx.cloudflare.net',
    ]);
    expect(records.every(({ meta }) => meta.read_only)).toBe(true);
    const foreign = { zone_id, type: 'MX', name: '@', content: 'mx.test', priority: 1, ttl: 300 };
    expect((await refusal(desk.client().dns.records.create(foreign))).codes[0]).toBe(1004);
    await desk.client().dns.records.create({ ...foreign, name: 'sub' });
    await desk.stage.control('POST /control/zones/settings', { zone: 'routed.test', emailRouting: false });
    expect((await list()).map(({ name }) => name)).toEqual(['sub.routed.test']);
  });

  it('takes the records of Email Routing away with it also where they were unlocked and edited', async () => {
    await desk.stage.zone('unlocked.test', [], { emailRouting: true });
    const [zone] = await collect(desk.client().zones.list({ name: 'unlocked.test' }));
    const zone_id = zone?.id ?? '';
    const list = () =>
      collect(desk.client().dns.records.list({ zone_id, type: 'TXT', name: { exact: 'unlocked.test' } }));
    const routing = (emailRouting: unknown) =>
      desk.stage.control('POST /control/zones/settings', { zone: 'unlocked.test', emailRouting });
    await routing('unlocked');
    const [spf] = await list();
    await desk.client().dns.records.edit(spf?.id ?? '', { zone_id, content: 'v=spf1 include:ours.test -all' });
    expect(await list()).toHaveLength(1);
    await routing(false);
    expect(await list()).toEqual([]);
  });

  it('edits a pending zone and does not serve it until it is delegated', async () => {
    const made = await desk.client().zones.create({ name: 'pending.test', account: { id: desk.zone.account.id } });
    expect(made).toMatchObject({ status: 'pending' });
    await desk.client().dns.records.create({ zone_id: made.id, type: 'TXT', name: 'x', content: 'y', ttl: 300 });
    expect(await served('x.pending.test')).toEqual(['EREFUSED']);
    await desk.stage.control('POST /control/dns/delegations', {
      domain: 'pending.test',
      nameServers: made.name_servers,
    });
    expect(await status('pending.test')).toBe('active');
    await until(
      () => served('x.pending.test'),
      ([text]) => text === 'y',
      5000,
    );
    await desk.stage.control('POST /control/dns/delegations', {
      domain: 'pending.test',
      nameServers: ['ns.elsewhere.test'],
    });
    expect(await status('pending.test')).toBe('moved');
  });

  it('serves a change after a while, not at once', async () => {
    await desk.stage.control('POST /control/cloudflare/edge', { delayMs: 1500 });
    await desk.create({ type: 'TXT', name: 'late', content: 'x' });
    expect(await served('late.rules.test')).toEqual(['ENOTFOUND']);
    await until(
      () => served('late.rules.test'),
      ([text]) => text === 'x',
      5000,
    );
    await desk.stage.control('POST /control/cloudflare/edge', { delayMs: 20 });
  });

  it('answers addresses of its own for what is proxied, and no text through it', async () => {
    await desk.create({ type: 'CNAME', name: 'key', content: 'token.dkim.amazonses.com', proxied: true });
    await desk.create({ type: 'TXT', name: 'after', content: 'x' });
    await until(
      () => served('after.rules.test'),
      ([text]) => text === 'x',
      5000,
    );
    expect(await served('key.rules.test')).toEqual(['ENODATA']);
    expect(await (await ada()).resolve4('key.rules.test')).toHaveLength(2);
    await expect((await ada()).resolveCname('key.rules.test')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  it('gives at most 50 zones a page, an empty page after the last, and those of the token’s account alone', async () => {
    await desk.stage.control('POST /control/cloudflare/accounts', { name: 'second' });
    for (let n = 0; n < 52; n += 1)
      await desk.stage.control('POST /control/zones', { name: `z${n}.test`, delegate: false, account: 'second' });
    const second = await desk.withToken('second', { account: 'second' });
    const first = await second.zones.list({ per_page: 500 });
    expect(first.result).toHaveLength(50);
    expect((await second.zones.list({ per_page: 50, page: 3 })).result).toEqual([]);
    expect(await collect(second.zones.list({ per_page: 50 }))).toHaveLength(52);
    expect(await collect(second.zones.list({ name: 'rules.test' }))).toEqual([]);
    expect(await refusal(second.dns.records.list({ zone_id: desk.zone.id }))).toEqual({ status: 403, codes: [10_000] });
  });

  it('has zones of one name in two accounts, of which the delegated one is served', async () => {
    for (const account of ['one', 'two'])
      await desk.stage.control('POST /control/cloudflare/accounts', { name: account });
    const seed = (account: string, delegate: boolean) =>
      desk.stage.control('POST /control/zones', {
        name: 'twin.test',
        account,
        delegate,
        records: [{ type: 'TXT', name: 'who', content: `"${account}"`, ttl: 60 }],
      });
    await seed('one', false);
    await seed('two', true);
    const twins = await collect(desk.client().zones.list({ name: 'twin.test' }));
    expect(twins.map(({ status }) => status).toSorted()).toEqual(['active', 'pending']);
    const live = twins.find(({ status }) => status === 'active');
    expect(await collect(desk.client().zones.list({ name: 'twin.test', account: { id: live?.account.id } }))).toEqual([
      live,
    ]);
    expect(new Set(twins.flatMap(({ name_servers }) => name_servers)).size).toBe(4);
  });

  it('reads old texts back as they were written then', async () => {
    await desk.stage.zone('old.test', [{ type: 'TXT', name: 'spf', content: 'x', ttl: 300, raw: 'v=spf1 -all' }]);
    const [zone] = await collect(desk.client().zones.list({ name: 'old.test' }));
    const [record] = await collect(desk.client().dns.records.list({ zone_id: zone?.id ?? '' }));
    expect(record?.content).toBe('v=spf1 -all');
    const same = { zone_id: zone?.id, type: 'TXT', name: 'spf', content: '"v=spf1 -all"', ttl: 300 };
    expect((await refusal(desk.client().dns.records.create(same))).codes).toEqual([81_058]);
  });

  it('tells tokens apart: user, account, without DNS:Edit, of one zone, dead', async () => {
    const reader = await desk.withToken('reader', { permissions: ['zone:read', 'dns:read'] });
    expect(await reader.user.tokens.verify()).toMatchObject({ status: 'active' });
    await collect(reader.dns.records.list({ zone_id: desk.zone.id }));
    const post = { type: 'A', name: 'no', content: '192.0.2.1' };
    for (const write of [() => desk.create(post, reader), () => desk.batch({ posts: [post] }, reader)])
      expect(await refusal(write())).toEqual({ status: 403, codes: [10_000] });
    const narrow = await desk.withToken('narrow', { zones: ['elsewhere.test'] });
    expect(await collect(narrow.zones.list())).toEqual([]);
    const account = await desk.withToken('owned', { family: 'account' });
    expect(await refusal(account.user.tokens.verify())).toEqual({ status: 401, codes: [1000] });
    await account.accounts.tokens.verify({ account_id: desk.zone.account.id });
    expect(await refusal(desk.client().accounts.tokens.verify({ account_id: desk.zone.account.id }))).toEqual({
      status: 401,
      codes: [1000],
    });
    await desk.stage.control('POST /control/cloudflare/tokens/status', { name: 'reader', status: 'expired' });
    expect(await reader.user.tokens.verify()).toMatchObject({ status: 'expired' });
    expect(await refusal(reader.zones.list())).toEqual({ status: 403, codes: [9109] });
  });

  it('routes nowhere for a zone that is not there, and refuses to make one twice or delete one', async () => {
    expect(await refusal(desk.client().dns.records.list({ zone_id: 'f'.repeat(32) }))).toEqual({
      status: 404,
      codes: [7003, 7000],
    });
    const twice = desk.client().zones.create({ name: 'rules.test', account: { id: desk.zone.account.id } });
    expect(await refusal(twice)).toEqual({ status: 400, codes: [1061] });
    const mark = await desk.stage.mark();
    expect((await refusal(desk.client().zones.delete({ zone_id: desk.zone.id }))).status).toBe(403);
    expect(await desk.stage.ledger('cloudflare', mark)).toMatchObject([{ forbidden: true, effect: false }]);
  });

  describeClient(CURL, (curl) => {
    const get = async (query: string, ...more: string[]): Promise<string[]> => {
      const { CLOUDFLARE_BASE_URL = '', CLOUDFLARE_API_TOKEN = '' } = desk.stage.env;
      const format = '%{http_code} %header{ratelimit} %header{retry-after}\\n';
      const args = ['-sS', '-o', '/dev/null', '-w', format, '-H', `Authorization: Bearer ${CLOUDFLARE_API_TOKEN}`];
      const { stdout, stderr } = await runProgram(curl, [...args, ...more, `${CLOUDFLARE_BASE_URL}/zones?${query}`], {
        folder: dirname(desk.stage.state),
      });
      expect(stderr).toBe('');
      return stdout.trim().split('\n');
    };

    it('counts down, and is blocked for five minutes after 1,200 requests, whatever it asks', async () => {
      await desk.stage.control('POST /control/cloudflare/limits', {});
      const answers = await get('name=none.test&n=[1-1201]');
      expect(answers[0]).toMatch(/^200 "default";r=1199;t=\d+/);
      expect(answers.filter((line) => line.startsWith('200'))).toHaveLength(1200);
      expect(answers[1200]).toMatch(/^429 "default";r=0;t=\d+ 300$/);
      await desk.stage.control('POST /clock', { advance: 299 });
      expect((await get('n=1'))[0]).toMatch(/^429/);
      await desk.stage.control('POST /clock', { advance: 2 });
      expect((await get('n=1'))[0]).toMatch(/^200/);
    });

    it('gets an HTML page from the gateway', async () => {
      await desk.stage.control('POST /faults', {
        kind: 'html',
        system: 'cloudflare',
        operation: 'zones.list',
        count: 1,
      });
      expect((await get('n=1'))[0]).toMatch(/^502/);
    });
  });
});
