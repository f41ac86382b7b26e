import { ListResourceRecordSetsCommand, type ResourceRecordSet } from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestRoute53, type ShownZone, set } from './zones.fixture.ts';

let t: Awaited<ReturnType<typeof openTestRoute53>>;
let zone: ShownZone;
let name = '';
let count = 0;
beforeAll(async () => {
  t = await openTestRoute53();
});
afterAll(() => t.close());
beforeEach(() => {
  count += 1;
  name = `c${count}.test`;
  zone = t.seed(name);
});

const create = (...sets: ResourceRecordSet[]) =>
  t.change(
    zone,
    sets.map((ResourceRecordSet) => ({ Action: 'CREATE', ResourceRecordSet })),
  );
const act = (Action: 'CREATE' | 'DELETE' | 'UPSERT', ResourceRecordSet: ResourceRecordSet) =>
  t.change(zone, [{ Action, ResourceRecordSet }]);
const refused = (message: string | RegExp) => ({
  name: 'InvalidChangeBatch',
  message: typeof message === 'string' ? `[${message}]` : expect.stringMatching(message),
  $metadata: { httpStatusCode: 400 },
});
const row = () => t.ledger.read({ system: 'route53' }).at(-1);

it('creates a set, which DNS then answers', async () => {
  const { ChangeInfo } = await create(
    set(name, 'MX', ['10 mx1.example.net.', '20 mx2.example.net']),
    set(`WWW.${name}.`, 'A', ['192.0.2.1', '192.0.2.2'], 60),
  );
  expect(ChangeInfo).toMatchObject({ Id: expect.stringMatching(/^\/change\/C/), SubmittedAt: expect.any(Date) });
  expect((await t.resolver.resolve4(`www.${name}`, { ttl: true })).map(({ ttl }) => ttl)).toEqual([60, 60]);
  expect(await t.resolver.resolveMx(name)).toMatchObject([{ exchange: 'mx1.example.net' }, { priority: 20 }]);
  expect(await t.list(zone)).toEqual([
    set(`${name}.`, 'MX', ['10 mx1.example.net.', '20 mx2.example.net']),
    set(`www.${name}.`, 'A', ['192.0.2.1', '192.0.2.2'], 60),
  ]);
  expect(row()).toMatchObject({ operation: 'ListResourceRecordSets', effect: false, region: 'us-east-1' });
  expect(t.ledger.read({ system: 'route53' }).at(-2)).toMatchObject({
    operation: 'ChangeResourceRecordSets',
    effect: true,
    request: { body: { ChangeBatch: { Changes: [{ Action: 'CREATE' }, { Action: 'CREATE' }] } } },
  });
});

describe('TXT', () => {
  it('comes as quoted strings with octal escapes, and is served as what they mean', async () => {
    const long = `"${'a'.repeat(255)}" "${'b'.repeat(50)}"`;
    await create(set(`t.${name}`, 'TXT', [long, '"say \\"hi\\" \\\\ \\303\\244"', '"v=spf1 -all"']));
    // Node reads the bytes of a TXT as Latin-1.
    const texts = (await t.resolver.resolveTxt(`t.${name}`)).map((strings) =>
      Buffer.from(strings.join('|'), 'latin1').toString(),
    );
    expect(texts).toContain(`${'a'.repeat(255)}|${'b'.repeat(50)}`);
    expect(texts).toContain('say "hi" \\ ä');
    expect((await t.list(zone))[0]?.ResourceRecords?.[0]?.Value).toBe(long);
  });

  it('is refused without quotes, beyond 255 bytes, outside ASCII, and twice', async () => {
    const txt = (...values: string[]) => create(set(`t.${name}`, 'TXT', values));
    await expect(txt('v=spf1 -all')).rejects.toMatchObject(
      refused(
        "Invalid Resource Record: FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'v=spf1 -all'",
      ),
    );
    await expect(txt('"half')).rejects.toMatchObject(refused(/InvalidCharacterString/));
    await expect(txt('"a"b"')).rejects.toMatchObject(refused(/InvalidCharacterString/));
    await expect(txt(`"${'x'.repeat(256)}"`)).rejects.toMatchObject(
      refused(/CharacterStringTooLong \(Value is too long\) encountered with/),
    );
    await expect(txt('"ä"')).rejects.toMatchObject(refused(/UnsupportedCharacter/));
    await expect(txt('"a"', '"\\141"')).rejects.toMatchObject(refused('Duplicate Resource Record: \'"\\141"\''));
    expect(await t.list(zone)).toEqual([]);
  });
});

describe('a batch', () => {
  it('refuses to create what is there, and to delete what is not exactly so', async () => {
    const there = set(`a.${name}`, 'TXT', ['"one"', '"two"']);
    await create(there);
    const shown = `[name='a.${name}.', type='TXT']`;
    await expect(create(there)).rejects.toMatchObject(
      refused(`Tried to create resource record set ${shown} but it already exists`),
    );
    const mismatch = refused(
      `Tried to delete resource record set ${shown} but the values provided do not match the current values`,
    );
    await expect(act('DELETE', { ...there, TTL: 301 })).rejects.toMatchObject(mismatch);
    await expect(act('DELETE', set(`a.${name}`, 'TXT', ['"one"']))).rejects.toMatchObject(mismatch);
    await expect(act('DELETE', set(`b.${name}`, 'TXT', ['"one"']))).rejects.toMatchObject(
      refused(`Tried to delete resource record set [name='b.${name}.', type='TXT'] but it was not found`),
    );
    expect(row()).toMatchObject({ status: 400, error: 'InvalidChangeBatch', effect: false });
    await act('DELETE', set(`a.${name}`, 'TXT', ['"two"', '"one"']));
    expect(await t.list(zone)).toEqual([]);
  });

  it('happens as a whole or not at all, and names everything that is wrong', async () => {
    const { message } = await create(
      set(`good.${name}`, 'A', ['192.0.2.1']),
      set(`bad.${name}`, 'A', ['::1']),
      set(`worse.${name}`, 'MX', ['mx.example.net']),
    ).then(
      () => expect.unreachable(),
      (error: Error) => error,
    );
    expect(message).toContain('ARRDATAIllegalIPv4Address');
    expect(message).toContain(", Invalid Resource Record: FATAL problem: MXRRDATANotTwoFields (MX record doesn't have");
    expect(await t.list(zone)).toEqual([]);
  });

  it('overwrites with UPSERT, and compares by DELETE and CREATE of one set', async () => {
    const [one, two, three] = ['"1"', '"2"', '"3"'].map((value) => set(`u.${name}`, 'TXT', [value]));
    if (!one || !two || !three) return expect.unreachable();
    await act('UPSERT', one);
    await act('UPSERT', two);
    const swap = (from: ResourceRecordSet, to: ResourceRecordSet) =>
      t.change(zone, [
        { Action: 'DELETE', ResourceRecordSet: from },
        { Action: 'CREATE', ResourceRecordSet: to },
      ]);
    await expect(swap(one, three)).rejects.toMatchObject(refused(/do not match the current values/));
    await swap(two, three);
    expect((await t.list(zone))[0]?.ResourceRecords).toEqual([{ Value: '"3"' }]);
    const twice = t.change(zone, [
      { Action: 'UPSERT', ResourceRecordSet: one },
      { Action: 'UPSERT', ResourceRecordSet: two },
    ]);
    await expect(twice).rejects.toMatchObject(
      refused(`The request contains an invalid set of changes for a resource record set 'TXT u.${name}.'`),
    );
  });

  it('holds 1,000 records, of which UPSERT takes two each', async () => {
    const address = (n: number) => `192.0.${Math.floor(n / 250)}.${n % 250}`;
    const many = (Action: 'CREATE' | 'UPSERT', size: number) =>
      t.change(
        zone,
        Array.from({ length: size }, (_, n) => ({
          Action,
          ResourceRecordSet: set(`n${n}.${name}`, 'A', [address(n)]),
        })),
      );
    await expect(many('UPSERT', 501)).rejects.toMatchObject(refused('Number of records limit of 1000 exceeded.'));
    await expect(many('CREATE', 1001)).rejects.toMatchObject(refused('Number of records limit of 1000 exceeded.'));
    await many('UPSERT', 500);
    expect(await t.list(zone)).toHaveLength(298);
  });

  it('holds 32,000 characters of values, of which UPSERT takes two each', async () => {
    const texts = (size: number) =>
      Array.from({ length: size }, (_, n) => set(`n${n}.${name}`, 'TXT', [`"${'x'.repeat(198)}"`]));
    const all = (Action: 'CREATE' | 'UPSERT', size: number) =>
      t.change(
        zone,
        texts(size).map((ResourceRecordSet) => ({ Action, ResourceRecordSet })),
      );
    await expect(all('CREATE', 161)).rejects.toMatchObject(refused('RDATA character limit of 32000 exceeded.'));
    await expect(all('UPSERT', 81)).rejects.toMatchObject(refused(/32000/));
    await all('UPSERT', 80);
    const long = set(`l.${name}`, 'TXT', [
      Array(20)
        .fill(`"${'x'.repeat(200)}"`)
        .join(' '),
    ]);
    await expect(create(long)).rejects.toMatchObject({ name: 'InvalidInput' });
  });
});

describe('names', () => {
  it('are answered in lower case, with a dot, and with octal escapes', async () => {
    await create(set(`*.${name}`, 'TXT', ['"wild"']), set(`_Under.${name}`, 'TXT', ['"x"']));
    expect((await t.list(zone)).map(({ Name }) => Name)).toEqual([`\\052.${name}.`, `_under.${name}.`]);
    expect(await t.resolver.resolveTxt(`anything.${name}`)).toEqual([['wild']]);
    // Both spellings mean one set.
    await act('DELETE', set(`\\052.${name}.`, 'TXT', ['"wild"']));
  });

  it('outside the zone are refused, and so is what is no name', async () => {
    await expect(create(set('other.test', 'A', ['192.0.2.1']))).rejects.toMatchObject(
      refused(`RRSet with DNS name other.test. is not permitted in zone ${name}.`),
    );
    await expect(create(set(`a..${name}`, 'A', ['192.0.2.1']))).rejects.toMatchObject({ name: 'InvalidInput' });
  });
});

describe('a CNAME', () => {
  it('stands alone, with one value, and not at the apex', async () => {
    await create(set(`c.${name}`, 'CNAME', ['example.net']), set(`t.${name}`, 'TXT', ['"x"']));
    await expect(create(set(`c.${name}`, 'TXT', ['"x"']))).rejects.toMatchObject(
      refused(
        `RRSet of type TXT with DNS name c.${name}. is not permitted because a conflicting RRSet of type  CNAME with the same DNS name already exists in zone ${name}.`,
      ),
    );
    await expect(create(set(`t.${name}`, 'CNAME', ['example.net']))).rejects.toMatchObject(
      refused(
        `RRSet of type CNAME with DNS name t.${name}. is not permitted as it conflicts with other records with the same DNS name in zone ${name}.`,
      ),
    );
    await expect(create(set(name, 'CNAME', ['example.net']))).rejects.toMatchObject(
      refused(`RRSet of type CNAME with DNS name ${name}. is not permitted at apex in zone ${name}.`),
    );
    await expect(create(set(`d.${name}`, 'CNAME', ['a.example.net', 'b.example.net']))).rejects.toMatchObject(
      refused(/more than one value/),
    );
    await expect(create(set(`d.${name}`, 'CNAME', ['two words']))).rejects.toMatchObject(refused(/RRDATANotSingle/));
  });

  it('takes the place of other sets when these go first', async () => {
    const old = set(`s.${name}`, 'TXT', ['"x"']);
    await create(old);
    await t.change(zone, [
      { Action: 'DELETE', ResourceRecordSet: old },
      { Action: 'CREATE', ResourceRecordSet: set(`s.${name}`, 'CNAME', ['example.net']) },
    ]);
    expect((await t.list(zone)).map(({ Type }) => Type)).toEqual(['CNAME']);
  });
});

it('keeps the zone’s own NS and SOA, and marks whoever touches them', async () => {
  const { ResourceRecordSets: all = [] } = await t.sdk.send(
    new ListResourceRecordSetsCommand({ HostedZoneId: zone.id }),
  );
  expect(all.map(({ Type, TTL }) => [Type, TTL])).toEqual([
    ['NS', 172_800],
    ['SOA', 900],
  ]);
  const remove = all.map((ResourceRecordSet) => ({ Action: 'DELETE' as const, ResourceRecordSet }));
  await expect(t.change(zone, remove)).rejects.toMatchObject(
    refused(
      'A HostedZone must contain at least one NS record for the zone itself., A HostedZone must contain exactly one SOA record.',
    ),
  );
  expect(row()).toMatchObject({ effect: false, forbidden: true });
  await act('UPSERT', set(name, 'NS', ['ns1.example.net.'], 60));
  expect(row()).toMatchObject({ effect: true, forbidden: true });
  const soa = { ...all[1], Name: `sub.${name}`, Type: 'SOA' as const };
  await expect(act('CREATE', soa)).rejects.toMatchObject(refused(/type SOA with DNS name sub.* is not permitted/));
  await act('UPSERT', set(`sub.${name}`, 'NS', ['ns1.example.net.'], 60));
  expect(row()).not.toHaveProperty('forbidden');
});

describe('sets without plain values', () => {
  it('are aliases: no TTL, and what the target answers', async () => {
    t.dns.internet.publish('cloudfront.net', 'd1.cloudfront.net', 'A', ['192.0.2.50']);
    const alias = (DNSName: string, HostedZoneId: string) => ({ DNSName, HostedZoneId, EvaluateTargetHealth: false });
    await create(
      set(`www.${name}`, 'A', ['192.0.2.9'], 77),
      { Name: name, Type: 'A', AliasTarget: alias(`www.${name}.`, zone.id) },
      { Name: `cdn.${name}`, Type: 'A', AliasTarget: alias('d1.cloudfront.net', 'Z2FDTNDATAQYW2') },
    );
    expect(await t.resolver.resolve4(name, { ttl: true })).toEqual([{ address: '192.0.2.9', ttl: 77 }]);
    expect(await t.resolver.resolve4(`cdn.${name}`)).toEqual(['192.0.2.50']);
    const [apex] = await t.list(zone);
    expect(apex).toEqual({ Name: `${name}.`, Type: 'A', AliasTarget: alias(`www.${name}.`, zone.id) });
    const self = { Name: `me.${name}`, Type: 'A' as const, AliasTarget: alias(`me.${name}`, zone.id) };
    await expect(create(self)).rejects.toMatchObject(refused(/its alias target is itself/));
    const both = { ...set(`x.${name}`, 'A', ['192.0.2.1']), AliasTarget: alias('d1.cloudfront.net', 'Z2FDTNDATAQYW2') };
    await expect(create(both)).rejects.toMatchObject({ name: 'InvalidInput' });
    await expect(create({ Name: `x.${name}`, Type: 'A' })).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords]'),
    });
  });

  it('are told apart by SetIdentifier, one routing policy to a name and type', async () => {
    const weighted = (id: string, Weight: number, address: string) => ({
      ...set(`w.${name}`, 'A', [address]),
      SetIdentifier: id,
      Weight,
    });
    await create(weighted('light', 1, '192.0.2.1'), weighted('heavy', 9, '192.0.2.2'));
    expect((await t.list(zone)).map(({ SetIdentifier, Weight }) => [SetIdentifier, Weight])).toEqual([
      ['heavy', 9],
      ['light', 1],
    ]);
    expect(await t.resolver.resolve4(`w.${name}`)).toEqual(['192.0.2.2']);
    await expect(create(set(`w.${name}`, 'A', ['192.0.2.3']))).rejects.toMatchObject(refused(/other RRSets exist/));
    const { Weight: _weight, ...without } = weighted('third', 1, '192.0.2.4');
    await expect(create(without)).rejects.toMatchObject({ name: 'InvalidInput' });
    await expect(create({ ...set(`v.${name}`, 'A', ['192.0.2.4']), Weight: 1 })).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining("Missing field 'SetIdentifier'"),
    });
    await act('DELETE', weighted('light', 1, '192.0.2.1'));
  });
});

it('answers its messages also as a list where asked to', async () => {
  const bad = () => create(set(`a.${name}`, 'A', ['x'])).catch((error: unknown) => error);
  expect(await bad()).not.toHaveProperty('messages.0');
  t.control('POST /route53/switches', { listedMessages: true });
  expect(await bad()).toMatchObject({ messages: [expect.stringContaining('ARRDATAIllegalIPv4Address')] });
  t.control('POST /route53/switches', { listedMessages: false });
});

it('lets somebody else edit between a list and the call after it', async () => {
  const old = set(`e.${name}`, 'TXT', ['"one"']);
  await create(old);
  const theirs = set(`e.${name}`, 'TXT', ['"theirs"']);
  t.control('POST /route53/editor', { zone: name, changes: [{ Action: 'UPSERT', ResourceRecordSet: theirs }] });
  expect((await t.list(zone))[0]?.ResourceRecords).toEqual([{ Value: '"one"' }]);
  await expect(act('DELETE', old)).rejects.toMatchObject(refused(/do not match the current values/));
  expect((await t.list(zone))[0]?.ResourceRecords).toEqual([{ Value: '"theirs"' }]);
  expect(t.ledger.read({ system: 'route53' }).filter(({ caller }) => caller === 'another editor')).toHaveLength(1);
});
