import {
  GetReputationEntityCommand,
  GetTenantCommand,
  ListReputationEntitiesCommand,
  ListTenantsCommand,
  type SESv2Client,
  UpdateReputationEntityCustomerManagedStatusCommand,
  UpdateReputationEntityPolicyCommand,
} from '@aws-sdk/client-sesv2';
import { beforeAll, describe, expect, it } from 'vitest';
import { arn, openDesk, refuses } from './desk.ts';
import { sendPlain } from './events.ts';

const desk = openDesk();
let ses: SESv2Client;
let reference: string;
beforeAll(async () => {
  ses = desk.ses();
  await desk.stage.control('POST /control/aws/account', { region: 'us-east-1', productionAccess: true });
  await desk.seed('identities', 'live.test');
  const made = (await desk.seed('tenants', 'acme', { resources: [arn('identity', 'live.test')] })) as { arn: string };
  reference = made.arn;
});

const put = (SendingStatus: 'ENABLED' | 'DISABLED' | 'REINSTATED', client = ses) =>
  client.send(
    new UpdateReputationEntityCustomerManagedStatusCommand({
      ReputationEntityType: 'RESOURCE',
      ReputationEntityReference: reference,
      SendingStatus,
    }),
  );
const get = async (ReputationEntityReference = reference) =>
  (await ses.send(new GetReputationEntityCommand({ ReputationEntityType: 'RESOURCE', ReputationEntityReference })))
    .ReputationEntity;
const policy = (ReputationEntityPolicy: string) =>
  ses.send(
    new UpdateReputationEntityPolicyCommand({
      ReputationEntityType: 'RESOURCE',
      ReputationEntityReference: reference,
      ReputationEntityPolicy,
    }),
  );
const send = () => sendPlain(ses, ['success@simulator.amazonses.com'], { TenantName: 'acme' });

describe('a tenant as a reputation entity', () => {
  it('is paused and let on by its owner', async () => {
    await send();
    await put('DISABLED');
    await expect(send()).rejects.toMatchObject({
      name: 'SendingPausedException',
      message: expect.stringContaining('acme'),
    });
    expect((await ses.send(new GetTenantCommand({ TenantName: 'acme' }))).Tenant).toMatchObject({
      SendingStatus: 'DISABLED',
    });
    const paused = await ses.send(new ListTenantsCommand({ Filter: { SENDING_STATUS: 'DISABLED' } }));
    expect(paused.Tenants?.map((one) => one.TenantName)).toEqual(['acme']);
    await put('ENABLED');
    await send();
  });

  it('has a policy, a record of each side, and stays paused while either side says so', async () => {
    const { arn: theirs } = (await desk.seed('tenants', 'held', {
      awsStatus: 'DISABLED',
      cause: 'High bounce rate',
      impact: 'HIGH',
      policy: 'strict',
    })) as { arn: string };
    expect(await get(theirs)).toEqual({
      ReputationEntityReference: theirs,
      ReputationEntityType: 'RESOURCE',
      ReputationManagementPolicy: 'arn:aws:ses:us-east-1:aws:reputation-policy/strict',
      CustomerManagedStatus: { Status: 'ENABLED', LastUpdatedTimestamp: expect.any(Date) },
      AwsSesManagedStatus: { Status: 'DISABLED', Cause: 'High bounce rate', LastUpdatedTimestamp: expect.any(Date) },
      SendingStatusAggregate: 'DISABLED',
      ReputationImpact: 'HIGH',
    });
    await policy('arn:aws:ses:us-east-1:aws:reputation-policy/none');
    expect(await get()).toMatchObject({ ReputationManagementPolicy: expect.stringMatching(/\/none$/) });
    const listed = await ses.send(new ListReputationEntitiesCommand({ Filter: { REPUTATION_IMPACT: 'HIGH' } }));
    expect(listed.ReputationEntities?.map((one) => one.ReputationEntityReference)).toEqual([theirs]);
  });

  refuses(desk, [
    {
      rule: 'a tenant’s ARN without its id',
      call: () => get(arn('tenant', 'acme')),
      error: 'NotFoundException',
      status: 404,
    },
    {
      rule: 'a policy that is none',
      call: () => policy('arn:aws:ses:us-east-1:aws:reputation-policy/mild'),
      error: 'BadRequestException',
    },
    {
      rule: 'a policy of another Region',
      call: () => policy('arn:aws:ses:us-west-2:aws:reputation-policy/none'),
      error: 'BadRequestException',
    },
    { rule: 'a status that is none', call: () => put('PAUSED' as never), error: 'BadRequestException' },
  ]);

  it('is asked of IAM by the tenant’s ARN', async () => {
    const client = desk.ses(
      'us-east-1',
      await desk.allowed({ Action: 'ses:UpdateReputation*', Resource: arn('tenant', 'other/*') }),
    );
    await expect(put('DISABLED', client)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`on resource: ${reference}`),
    });
  });
});
