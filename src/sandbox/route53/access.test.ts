import {
  CreateHealthCheckCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callRaw } from '../aws/signed.fixture.ts';
import { openTestRoute53, type ShownZone, set } from './zones.fixture.ts';

let t: Awaited<ReturnType<typeof openTestRoute53>>;
let zone: ShownZone;
beforeAll(async () => {
  t = await openTestRoute53();
  zone = t.seed('access.test');
});
afterAll(() => t.close());

const row = () => t.ledger.read({ system: 'route53' }).at(-1);
const create = (name: string, at = t.sdk) =>
  t.change(zone, [{ Action: 'CREATE', ResourceRecordSet: set(name, 'A', ['192.0.2.1']) }], at);
const list = new ListHostedZonesCommand({});
interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
const keyWith = (Statement: unknown, more: object = {}) =>
  t.client(t.control<Key & Record<string, unknown>>('POST /aws/keys', { policy: { Statement }, ...more }));

it('recomputes signatures, of known keys, for its one Region', async () => {
  const wrong = t.client({ ...t.credentials, secretAccessKey: 'wrong' });
  await expect(wrong.send(list)).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
    $metadata: { httpStatusCode: 403 },
  });
  const nobody = t.client({ ...t.credentials, accessKeyId: 'AKIANOBODY' });
  await expect(nobody.send(list)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  // At an address of its own the SDK signs for its own Region, and not for Route 53's as it does at AWS's.
  await expect(t.client(t.credentials, 'eu-central-1').send(list)).rejects.toMatchObject({
    message: expect.stringContaining("should be scoped to a valid region, not 'eu-central-1'"),
  });
  const call = { method: 'GET', path: '/2013-04-01/hostedzone', service: 'route53' };
  expect((await callRaw(t.endpoint, t.credentials, call)).status).toBe(200);
  const elsewhere = await callRaw(t.endpoint, t.credentials, { ...call, region: 'eu-central-1' });
  expect(elsewhere).toMatchObject({ status: 403, text: expect.stringContaining('SignatureDoesNotMatch') });
  const forSes = await callRaw(t.endpoint, t.credentials, { ...call, service: 'ses' });
  expect(forSes.text).toContain('Credential should be scoped to correct service');
  expect((await fetch(`${t.endpoint}/2013-04-01/hostedzone`)).status).toBe(403);
  expect(row()).toMatchObject({ error: 'MissingAuthenticationToken', effect: false });
});

it('does what the policy allows, on the zone that it names', async () => {
  const other = t.seed('other.test');
  const arn = (id: string) => `arn:aws:route53:::hostedzone/${id}`;
  const narrow = keyWith([
    { Effect: 'Allow', Action: ['route53:ListHostedZonesByName'], Resource: '*' },
    { Effect: 'Allow', Action: ['route53:GetHostedZone', 'route53:Change*'], Resource: arn(zone.id) },
    { Effect: 'Allow', Action: 'route53:GetChange', Resource: 'arn:aws:route53:::change/*' },
  ]);
  await narrow.send(new ListHostedZonesByNameCommand({}));
  await narrow.send(new GetHostedZoneCommand({ Id: zone.id }));
  const { ChangeInfo } = await create('a.access.test', narrow);
  await narrow.send(new GetChangeCommand({ Id: ChangeInfo?.Id }));
  await expect(narrow.send(list)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('is not authorized to perform: route53:ListHostedZones on resource: *'),
    $metadata: { httpStatusCode: 403 },
  });
  await expect(narrow.send(new GetHostedZoneCommand({ Id: other.id }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining(arn(other.id)),
  });
});

it('evaluates the condition keys of a change', async () => {
  const keyed = (keys: Record<string, unknown>) =>
    keyWith([
      { Effect: 'Allow', Action: 'route53:*', Resource: '*', Condition: { 'ForAllValues:StringEquals': keys } },
    ]);
  const prefix = 'route53:ChangeResourceRecordSets';
  const names = keyed({ [`${prefix}NormalizedRecordNames`]: ['ok.access.test', '\\052.access.test'] });
  await create('OK.access.test.', names);
  await create('*.access.test', names);
  await expect(create('no.access.test', names)).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(create('d.access.test', keyed({ [`${prefix}RecordTypes`]: ['TXT'] }))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
  await create('d.access.test', keyed({ [`${prefix}Actions`]: ['CREATE'] }));
});

it('keeps accounts apart', async () => {
  const theirs = keyWith([{ Effect: 'Allow', Action: 'route53:*', Resource: '*' }], { account: '444455556666' });
  const own = t.seed('theirs.test', { account: '444455556666' });
  expect((await theirs.send(list)).HostedZones?.map(({ Name }) => Name)).toEqual(['theirs.test.']);
  await expect(theirs.send(new GetHostedZoneCommand({ Id: zone.id }))).rejects.toMatchObject({ name: 'AccessDenied' });
  const { ChangeInfo } = await t.change(
    own,
    [{ Action: 'CREATE', ResourceRecordSet: set('a.theirs.test', 'A', ['192.0.2.1']) }],
    theirs,
  );
  await expect(t.sdk.send(new GetChangeCommand({ Id: ChangeInfo?.Id }))).rejects.toMatchObject({
    name: 'NoSuchChange',
  });
});

it('throttles with HTTP 400, which the SDK tries again', async () => {
  t.control('POST /route53/switches', { callsPerSecond: 2 });
  await t.sdk.send(list);
  await t.sdk.send(list);
  await expect(t.sdk.send(list)).rejects.toMatchObject({
    name: 'Throttling',
    message: 'Rate exceeded',
    $metadata: { httpStatusCode: 400 },
  });
  t.control('POST /route53/switches', { callsPerSecond: 0 });
  t.faults.add({ kind: 'throttle', system: 'route53', operation: 'ListHostedZones', count: 1 });
  expect((await t.client(t.credentials, 'us-east-1', 3).send(list)).$metadata.attempts).toBe(2);
});

it('misbehaves on request', async () => {
  const fault = (kind: 'error-before' | 'error-after' | 'html' | 'drop' | 'duplicate' | 'conflict') =>
    t.faults.add({ kind, system: 'route53', operation: 'ChangeResourceRecordSets', count: 1 });
  const names = async () => (await t.list(zone)).map(({ Name }) => Name);
  fault('error-before');
  await expect(create('f1.access.test')).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
  fault('html');
  await expect(create('f2.access.test')).rejects.toThrow();
  fault('conflict');
  await expect(create('f3.access.test')).rejects.toMatchObject({ name: 'PriorRequestNotComplete' });
  expect((await names()).filter((name) => name?.startsWith('f'))).toEqual([]);
  fault('error-after');
  await expect(create('f4.access.test')).rejects.toMatchObject({ name: 'InternalFailure' });
  expect(row()).toMatchObject({ status: 500, effect: true });
  fault('drop');
  await expect(create('f5.access.test')).rejects.toThrow();
  fault('duplicate');
  await create('f6.access.test');
  expect((await names()).filter((name) => name?.startsWith('f'))).toHaveLength(3);
});

it('marks every other write, and refuses what is no XML', async () => {
  const config = { Type: 'TCP', IPAddress: '192.0.2.1', Port: 25 } as const;
  const check = new CreateHealthCheckCommand({ CallerReference: 'x', HealthCheckConfig: config });
  await expect(t.sdk.send(check)).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  expect(row()).toMatchObject({ operation: 'POST /2013-04-01/healthcheck', forbidden: true, effect: false });
  const path = `/2013-04-01/hostedzone/${zone.id}/rrset/`;
  for (const body of ['', 'no', '<a><b></a>', '<a>&nope;</a>', '<a/><b/>', '<!DOCTYPE a><a/>']) {
    const answer = await callRaw(t.endpoint, t.credentials, { path, body, service: 'route53' });
    expect(answer, body).toMatchObject({ status: 400, text: expect.stringContaining('<Code>InvalidInput</Code>') });
  }
});

it('keeps secrets out of the ledger', () => {
  const rows = JSON.stringify(t.ledger.read({ system: 'route53' }));
  expect(rows).toContain(`"caller":"${t.credentials.accessKeyId}"`);
  expect(rows).not.toContain(t.credentials.secretAccessKey);
  expect(rows).not.toContain('Signature=');
});
