import { describe, expect, it } from 'vitest';
import { CLOUDFLARE_SDK, describeClient } from '../installed.ts';
import { openDesk, refusal } from './desk.ts';

describeClient(CLOUDFLARE_SDK, (path) => {
  const desk = openDesk(path);
  const txt = (name: string, content: string, more: object = {}) => ({ type: 'TXT', name, content, ...more });
  const a = (name: string, more: object = {}) => ({ type: 'A', name, content: '192.0.2.1', ...more });
  const cname = (name: string, content = 'target.test') => ({ type: 'CNAME', name, content });
  const mx = (name: string, more: object = {}) => ({ type: 'MX', name, content: 'mx.test', ...more });

  it.each([
    ['MX without priority', mx('r1'), [1004, 9101]],
    ['MX with a priority that is none', mx('r1', { priority: 65_536 }), [1004, 9102]],
    ['MX at an address', { ...mx('r1', { priority: 1 }), content: '192.0.2.1' }, [1004, 9009]],
    ['empty TXT', txt('r2', ''), [1004, 9207]],
    ['empty TXT in quotes', txt('r2', '""'), [1004, 9207]],
    ['TXT with a lone quote', txt('r2', '"open'), [1004, 9209]],
    ['TXT beyond 4,096 bytes', txt('r2', 'x'.repeat(4100)), [1004, 9208]],
    ['a TTL of 59', txt('r3', 'x', { ttl: 59 }), [1004, 9021]],
    ['a TTL of 86,401', txt('r3', 'x', { ttl: 86_401 }), [1004, 9021]],
    ['a TTL of 30 outside of Enterprise', txt('r3', 'x', { ttl: 30 }), [1004, 9021]],
    ['a TXT behind the proxy', txt('r4', 'x', { proxied: true }), [1004, 9004]],
    ['tags on a free zone', txt('r5', 'x', { tags: ['owner:us'] }), [1004, 9300]],
    ['a comment of 101 characters on a free zone', txt('r6', 'x', { comment: 'c'.repeat(101) }), [1004, 9302]],
    ['a comment with a line break', txt('r6', 'x', { comment: 'a\nb' }), [1004, 9301]],
    ['a CNAME to itself', cname('r7.rules.test', 'r7.rules.test'), [1004, 9039]],
    ['an A that is no address', a('r8', { content: 'host.test' }), [1004, 9005]],
    ['an AAAA that is no address', { type: 'AAAA', name: 'r8', content: '192.0.2.1' }, [1004, 9006]],
    ['a name with an empty label', a('a..b'), [1004, 9000]],
    ['a label of 64 characters', a('x'.repeat(64)), [1004, 9000]],
    ['a type that is none', { type: 'SPF', name: 'r9', content: 'v=spf1' }, [1004, 9020]],
  ])('refuses %s', async (_rule, record, codes) => {
    const before = await desk.records();
    expect(await refusal(desk.create(record))).toEqual({ status: 400, codes });
    expect(await desk.records()).toEqual(before);
  });

  describe('reads back', () => {
    it('full names, content without its trailing dot, TTL 1 where none was given', async () => {
      const made = await desk.create({ ...cname('Rel.Alias', 'Target.Test.'), ttl: undefined });
      expect(made).toMatchObject({ name: 'rel.alias.rules.test', content: 'Target.Test', ttl: 1, proxied: false });
      expect(await desk.create({ ...mx('@', { priority: 0 }), content: 'mx.test.' })).toMatchObject({
        name: 'rules.test',
        content: 'mx.test',
        priority: 0,
      });
      expect(await desk.create(a('bücher'))).toMatchObject({ name: 'xn--bcher-kva.rules.test' });
    });

    it.each([
      ['plain text', 'v=spf1 -all', '"v=spf1 -all"'],
      ['400 characters', 'y'.repeat(400), `"${'y'.repeat(255)}" "${'y'.repeat(145)}"`],
      ['strings apart', '"one" "two"', '"one" "two"'],
      ['a quote inside', '"say \\"x\\""', '"say \\"x\\""'],
    ])('TXT quoted and split: %s', async (name, content, back) => {
      expect(await desk.create(txt(name.replaceAll(/\W/g, '-'), content))).toMatchObject({ content: back });
    });

    it('TTL 1 for what is proxied, whatever was sent', async () => {
      expect(await desk.create(a('proxied', { proxied: true, ttl: 600 }))).toMatchObject({ ttl: 1, proxied: true });
    });
  });

  it('keeps the comment with PATCH and loses it with PUT', async () => {
    const cloud = desk.client();
    const zone_id = desk.zone.id;
    const { id } = await desk.create(txt('note', 'one', { comment: 'ours' }));
    expect(await cloud.dns.records.edit(id, { zone_id, content: 'two' })).toMatchObject({ comment: 'ours', ttl: 300 });
    const put = await cloud.dns.records.update(id, { zone_id, ...txt('note', 'three') });
    expect(put).toMatchObject({ comment: null, ttl: 1, content: '"three"' });
  });

  describe('at one name', () => {
    it.each([
      ['CNAME beside an address', [a('n1')], cname('n1'), 81_053],
      ['a second CNAME', [cname('n2')], cname('n2', 'other.test'), 81_053],
      ['CNAME beside a text', [txt('n3', 'x')], cname('n3'), 81_053],
      ['an address beside a CNAME', [cname('n4')], a('n4'), 81_054],
      ['a text beside a CNAME', [cname('n5')], txt('n5', 'x'), 81_054],
      ['a text beside a delegation', [{ type: 'NS', name: 'n6', content: 'ns.test' }], txt('n6', 'x'), 81_056],
      ['the same text, quoted or not', [txt('n7', 'x y')], txt('n7', '"x y"'), 81_058],
      [
        'the same CNAME in other letters',
        [mx('n8', { priority: 5 })],
        mx('n8', { priority: 5, content: 'MX.test.' }),
        81_058,
      ],
    ])('refuses %s', async (_rule, first, second, code) => {
      for (const record of first) await desk.create(record);
      expect(await refusal(desk.create(second))).toEqual({ status: 400, codes: [code] });
    });

    it('refuses an identical record as 81057 where a test wants the older word', async () => {
      await desk.create(a('older'));
      await desk.stage.control('POST /control/cloudflare/limits', { identicalCode: 81_057 });
      expect(await refusal(desk.create(a('older')))).toEqual({ status: 400, codes: [81_057] });
      await desk.stage.control('POST /control/cloudflare/limits', { identicalCode: 81_058 });
    });

    it('lets a text stand beside a flattened CNAME at the apex, and no address', async () => {
      const address = await desk.create(a('@'));
      expect(await refusal(desk.create(cname('@')))).toEqual({ status: 400, codes: [81_053] });
      await desk.client().dns.records.delete(address.id, { zone_id: desk.zone.id });
      await desk.create(cname('@', 'apex.test'));
      await desk.create(txt('@', 'beside'));
      expect(await refusal(desk.create(a('@')))).toEqual({ status: 400, codes: [81_054] });
    });
  });

  describe('a batch', () => {
    it('goes deletes, patches, puts, posts, whatever the order of its members', async () => {
      const old = await desk.create(a('swap'));
      const done = await desk.batch({ posts: [cname('swap')], deletes: [{ id: old.id }] });
      expect(done.posts?.[0]).toMatchObject({ name: 'swap.rules.test', type: 'CNAME' });
      const one = await desk.create(txt('move-1', 'x'));
      const two = await desk.create(txt('move-2', 'x'));
      // Two edits that would collide in any other order: the patch frees the content that the put takes.
      await desk.batch({
        puts: [{ id: two.id, ...txt('move-1', 'x') }],
        patches: [{ id: one.id, content: 'y' }],
      });
    });

    it('fails as a whole for an id that is gone', async () => {
      const gone = await desk.create(txt('gone', 'x'));
      await desk.client().dns.records.delete(gone.id, { zone_id: desk.zone.id });
      const before = await desk.records();
      const changes = { deletes: [{ id: gone.id }], posts: [txt('never', 'x')] };
      expect((await refusal(desk.batch(changes))).codes).toEqual([81_044]);
      const patch = { patches: [{ id: gone.id, content: 'y' }], posts: [txt('never', 'x')] };
      expect((await refusal(desk.batch(patch))).codes).toEqual([81_044]);
      expect(await desk.records()).toEqual(before);
    });

    it('fails as a whole for its last operation', async () => {
      const before = await desk.records();
      const posts = [txt('good', 'x'), mx('bad')];
      expect((await refusal(desk.batch({ posts }))).codes).toEqual([1004, 9101]);
      expect(await desk.records()).toEqual(before);
    });

    it('has at most 200 operations on a free zone, and more on a paid one', async () => {
      const posts = Array.from({ length: 201 }, (_, n) => txt(`many-${n}`, 'x'));
      expect((await refusal(desk.batch({ posts }))).status).toBe(400);
      await desk.batch({ posts: posts.slice(1) });
      const plan = (name: string) =>
        desk.stage.control('POST /control/zones/settings', { zone: 'rules.test', plan: name });
      await plan('pro');
      await desk.batch({ posts: posts.map(({ name }) => txt(`paid-${name}`, 'x')) });
      expect(await desk.create(txt('tagged', 'x', { tags: ['owner:us'], comment: 'c'.repeat(500) }))).toMatchObject({
        tags: ['owner:us'],
      });
      await plan('free');
    });

    it('meets what another editor did since the list, and loses nothing of it', async () => {
      const mine = await desk.create(txt('shared', 'v=spf1 -all'));
      const list = () => desk.client().dns.records.list({ zone_id: desk.zone.id });
      await desk.stage.control('POST /control/cloudflare/editor', {
        zone: 'rules.test',
        patches: [{ match: { name: 'shared.rules.test', type: 'TXT' }, content: '"v=spf1 include:theirs.test -all"' }],
        posts: [txt('theirs.rules.test', '"new"')],
      });
      await desk.create(txt('before-the-list', 'x'));
      expect((await desk.records()).some(({ name }) => name === 'theirs.rules.test')).toBe(false);
      await list();
      await desk.batch({ patches: [{ id: mine.id, comment: 'ours' }] });
      const found = (await desk.records()).filter(({ name }) => /^(shared|theirs)\./.test(name));
      expect(found.map(({ content, comment }) => [content, comment])).toEqual([
        ['"v=spf1 include:theirs.test -all"', 'ours'],
        ['"new"', null],
      ]);
    });
  });

  it('meets itself where a request is delivered twice', async () => {
    const mark = await desk.stage.mark();
    const duplicate = { kind: 'duplicate', system: 'cloudflare', operation: 'dns_records.create', count: 1 };
    await desk.stage.control('POST /faults', duplicate);
    expect(await refusal(desk.create(txt('twice', 'x')))).toEqual({ status: 400, codes: [81_058] });
    const rows = await desk.stage.ledger('cloudflare', mark);
    expect(rows.map(({ status, effect }) => [status, effect])).toEqual([
      [200, true],
      [400, false],
    ]);
  });

  it('does what it lost the answer of: a repeated create meets its own record', async () => {
    for (const kind of ['error-after', 'drop']) {
      await desk.stage.control('POST /faults', {
        kind,
        system: 'cloudflare',
        operation: 'dns_records.create',
        count: 1,
      });
      const record = txt(`lost-${kind}`, 'x');
      await expect(desk.create(record).then(() => 'answered')).rejects.toBeInstanceOf(Error);
      expect(await refusal(desk.create(record))).toEqual({ status: 400, codes: [81_058] });
    }
  });
});
