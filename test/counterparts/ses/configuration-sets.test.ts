import {
  CreateConfigurationSetCommand,
  GetConfigurationSetCommand,
  ListConfigurationSetsCommand,
  PutConfigurationSetDeliveryOptionsCommand,
  PutConfigurationSetReputationOptionsCommand,
  PutConfigurationSetSendingOptionsCommand,
  PutConfigurationSetTrackingOptionsCommand,
  PutConfigurationSetVdmOptionsCommand,
  type SESv2Client,
} from '@aws-sdk/client-sesv2';
import { beforeAll, describe, expect, it } from 'vitest';
import { OURS, openDesk, refuses } from './desk.ts';

const desk = openDesk();
let ses: SESv2Client;
beforeAll(() => {
  ses = desk.ses();
});

const create = (ConfigurationSetName: string, more: object = {}) =>
  ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName, ...more }));
const read = async (ConfigurationSetName = 'full') => {
  const { $metadata, ...set } = await ses.send(new GetConfigurationSetCommand({ ConfigurationSetName }));
  return set;
};
const name = { ConfigurationSetName: 'full' };

describe('a configuration set', () => {
  it('reads back what it was made with, and a plain one no group that nobody set', async () => {
    const groups = {
      DeliveryOptions: { TlsPolicy: 'REQUIRE', MaxDeliverySeconds: 300 },
      TrackingOptions: { CustomRedirectDomain: 't.live.test', HttpsPolicy: 'OPTIONAL' },
      SuppressionOptions: { SuppressedReasons: [] },
      VdmOptions: { DashboardOptions: { EngagementMetrics: 'DISABLED' } },
      Tags: OURS,
    };
    await create('full', { ...groups, ReputationOptions: { ReputationMetricsEnabled: true } });
    expect(await read()).toEqual({
      ...groups,
      ...name,
      ReputationOptions: { ReputationMetricsEnabled: true },
      SendingOptions: { SendingEnabled: true },
    });
    await create('plain');
    expect(await read('plain')).toEqual({
      ConfigurationSetName: 'plain',
      ReputationOptions: { ReputationMetricsEnabled: false },
      SendingOptions: { SendingEnabled: true },
      Tags: [],
    });
  });

  it('changes group by group, and what a call leaves out of a group is gone', async () => {
    await ses.send(new PutConfigurationSetDeliveryOptionsCommand({ ...name, TlsPolicy: 'OPTIONAL' }));
    await ses.send(new PutConfigurationSetTrackingOptionsCommand({ ...name, CustomRedirectDomain: 'u.live.test' }));
    await ses.send(new PutConfigurationSetSendingOptionsCommand({ ...name, SendingEnabled: false }));
    await ses.send(new PutConfigurationSetReputationOptionsCommand({ ...name, ReputationMetricsEnabled: false }));
    const GuardianOptions = { OptimizedSharedDelivery: 'ENABLED' } as const;
    await ses.send(new PutConfigurationSetVdmOptionsCommand({ ...name, VdmOptions: { GuardianOptions } }));
    expect(await read()).toMatchObject({
      DeliveryOptions: { TlsPolicy: 'OPTIONAL' },
      TrackingOptions: { CustomRedirectDomain: 'u.live.test' },
      SendingOptions: { SendingEnabled: false },
      ReputationOptions: { ReputationMetricsEnabled: false },
      VdmOptions: { GuardianOptions },
    });
    expect((await read()).DeliveryOptions).not.toHaveProperty('MaxDeliverySeconds');
  });

  it('is listed by name and page, in its Region', async () => {
    const list = (more: object = {}, region?: string) => desk.ses(region).send(new ListConfigurationSetsCommand(more));
    const first = await list({ PageSize: 1 });
    expect(first.ConfigurationSets).toEqual(['full']);
    const second = await list({ PageSize: 1, NextToken: first.NextToken });
    expect(second.ConfigurationSets).toEqual(['plain']);
    expect(second.NextToken).toBeUndefined();
    expect((await list({}, 'eu-west-1')).ConfigurationSets).toEqual([]);
  });

  refuses(desk, [
    { rule: 'one that is there', call: () => create('full'), error: 'AlreadyExistsException' },
    { rule: 'a name with a dot', call: () => create('a.b'), error: 'BadRequestException' },
    { rule: 'a name of 65 characters', call: () => create('x'.repeat(65)), error: 'BadRequestException' },
    {
      rule: 'a delivery of less than five minutes',
      call: () => create('x', { DeliveryOptions: { MaxDeliverySeconds: 299 } }),
      error: 'BadRequestException',
    },
    {
      rule: 'a policy that is none',
      call: () => create('x', { DeliveryOptions: { TlsPolicy: 'Require' } }),
      error: 'BadRequestException',
    },
    {
      rule: 'a reason twice',
      call: () => create('x', { SuppressionOptions: { SuppressedReasons: ['BOUNCE', 'BOUNCE'] } }),
      error: 'BadRequestException',
    },
    {
      rule: 'a token that was never given',
      call: (c) => c.send(new ListConfigurationSetsCommand({ NextToken: 'x' })),
      error: 'BadRequestException',
    },
  ]);
});
