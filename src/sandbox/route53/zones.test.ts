import {
  ChangeTagsForResourceCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  GetHostedZoneCountCommand,
  ListHealthChecksCommand,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  ListTagsForResourceCommand,
  waitUntilResourceRecordSetsChanged,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestRoute53, set } from './zones.fixture.ts';

let t: Awaited<ReturnType<typeof openTestRoute53>>;
beforeAll(async () => {
  t = await openTestRoute53();
});
afterAll(() => t.close());

const row = () => t.ledger.read({ system: 'route53' }).at(-1);
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

it('lists zones by name from the right, starting at a name that need not be there', async () => {
  for (const name of ['b.test', 'a.test', 'mail.a.test', 'z.example']) t.seed(name);
  const names = async (DNSName?: string) =>
    (await t.sdk.send(new ListHostedZonesByNameCommand({ DNSName }))).HostedZones?.map(({ Name }) => Name);
  expect(await names()).toEqual(['z.example.', 'a.test.', 'mail.a.test.', 'b.test.']);
  expect(await names('mail.a.test')).toEqual(['mail.a.test.', 'b.test.']);
  expect(await names('nobody.a.test.')).toEqual(['b.test.']);
  const first = await t.sdk.send(new ListHostedZonesByNameCommand({ DNSName: 'a.test', MaxItems: 1 }));
  expect(first).toMatchObject({ IsTruncated: true, NextDNSName: 'mail.a.test.', MaxItems: 1, DNSName: 'a.test' });
  const next = await t.sdk.send(
    new ListHostedZonesByNameCommand({ DNSName: first.NextDNSName, HostedZoneId: first.NextHostedZoneId }),
  );
  expect(next).toMatchObject({ HostedZones: [{ Name: 'mail.a.test.' }, { Name: 'b.test.' }], IsTruncated: false });
});

it('lists all zones in pages, and counts them', async () => {
  const seen: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page = await t.sdk.send(new ListHostedZonesCommand({ MaxItems: 3, Marker }));
    seen.push(...(page.HostedZones ?? []).map(({ Name }) => Name));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  expect(seen.toSorted()).toEqual(['a.test.', 'b.test.', 'mail.a.test.', 'z.example.']);
  expect((await t.sdk.send(new GetHostedZoneCountCommand({}))).HostedZoneCount).toBe(4);
  await expect(t.sdk.send(new ListHostedZonesCommand({ Marker: 'ZNONE' }))).rejects.toMatchObject({
    name: 'InvalidInput',
  });
});

it('shows a zone with its four name servers, which answer for it', async () => {
  const { id, nameServers } = t.seed('shown.test');
  const { HostedZone, DelegationSet } = await t.sdk.send(new GetHostedZoneCommand({ Id: id }));
  expect(HostedZone).toMatchObject({ Id: `/hostedzone/${id}`, Name: 'shown.test.', ResourceRecordSetCount: 2 });
  expect(HostedZone?.Config).toEqual({ PrivateZone: false });
  expect(DelegationSet?.NameServers).toEqual(nameServers);
  expect(nameServers.map((host) => host.replace(/^.*\.awsdns-\d\d\./, ''))).toEqual(['com', 'net', 'org', 'co.uk']);
  expect((await t.resolver.resolveNs('shown.test')).toSorted()).toEqual(nameServers.toSorted());
  expect(await t.resolver.resolveSoa('shown.test')).toMatchObject({
    nsname: nameServers[0],
    hostmaster: 'awsdns-hostmaster.amazon.com',
    serial: 1,
    minttl: 86_400,
  });
  expect((await t.resolver.resolve4(nameServers[3] ?? '')).length).toBe(1);
});

it('keeps two zones of one name apart: the delegation says which is served', async () => {
  const one = t.seed('twin.test', { records: [set('twin.test', 'A', ['192.0.2.1'])] });
  const other = t.seed('twin.test', { records: [set('twin.test', 'A', ['192.0.2.2'])], delegate: false });
  expect(one.nameServers.some((host) => other.nameServers.includes(host))).toBe(false);
  expect(await t.resolver.resolve4('twin.test')).toEqual(['192.0.2.1']);
  t.dns.registry.delegate('twin.test', other.nameServers);
  t.clock.advance(4000);
  expect(await t.resolver.resolve4('twin.test')).toEqual(['192.0.2.2']);
  const { HostedZones = [] } = await t.sdk.send(new ListHostedZonesByNameCommand({ DNSName: 'twin.test' }));
  expect(HostedZones.filter(({ Name }) => Name === 'twin.test.')).toHaveLength(2);
  expect(() => t.control('GET /route53/sets?zone=twin.test')).toThrow('give the id');
});

it('never serves a private zone', async () => {
  const { id } = t.seed('hidden.test', { private: true, records: [set('hidden.test', 'A', ['192.0.2.1'])] });
  const shown = await t.sdk.send(new GetHostedZoneCommand({ Id: id }));
  expect(shown.HostedZone?.Config?.PrivateZone).toBe(true);
  expect(shown.DelegationSet).toBeUndefined();
  expect(shown.VPCs).toHaveLength(1);
  await expect(t.resolver.resolve4('hidden.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

it('delegates a zone below another by an NS set there', async () => {
  t.seed('parent.test');
  const { nameServers } = t.seed('child.parent.test', { records: [set('child.parent.test', 'A', ['192.0.2.3'])] });
  const sets = t.control<{ Name: string; Type: string }[]>('GET /route53/sets?zone=parent.test');
  expect(sets.at(-1)).toMatchObject({
    Name: 'child.parent.test.',
    ResourceRecords: nameServers.map((host) => ({ Value: `${host}.` })),
  });
  expect(await t.resolver.resolve4('child.parent.test')).toEqual(['192.0.2.3']);
});

it('pages through sets by name, type and identifier, at most 300', async () => {
  const weighted = [1, 2, 3].map((n) => ({
    ...set('w.paged.test', 'A', [`192.0.2.${n}`]),
    SetIdentifier: `s${n}`,
    Weight: n,
  }));
  const plain = Array.from({ length: 310 }, (_, n) => set(`n${n}.paged.test`, 'TXT', ['"x"']));
  const { id } = t.seed('paged.test', { records: [...plain, ...weighted] });
  const list = (more: object) => t.sdk.send(new ListResourceRecordSetsCommand({ HostedZoneId: id, ...more }));
  const first = await list({ MaxItems: 1000 });
  expect(first.ResourceRecordSets).toHaveLength(300);
  expect(first).toMatchObject({ IsTruncated: true, MaxItems: 300, NextRecordType: 'TXT' });
  const second = await list({ StartRecordName: first.NextRecordName, StartRecordType: first.NextRecordType });
  expect(second.ResourceRecordSets).toHaveLength(15);
  expect(second.IsTruncated).toBe(false);
  const tail = await list({ StartRecordName: 'w.paged.test', StartRecordType: 'A', MaxItems: 1 });
  expect(tail).toMatchObject({ NextRecordName: 'w.paged.test.', NextRecordType: 'A', NextRecordIdentifier: 's2' });
  const rest = await list({
    StartRecordName: 'w.paged.test',
    StartRecordType: 'A',
    StartRecordIdentifier: tail.NextRecordIdentifier,
  });
  expect(rest.ResourceRecordSets?.map(({ SetIdentifier }) => SetIdentifier)).toEqual(['s2', 's3']);
  await expect(list({ StartRecordType: 'A' })).rejects.toMatchObject({ name: 'InvalidInput' });
});

it('serves a change when it is in sync, and not before', async () => {
  const zone = t.seed('sync.test');
  t.control('POST /route53/switches', { insyncMs: 200 });
  const { ChangeInfo } = await t.change(zone, [
    { Action: 'CREATE', ResourceRecordSet: set('www.sync.test', 'A', ['192.0.2.1']) },
  ]);
  expect(ChangeInfo?.Status).toBe('PENDING');
  const Id = ChangeInfo?.Id ?? '';
  expect((await t.sdk.send(new GetChangeCommand({ Id }))).ChangeInfo?.Status).toBe('PENDING');
  await expect(t.resolver.resolve4('www.sync.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  const waited = await waitUntilResourceRecordSetsChanged(
    { client: t.sdk, maxWaitTime: 5, minDelay: 1, maxDelay: 1 },
    { Id },
  );
  expect(waited.state).toBe('SUCCESS');
  t.dns.internet.forget('www.sync.test');
  expect(await t.resolver.resolve4('www.sync.test')).toEqual(['192.0.2.1']);
  t.control('POST /route53/switches', { insyncMs: 0 });
  await expect(t.sdk.send(new GetChangeCommand({ Id: 'CNONE' }))).rejects.toMatchObject({ name: 'NoSuchChange' });
});

it('makes one change of a zone at a time', async () => {
  const zone = t.seed('busy.test');
  const other = t.seed('idle.test');
  t.control('POST /route53/switches', { priorRequestMs: 100 });
  const change = (to: typeof zone, n: number) =>
    t.change(to, [{ Action: 'CREATE', ResourceRecordSet: set(`n${n}.${to.name}`, 'A', ['192.0.2.1']) }]);
  await change(zone, 1);
  await expect(change(zone, 2)).rejects.toMatchObject({
    name: 'PriorRequestNotComplete',
    message: 'The request was rejected because Route 53 was still processing a prior request.',
    $metadata: { httpStatusCode: 400 },
  });
  await change(other, 1);
  await pause(120);
  await change(zone, 2);
  t.control('POST /route53/switches', { priorRequestMs: 0 });
});

it('creates and deletes zones, and marks it', async () => {
  const made = await t.sdk.send(new CreateHostedZoneCommand({ Name: 'Made.test', CallerReference: 'once' }));
  expect(row()).toMatchObject({ operation: 'CreateHostedZone', effect: true, forbidden: true });
  expect(made).toMatchObject({ HostedZone: { Name: 'made.test.' }, $metadata: { httpStatusCode: 201 } });
  expect(made.DelegationSet?.NameServers).toHaveLength(4);
  expect(made.Location).toContain('/2013-04-01/hostedzone/Z');
  const again = new CreateHostedZoneCommand({ Name: 'again.test', CallerReference: 'once' });
  await expect(t.sdk.send(again)).rejects.toMatchObject({ name: 'HostedZoneAlreadyExists' });
  const Id = made.HostedZone?.Id ?? '';
  const id = Id.replace('/hostedzone/', '');
  const www = set('www.made.test', 'A', ['192.0.2.1']);
  await t.change({ id }, [{ Action: 'CREATE', ResourceRecordSet: www }]);
  await expect(t.sdk.send(new DeleteHostedZoneCommand({ Id }))).rejects.toMatchObject({ name: 'HostedZoneNotEmpty' });
  await t.change({ id }, [{ Action: 'DELETE', ResourceRecordSet: www }]);
  expect((await t.sdk.send(new DeleteHostedZoneCommand({ Id }))).ChangeInfo?.Id).toMatch(/^\/change\//);
  expect(row()).toMatchObject({ operation: 'DeleteHostedZone', effect: true, forbidden: true });
  await expect(t.sdk.send(new GetHostedZoneCommand({ Id }))).rejects.toMatchObject({
    name: 'NoSuchHostedZone',
    message: `No hosted zone found with ID: ${id}`,
    $metadata: { httpStatusCode: 404 },
  });
  const gone = t.seed('gone.test', { records: [set('gone.test', 'A', ['192.0.2.1'])] });
  expect(t.control(`DELETE /route53/zones?zone=${gone.id}`)).toEqual({ removed: gone.id });
  await expect(t.resolver.resolve4('gone.test')).rejects.toThrow();
});

it('has tags and no health checks', async () => {
  const { id } = t.seed('tags.test');
  const resource = { ResourceType: 'hostedzone', ResourceId: id } as const;
  const AddTags = [{ Key: 'team', Value: 'mail' }];
  await t.sdk.send(new ChangeTagsForResourceCommand({ ...resource, AddTags }));
  expect(row()).toMatchObject({ operation: 'ChangeTagsForResource', forbidden: true });
  expect((await t.sdk.send(new ListTagsForResourceCommand(resource))).ResourceTagSet?.Tags).toEqual(AddTags);
  expect(await t.sdk.send(new ListHealthChecksCommand({}))).toMatchObject({ HealthChecks: [], IsTruncated: false });
});
