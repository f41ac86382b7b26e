import {
  CreateTenantCommand,
  CreateTenantResourceAssociationCommand,
  GetTenantCommand,
  ListResourceTenantsCommand,
  ListTenantResourcesCommand,
  ListTenantsCommand,
  type SESv2Client,
} from '@aws-sdk/client-sesv2';
import { beforeAll, describe, expect, it } from 'vitest';
import { arn, OURS, openDesk, refuses } from './desk.ts';

const desk = openDesk();
let ses: SESv2Client;
beforeAll(async () => {
  ses = desk.ses();
  await desk.seed('identities', 'live.test');
  await desk.seed('configuration-sets', 'cs');
});

const create = (TenantName: string, more: object = {}, client = ses) =>
  client.send(new CreateTenantCommand({ TenantName, ...more }));
const associate = (ResourceArn: string, TenantName = 'acme') =>
  ses.send(new CreateTenantResourceAssociationCommand({ TenantName, ResourceArn }));

describe('tenants', () => {
  it('have an id and an ARN of their own, and belong to one Region', async () => {
    const made = await create('acme', { Tags: OURS });
    expect(made.TenantId).toMatch(/^tn-[0-9a-f]{30}$/);
    expect(made.TenantArn).toBe(arn('tenant', `acme/${made.TenantId}`));
    expect(Math.abs((made.CreatedTimestamp?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    expect((await ses.send(new GetTenantCommand({ TenantName: 'acme' }))).Tenant).toMatchObject({ Tags: OURS });
    expect((await ses.send(new ListTenantsCommand({}))).Tenants?.map((one) => one.TenantName)).toEqual(['acme']);
    expect((await desk.ses('eu-west-1').send(new ListTenantsCommand({}))).Tenants).toEqual([]);
  });

  it('name the types of what they have in lower case, unlike the SDK’s enum', async () => {
    await associate(arn('identity', 'live.test'));
    await associate(arn('configuration-set', 'cs'));
    const { TenantResources } = await ses.send(new ListTenantResourcesCommand({ TenantName: 'acme' }));
    expect(TenantResources?.map(({ ResourceType }) => String(ResourceType))).toEqual(['identity', 'configuration-set']);
    const Filter = { RESOURCE_TYPE: 'identity' };
    const some = await ses.send(new ListTenantResourcesCommand({ TenantName: 'acme', Filter }));
    expect(some.TenantResources).toEqual([{ ResourceType: 'identity', ResourceArn: arn('identity', 'live.test') }]);
    const { ResourceTenants } = await ses.send(
      new ListResourceTenantsCommand({ ResourceArn: arn('configuration-set', 'cs') }),
    );
    expect(ResourceTenants).toEqual([
      {
        TenantName: 'acme',
        TenantId: expect.stringMatching(/^tn-/),
        ResourceArn: arn('configuration-set', 'cs'),
        AssociatedTimestamp: expect.any(Date),
      },
    ]);
  });

  it('take a second association of the same, or refuse it where a test says so', async () => {
    await associate(arn('identity', 'live.test'));
    await desk.turn({ duplicateAssociation: 'refused' });
    await expect(associate(arn('identity', 'live.test'))).rejects.toMatchObject({ name: 'AlreadyExistsException' });
    await desk.turn({ duplicateAssociation: 'accepted' });
  });

  it('are refused by a plan where a test says so', async () => {
    await desk.turn({ tenantsNeedPlan: true });
    await expect(create('planned')).rejects.toMatchObject({ name: 'BadRequestException' });
    await desk.turn({ tenantsNeedPlan: false });
    await create('planned');
  });

  it('are allowed by tenant/<name>/*, their id being unknown, and associations by both ends', async () => {
    const own = desk.ses(
      'us-east-1',
      await desk.allowed({ Action: 'ses:CreateTenant*', Resource: arn('tenant', 'own-*/*') }),
    );
    await create('own-1', {}, own);
    const denied = { name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } };
    await expect(create('other', {}, own)).rejects.toMatchObject(denied);
    await expect(create('own-2', { Tags: OURS }, own)).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining('ses:TagResource'),
    });
    const association = { TenantName: 'own-1', ResourceArn: arn('identity', 'live.test') };
    await expect(own.send(new CreateTenantResourceAssociationCommand(association))).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining(`on resource: ${arn('identity', 'live.test')}`),
    });
  });

  refuses(desk, [
    { rule: 'one that is there', call: () => create('acme'), error: 'AlreadyExistsException' },
    { rule: 'a name with a space', call: () => create('a c'), error: 'BadRequestException' },
    { rule: 'a name of 65 characters', call: () => create('x'.repeat(65)), error: 'BadRequestException' },
    {
      rule: 'an association of a receipt rule',
      call: () => associate(arn('receipt-rule-set', 'x')),
      error: 'BadRequestException',
    },
    { rule: 'an association of a bare name', call: () => associate('live.test'), error: 'BadRequestException' },
    {
      rule: 'an association of another account’s identity',
      call: () => associate(arn('identity', 'live.test').replace('1111', '2222')),
      error: 'BadRequestException',
    },
    {
      rule: 'an unknown tenant',
      call: () => associate(arn('identity', 'live.test'), 'no'),
      error: 'NotFoundException',
      status: 404,
    },
  ]);
});
