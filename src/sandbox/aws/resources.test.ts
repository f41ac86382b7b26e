import {
  CreateConfigurationSetCommand,
  CreateTenantCommand,
  CreateTenantResourceAssociationCommand,
  DeleteConfigurationSetCommand,
  DeleteEmailIdentityCommand,
  DeleteTenantCommand,
  DeleteTenantResourceAssociationCommand,
  GetAccountCommand,
  GetConfigurationSetCommand,
  GetTenantCommand,
  ListConfigurationSetsCommand,
  ListResourceTenantsCommand,
  ListTagsForResourceCommand,
  ListTenantResourcesCommand,
  ListTenantsCommand,
  PutConfigurationSetReputationOptionsCommand,
  PutConfigurationSetSendingOptionsCommand,
  type ResourceType,
  type SESv2Client,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRaw } from './signed.fixture.ts';
import { openTestAws, type TestAws } from './world.fixture.ts';

const HERE = 'arn:aws:ses:us-east-1:111122223333';
const IDENTITY = `${HERE}:identity/live.test`;
const SET = `${HERE}:configuration-set/set-1`;

let t: TestAws;
let ses: SESv2Client;
beforeAll(async () => {
  t = await openTestAws();
  ses = t.ses();
  await t.control('POST /aws/identities', { region: 'us-east-1', name: 'live.test' });
});
afterAll(() => t.close());

const bad = { name: 'BadRequestException' };
const missing = { name: 'NotFoundException' };

describe('configuration sets', () => {
  it('are made, read, listed on both paths, changed', async () => {
    await ses.send(
      new CreateConfigurationSetCommand({
        ConfigurationSetName: 'set-1',
        Tags: [{ Key: 'a', Value: 'b' }],
        ReputationOptions: { ReputationMetricsEnabled: true },
        DeliveryOptions: { TlsPolicy: 'REQUIRE' },
      }),
    );
    await expect(ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName: 'set-1' }))).rejects.toMatchObject({
      name: 'AlreadyExistsException',
    });
    for (const name of ['with.dot', 'x'.repeat(65), 'sp ace'])
      await expect(ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName: name }))).rejects.toMatchObject(
        bad,
      );
    await ses.send(
      new PutConfigurationSetSendingOptionsCommand({ ConfigurationSetName: 'set-1', SendingEnabled: false }),
    );
    await ses.send(
      new PutConfigurationSetReputationOptionsCommand({
        ConfigurationSetName: 'set-1',
        ReputationMetricsEnabled: false,
      }),
    );
    expect(await ses.send(new GetConfigurationSetCommand({ ConfigurationSetName: 'set-1' }))).toMatchObject({
      ConfigurationSetName: 'set-1',
      SendingOptions: { SendingEnabled: false },
      ReputationOptions: { ReputationMetricsEnabled: false },
      DeliveryOptions: { TlsPolicy: 'REQUIRE' },
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect((await ses.send(new ListConfigurationSetsCommand({}))).ConfigurationSets).toEqual(['set-1']);
    const old = await callRaw(t.endpoint, t.credentials, { method: 'GET', path: '/v2/email/configuration-sets' });
    expect(JSON.parse(old.text)).toEqual({ ConfigurationSets: ['set-1'] });
    for (const command of [
      new GetConfigurationSetCommand({ ConfigurationSetName: 'no' }),
      new DeleteConfigurationSetCommand({ ConfigurationSetName: 'no' }),
    ])
      await expect(ses.send(command as GetConfigurationSetCommand)).rejects.toMatchObject(missing);
    await expect(
      t.ses('us-west-2').send(new GetConfigurationSetCommand({ ConfigurationSetName: 'set-1' })),
    ).rejects.toMatchObject(missing);
  });
});

describe('tenants', () => {
  const associate = (ResourceArn: string, TenantName = 'acme') =>
    ses.send(new CreateTenantResourceAssociationCommand({ TenantName, ResourceArn }));
  const dissociate = (ResourceArn: string, TenantName = 'acme') =>
    ses.send(new DeleteTenantResourceAssociationCommand({ TenantName, ResourceArn }));

  it('have an id and an ARN of their own, and are found by name', async () => {
    const made = await ses.send(new CreateTenantCommand({ TenantName: 'acme', Tags: [{ Key: 'a', Value: 'b' }] }));
    expect(made.TenantId).toMatch(/^tn-[0-9a-f]{30}$/);
    expect(made).toMatchObject({ TenantArn: `${HERE}:tenant/acme/${made.TenantId}`, SendingStatus: 'ENABLED' });
    expect(made.CreatedTimestamp).toBeInstanceOf(Date);
    await expect(ses.send(new CreateTenantCommand({ TenantName: 'acme' }))).rejects.toMatchObject({
      name: 'AlreadyExistsException',
    });
    await expect(ses.send(new CreateTenantCommand({ TenantName: 'a c' }))).rejects.toMatchObject(bad);
    expect((await ses.send(new GetTenantCommand({ TenantName: 'acme' }))).Tenant).toMatchObject({
      TenantArn: made.TenantArn,
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    await expect(ses.send(new GetTenantCommand({ TenantName: 'nobody' }))).rejects.toMatchObject({
      ...missing,
      message: 'Tenant nobody for AwsAccountId 111122223333 not found.',
    });
    const listed = await ses.send(new ListTenantsCommand({ Filter: { TENANT_NAME_CONTAINS: 'cm' } }));
    expect(listed.Tenants?.map(({ TenantName }) => TenantName)).toEqual(['acme']);
  });

  it('have resources, whose types are written in lower case', async () => {
    await associate(IDENTITY);
    await associate(SET);
    const list = (type?: string) =>
      ses.send(
        new ListTenantResourcesCommand({
          TenantName: 'acme',
          ...(type ? { Filter: { RESOURCE_TYPE: type as ResourceType } } : {}),
        }),
      );
    expect((await list()).TenantResources).toEqual([
      { ResourceType: 'identity', ResourceArn: IDENTITY },
      { ResourceType: 'configuration-set', ResourceArn: SET },
    ]);
    expect((await list('configuration-set')).TenantResources).toHaveLength(1);
    await expect(list('EMAIL_IDENTITY')).rejects.toMatchObject(bad);
    const { ResourceTenants } = await ses.send(new ListResourceTenantsCommand({ ResourceArn: IDENTITY }));
    expect(ResourceTenants).toMatchObject([{ TenantName: 'acme', ResourceArn: IDENTITY }]);
    expect(ResourceTenants?.[0]?.AssociatedTimestamp).toBeInstanceOf(Date);
  });

  it('take a second association of the same unless a test says otherwise, and none of what is not there', async () => {
    await associate(IDENTITY);
    await t.control('POST /aws/switches', { duplicateAssociation: 'refused' });
    await expect(associate(IDENTITY)).rejects.toMatchObject({ name: 'AlreadyExistsException' });
    await t.control('POST /aws/switches', { duplicateAssociation: 'accepted' });
    await expect(associate(IDENTITY, 'nobody')).rejects.toMatchObject(missing);
    await expect(associate(`${HERE}:identity/none.test`)).rejects.toMatchObject(missing);
    for (const arn of [
      'live.test',
      IDENTITY.replace('east', 'west'),
      IDENTITY.replace('1111', '2222'),
      `${HERE}:receipt-rule/x`,
    ])
      await expect(associate(arn)).rejects.toMatchObject(bad);
  });

  it('keep their resources from being deleted until they let go', async () => {
    const identity = new DeleteEmailIdentityCommand({ EmailIdentity: 'live.test' });
    await expect(ses.send(identity)).rejects.toMatchObject({
      ...bad,
      message: `Cannot delete ${IDENTITY} because it has tenant associations. Remove all tenant associations and try again.`,
    });
    await expect(ses.send(new DeleteConfigurationSetCommand({ ConfigurationSetName: 'set-1' }))).rejects.toMatchObject(
      bad,
    );
    await dissociate(IDENTITY);
    await dissociate(IDENTITY);
    await expect(dissociate(IDENTITY, 'nobody')).rejects.toMatchObject(missing);
    await ses.send(identity);
    await ses.send(new DeleteTenantCommand({ TenantName: 'acme' }));
    await expect(ses.send(new DeleteTenantCommand({ TenantName: 'acme' }))).rejects.toMatchObject(missing);
    await ses.send(new DeleteConfigurationSetCommand({ ConfigurationSetName: 'set-1' }));
  });

  it('may be refused by a plan', async () => {
    await t.control('POST /aws/switches', { tenantsNeedPlan: true });
    await expect(ses.send(new CreateTenantCommand({ TenantName: 'x' }))).rejects.toMatchObject({
      ...bad,
      message: expect.stringContaining('plan'),
    });
  });
});

describe('a delete of what is not tagged as ours', () => {
  const ours = [{ Key: 'managed-by', Value: 'mailwright' }];
  const others = [{ Key: 'managed-by', Value: 'terraform' }];
  const seed = async (tags: object[]) => {
    for (const kind of ['identities', 'tenants', 'configuration-sets'])
      await t.control(`POST /aws/${kind}`, { region: 'eu-west-1', name: kind === 'identities' ? 'd.test' : 'd', tags });
  };
  const marks = async () => {
    const west = t.ses('eu-west-1');
    t.world.ledger.clear();
    await west.send(new DeleteEmailIdentityCommand({ EmailIdentity: 'd.test' }));
    await west.send(new DeleteTenantCommand({ TenantName: 'd' }));
    await west.send(new DeleteConfigurationSetCommand({ ConfigurationSetName: 'd' }));
    return t.world.ledger.read().map(({ effect, forbidden }) => [effect, forbidden]);
  };

  it('is done, and forbidden, unless a test allows it', async () => {
    await seed(others);
    expect(await marks()).toEqual([true, true, true].map(() => [true, true]));
    await seed(ours);
    expect(await marks()).toEqual([true, true, true].map(() => [true, undefined]));
    await t.control('POST /aws/switches', { allowForeignDeletes: true });
    await seed([]);
    expect(await marks()).toEqual([true, true, true].map(() => [true, undefined]));
    await t.control('POST /aws/switches', { allowForeignDeletes: false });
  });
});

describe('tags', () => {
  it('are added, replaced, taken away and listed by ARN', async () => {
    await t.control('POST /aws/identities', {
      region: 'us-east-1',
      name: 'tagged.test',
      tags: [{ Key: 'a', Value: '1' }],
    });
    const ResourceArn = `${HERE}:identity/tagged.test`;
    const list = async () => (await ses.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags;
    await ses.send(
      new TagResourceCommand({
        ResourceArn,
        Tags: [
          { Key: 'a', Value: '2' },
          { Key: 'b', Value: '' },
        ],
      }),
    );
    expect(await list()).toEqual([
      { Key: 'a', Value: '2' },
      { Key: 'b', Value: '' },
    ]);
    await ses.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a', 'c'] }));
    expect(await list()).toEqual([{ Key: 'b', Value: '' }]);
    const many = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: 'x' }));
    await expect(ses.send(new TagResourceCommand({ ResourceArn, Tags: many }))).rejects.toMatchObject(bad);
    await expect(
      ses.send(new ListTagsForResourceCommand({ ResourceArn: `${HERE}:identity/none.test` })),
    ).rejects.toMatchObject(missing);
  });
});

describe('the account', () => {
  it('has production access in us-east-1 and nowhere else, until a test says so', async () => {
    expect(await ses.send(new GetAccountCommand({}))).toMatchObject({
      ProductionAccessEnabled: true,
      SendingEnabled: true,
      EnforcementStatus: 'HEALTHY',
      SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 0 },
    });
    const west = t.ses('us-west-2');
    expect(await west.send(new GetAccountCommand({}))).toMatchObject({
      ProductionAccessEnabled: false,
      SendQuota: { Max24HourSend: 200, MaxSendRate: 1 },
    });
    const Details = { MailType: 'TRANSACTIONAL', ReviewDetails: { Status: 'PENDING', CaseId: '1' } };
    await t.control('POST /aws/account', {
      region: 'us-west-2',
      productionAccess: true,
      details: Details,
      plan: 'PRO',
    });
    expect(await west.send(new GetAccountCommand({}))).toMatchObject({
      ProductionAccessEnabled: true,
      SendQuota: { MaxSendRate: 14 },
      Details,
      PricingAttributes: { CurrentPlan: 'PRO' },
    });
    await expect(t.control('POST /aws/account', { region: 'us-west-2', production: true })).rejects.toThrow(RangeError);
  });
});
