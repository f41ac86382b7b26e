import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { CLOUDFLARE_SDK, describeClient } from '../installed.ts';
import { resolveServedTxt } from '../served.ts';
import { type Client, collect, type ErrorClass, loadSdk, type Sdk, type Zone } from './sdk.ts';

describeClient(CLOUDFLARE_SDK, (path) => {
  let stage: Stage;
  let sdk: Sdk;
  let cloud: Client;
  let zone: Zone;

  const open = (apiToken = stage.env.CLOUDFLARE_API_TOKEN ?? '', maxRetries = 0) =>
    new sdk({ apiToken, baseURL: stage.env.CLOUDFLARE_BASE_URL ?? '', maxRetries });
  beforeAll(async () => {
    stage = await openStage();
    sdk = await loadSdk(path);
    cloud = open();
    await stage.zone('sdk.test');
    const [first] = await collect(cloud.zones.list({ name: 'sdk.test' }));
    if (!first) throw new Error('the zone is not listed');
    zone = first;
  });
  afterAll(() => stage.close());

  const create = (record: object) => cloud.dns.records.create({ zone_id: zone.id, ttl: 300, ...record });
  const refusal = async (call: PromiseLike<unknown>, type: ErrorClass) => {
    const error: unknown = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(type);
    const { status, errors } = error as {
      status: number;
      errors: { code: number; error_chain?: { code: number }[] }[];
    };
    return { status, codes: errors.flatMap((one) => [one.code, ...(one.error_chain ?? []).map((more) => more.code)]) };
  };

  describe('zones and tokens', () => {
    it('lists zones page by page, to the end', async () => {
      for (let n = 0; n < 7; n += 1) await stage.control('POST /control/zones', { name: `more${n}.test` });
      const since = await stage.mark();
      const all = await collect(cloud.zones.list({ per_page: 5 }));
      expect(all).toHaveLength(8);
      expect(new Set(all.map((one) => one.id)).size).toBe(8);
      const pages = (await stage.ledger('cloudflare', since)).filter((row) => row.operation === 'zones.list');
      // Five, three, and the empty page by which this SDK knows the end.
      expect(pages.map((row) => row.status)).toEqual([200, 200, 200]);
      expect(await collect(cloud.zones.list({ name: 'nobody.test' }))).toEqual([]);
    });

    it('reads one', async () => {
      const read = await cloud.zones.get({ zone_id: zone.id });
      expect(read).toMatchObject({ name: 'sdk.test', status: 'active', id: zone.id });
      expect(read.name_servers).toHaveLength(2);
    });

    it('verifies a token where it belongs', async () => {
      expect(await cloud.user.tokens.verify()).toMatchObject({ status: 'active' });
      await stage.control('POST /control/cloudflare/tokens', {
        name: 'account',
        secret: 'a'.repeat(40),
        family: 'account',
      });
      const account = open('a'.repeat(40));
      expect(await account.accounts.tokens.verify({ account_id: zone.account.id })).toMatchObject({ status: 'active' });
      expect(await refusal(account.user.tokens.verify(), sdk.AuthenticationError)).toEqual({
        status: 401,
        codes: [1000],
      });
    });
  });

  describe('records', () => {
    it('are created, read, edited, replaced and deleted', async () => {
      const made = await create({ type: 'TXT', name: 'one.sdk.test', content: '"first"', comment: 'kept' });
      expect(made).toMatchObject({ name: 'one.sdk.test', content: '"first"', ttl: 300, comment: 'kept' });
      const edited = await cloud.dns.records.edit(made.id, {
        zone_id: zone.id,
        type: 'TXT',
        name: 'one.sdk.test',
        ttl: 300,
        content: '"second"',
      });
      expect(edited).toMatchObject({ id: made.id, content: '"second"', comment: 'kept' });
      const replaced = await cloud.dns.records.update(made.id, {
        zone_id: zone.id,
        type: 'TXT',
        name: 'one.sdk.test',
        ttl: 300,
        content: '"third"',
      });
      // PUT is the whole record: what is not said is gone.
      expect(replaced).toMatchObject({ id: made.id, content: '"third"', comment: null });
      expect(await cloud.dns.records.get(made.id, { zone_id: zone.id })).toMatchObject({ content: '"third"' });
      expect(await cloud.dns.records.delete(made.id, { zone_id: zone.id })).toEqual({ id: made.id });
      expect((await refusal(cloud.dns.records.get(made.id, { zone_id: zone.id }), sdk.NotFoundError)).codes).toEqual([
        81_044,
      ]);
    });

    it('are listed page by page, to the end', async () => {
      const posts = Array.from({ length: 25 }, (_, n) => ({
        type: 'A',
        name: `h${n}`,
        content: '192.0.2.1',
        ttl: 300,
      }));
      await cloud.dns.records.batch({ zone_id: zone.id, posts });
      const listed = await collect(cloud.dns.records.list({ zone_id: zone.id, type: 'A', per_page: 10 }));
      expect(listed).toHaveLength(25);
      expect(new Set(listed.map((record) => record.name)).size).toBe(25);
      const named = await collect(cloud.dns.records.list({ zone_id: zone.id, name: { exact: 'h7.sdk.test' } }));
      expect(named.map((record) => record.name)).toEqual(['h7.sdk.test']);
    });

    it('are changed in one batch, or not at all', async () => {
      const old = await create({ type: 'TXT', name: 'old.sdk.test', content: '"old"' });
      const kept = await create({ type: 'TXT', name: 'kept.sdk.test', content: '"kept"' });
      const done = await cloud.dns.records.batch({
        zone_id: zone.id,
        deletes: [{ id: old.id }],
        patches: [{ id: kept.id, content: '"changed"' }],
        posts: [{ type: 'CNAME', name: 'old.sdk.test', content: 'target.test.', ttl: 300 }],
      });
      expect(done.deletes?.map((record) => record.id)).toEqual([old.id]);
      expect(done.patches?.[0]).toMatchObject({ id: kept.id, content: '"changed"' });
      // The trailing dot is stripped; clients that add one themselves would otherwise read two.
      expect(done.posts?.[0]).toMatchObject({ name: 'old.sdk.test', content: 'target.test' });
      const before = await stage.zoneRecords('sdk.test');
      const refused = await refusal(
        cloud.dns.records.batch({
          zone_id: zone.id,
          deletes: [{ id: kept.id }],
          posts: [{ type: 'A', name: 'old.sdk.test', content: '192.0.2.1', ttl: 300 }],
        }),
        sdk.BadRequestError,
      );
      expect(refused.codes).toContain(81_054);
      expect(await stage.zoneRecords('sdk.test')).toEqual(before);
    });

    it('come out in DNS', async () => {
      await create({ type: 'TXT', name: 'seen.sdk.test', content: 'unquoted' });
      expect(await resolveServedTxt(stage, 'seen.sdk.test')).toEqual(['unquoted']);
    });
  });

  describe('refusals are its classes', () => {
    it('CNAME beside a host, and the other way round', async () => {
      await create({ type: 'A', name: 'host.sdk.test', content: '192.0.2.1' });
      expect(
        await refusal(create({ type: 'CNAME', name: 'host.sdk.test', content: 'x.test' }), sdk.BadRequestError),
      ).toMatchObject({ status: 400, codes: [81_053] });
      await create({ type: 'CNAME', name: 'alias.sdk.test', content: 'x.test' });
      expect(
        await refusal(create({ type: 'A', name: 'alias.sdk.test', content: '192.0.2.1' }), sdk.BadRequestError),
      ).toMatchObject({ codes: [81_054] });
    });

    it('an identical record', async () => {
      const record = { type: 'TXT', name: 'same.sdk.test', content: '"same"' };
      await create(record);
      expect(await refusal(create(record), sdk.BadRequestError)).toMatchObject({ codes: [81_058] });
    });

    it('a record that is not one', async () => {
      const wrong = await refusal(create({ type: 'MX', name: 'mx.sdk.test', content: 'x.test' }), sdk.BadRequestError);
      expect(wrong.codes[0]).toBe(1004);
    });

    it('an unknown zone', async () => {
      const list = cloud.dns.records.list({ zone_id: 'f'.repeat(32) });
      expect((await refusal(list, sdk.NotFoundError)).codes).toContain(7003);
    });

    it('tokens: unknown, malformed, without the right', async () => {
      const list = (token: string) => open(token).dns.records.list({ zone_id: zone.id });
      expect(await refusal(list('A'.repeat(40)), sdk.PermissionDeniedError)).toEqual({ status: 403, codes: [9109] });
      expect(await refusal(list('short'), sdk.BadRequestError)).toEqual({ status: 400, codes: [6003, 6111] });
      await stage.control('POST /control/cloudflare/tokens', {
        name: 'reader',
        secret: 'r'.repeat(40),
        permissions: ['zone:read', 'dns:read'],
      });
      expect(await collect(open('r'.repeat(40)).dns.records.list({ zone_id: zone.id, type: 'MX' }))).toEqual([]);
      const write = open('r'.repeat(40)).dns.records.create({
        zone_id: zone.id,
        type: 'A',
        name: 'r',
        content: '192.0.2.1',
      });
      expect(await refusal(write, sdk.PermissionDeniedError)).toEqual({ status: 403, codes: [10_000] });
    });

    it('too many requests, which it also waits out by itself', async () => {
      const throttle = { kind: 'throttle', system: 'cloudflare', operation: 'zones.list', count: 1, retryAfter: 1 };
      await stage.control('POST /faults', throttle);
      expect((await refusal(cloud.zones.list(), sdk.RateLimitError)).status).toBe(429);
      await stage.control('POST /faults', throttle);
      expect((await collect(open(undefined, 2).zones.list({ name: 'sdk.test' }))).length).toBe(1);
    });

    it('a gateway’s HTML page', async () => {
      await stage.control('POST /faults', { kind: 'html', system: 'cloudflare', operation: 'zones.list', count: 1 });
      expect((await refusal(cloud.zones.list(), sdk.InternalServerError)).status).toBe(502);
    });
  });
});
