import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsResponse,
  Route53Client,
  waitUntilResourceRecordSetsChanged,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';

let stage: Stage;
let client: Route53Client;
let HostedZoneId = '';
beforeAll(async () => {
  stage = await openStage();
  const made = await stage.control('POST /control/route53/zones', { name: 'sdk.test' });
  HostedZoneId = (made as { id: string }).id;
  // As its users open it: address by variable, everything else by default.
  client = new Route53Client({
    region: 'us-east-1',
    endpoint: stage.env.AWS_ENDPOINT_URL_ROUTE_53 ?? '',
    credentials: {
      accessKeyId: stage.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: stage.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
  });
});
afterAll(async () => {
  client.destroy();
  await stage.close();
});

const txt = (Name: string, Value: string) => ({ Name, Type: 'TXT' as const, TTL: 300, ResourceRecords: [{ Value }] });

it('writes many sets in batches and pages through them', async () => {
  const names = Array.from({ length: 700 }, (_, n) => `n${String(n).padStart(3, '0')}.sdk.test`);
  for (const part of [names.slice(0, 350), names.slice(350)]) {
    const Changes = part.map((name) => ({ Action: 'CREATE' as const, ResourceRecordSet: txt(name, '"x"') }));
    await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
  }
  const seen: (string | undefined)[] = [];
  let page: Partial<ListResourceRecordSetsResponse> = { IsTruncated: true };
  while (page.IsTruncated) {
    const from = { StartRecordName: page.NextRecordName, StartRecordType: page.NextRecordType };
    page = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId, ...from }));
    seen.push(...(page.ResourceRecordSets ?? []).filter(({ Type }) => Type === 'TXT').map(({ Name }) => Name));
  }
  expect(seen).toEqual(names.map((name) => `${name}.`));
});

it('waits for a change that is still on its way, through Throttling', async () => {
  await stage.control('POST /control/route53/switches', { insyncMs: 600 });
  await stage.control('POST /faults', { kind: 'throttle', system: 'route53', operation: 'GetChange', count: 1 });
  const Changes = [{ Action: 'UPSERT' as const, ResourceRecordSet: txt('late.sdk.test', '"late"') }];
  const change = new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } });
  const { ChangeInfo } = await client.send(change);
  const Id = ChangeInfo?.Id ?? '';
  const waiter = { client, maxWaitTime: 20, minDelay: 1, maxDelay: 2 };
  expect((await waitUntilResourceRecordSetsChanged(waiter, { Id })).state).toBe('SUCCESS');
  expect(await stage.resolver.resolveTxt('late.sdk.test')).toEqual([['late']]);
  const states = (await stage.ledger('route53')).filter(({ operation }) => operation === 'GetChange');
  expect(states.map(({ error }) => error)).toContain('Throttling');
});

it('is told by name what is wrong', async () => {
  const send = (Value: string) =>
    client.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId,
        ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet: txt('bad.sdk.test', Value) }] },
      }),
    );
  await expect(send('bare')).rejects.toMatchObject({ name: 'InvalidChangeBatch', $metadata: { httpStatusCode: 400 } });
  await stage.control('POST /control/route53/switches', { priorRequestMs: 60_000 });
  await send('"first"');
  // The SDK tries again by itself, and gives up.
  await expect(send('"second"')).rejects.toMatchObject({ name: 'PriorRequestNotComplete' });
});
