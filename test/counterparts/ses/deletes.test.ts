import {
  CreateTenantResourceAssociationCommand,
  DeleteConfigurationSetCommand,
  DeleteEmailIdentityCommand,
  DeleteTenantCommand,
  DeleteTenantResourceAssociationCommand,
  GetConfigurationSetCommand,
  GetEmailIdentityCommand,
  GetTenantCommand,
  ListResourceTenantsCommand,
  ListTagsForResourceCommand,
  ListTenantResourcesCommand,
  type SESv2Client,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sesv2';
import { beforeAll, describe, expect, it } from 'vitest';
import { arn, OURS, openDesk, refuses } from './desk.ts';

const desk = openDesk();
beforeAll(async () => {
  const tags = OURS;
  for (const name of ['held.test', 'parent.test', 'free.test']) await desk.seed('identities', name, { tags });
  await desk.seed('identities', 'parent.test', { region: 'us-west-2', origin: 'AWS_SES_US_EAST_1', tags });
  for (const name of ['held-set', 'free-set']) await desk.seed('configuration-sets', name, { tags });
  const resources = [arn('identity', 'held.test'), arn('configuration-set', 'held-set')];
  await desk.seed('tenants', 'holder', { resources, tags });
});

const identity = (EmailIdentity: string) => (ses: SESv2Client) =>
  ses.send(new DeleteEmailIdentityCommand({ EmailIdentity }));
const set = (ConfigurationSetName: string) => (ses: SESv2Client) =>
  ses.send(new DeleteConfigurationSetCommand({ ConfigurationSetName }));
const tenant = (TenantName: string) => (ses: SESv2Client) => ses.send(new DeleteTenantCommand({ TenantName }));
const associate = (ses: SESv2Client, TenantName: string, ResourceArn: string) =>
  ses.send(new CreateTenantResourceAssociationCommand({ TenantName, ResourceArn }));
const dissociate = (ses: SESv2Client, TenantName: string, ResourceArn: string) =>
  ses.send(new DeleteTenantResourceAssociationCommand({ TenantName, ResourceArn }));
const missing = { error: 'NotFoundException', status: 404 };
const bad = { error: 'BadRequestException' };

describe('deleting', () => {
  refuses(desk, [
    { rule: 'an identity that a tenant has', call: identity('held.test'), ...bad, says: 'has tenant associations' },
    { rule: 'a configuration set that a tenant has', call: set('held-set'), ...bad, says: 'has tenant associations' },
    { rule: 'a DKIM parent that has replicas', call: identity('parent.test'), ...bad, says: /replica.*us-west-2/ },
    { rule: 'an identity that is not there', call: identity('nobody.test'), ...missing },
    { rule: 'an identity of another Region', call: identity('free.test'), region: 'eu-west-1', ...missing },
    { rule: 'a configuration set that is not there', call: set('nobody'), ...missing },
    { rule: 'a tenant that is not there', call: tenant('nobody'), ...missing, says: /Tenant nobody for AwsAccountId/ },
    {
      rule: 'an association of a tenant that is not there',
      call: (ses) => dissociate(ses, 'nobody', arn('identity', 'free.test')),
      ...missing,
    },
    {
      rule: 'to associate what is not there',
      call: (ses) => associate(ses, 'holder', arn('identity', 'nobody.test')),
      ...missing,
    },
    {
      rule: 'to associate what is in another Region',
      call: (ses) => associate(ses, 'holder', arn('identity', 'parent.test', 'us-west-2')),
      ...bad,
    },
    {
      rule: 'to read a tenant that is not there',
      call: (ses) => ses.send(new GetTenantCommand({ TenantName: 'x' })),
      ...missing,
    },
    {
      rule: 'to read a configuration set that is not there',
      call: (ses) => ses.send(new GetConfigurationSetCommand({ ConfigurationSetName: 'x' })),
      ...missing,
    },
    {
      rule: 'to list the tenants of what is not there',
      call: (ses) => ses.send(new ListResourceTenantsCommand({ ResourceArn: arn('identity', 'x.test') })),
      ...missing,
    },
  ]);

  it('goes in the right order: associations, identity and set, tenant', async () => {
    const ses = desk.ses();
    const [held, heldSet] = [arn('identity', 'held.test'), arn('configuration-set', 'held-set')];
    const tenants = async () =>
      (await ses.send(new ListResourceTenantsCommand({ ResourceArn: held }))).ResourceTenants?.map(
        (one) => one.TenantName,
      );
    expect(await tenants()).toEqual(['holder']);
    await dissociate(ses, 'holder', held);
    await dissociate(ses, 'holder', held);
    expect(await tenants()).toEqual([]);
    await identity('held.test')(ses);
    await expect(ses.send(new GetEmailIdentityCommand({ EmailIdentity: 'held.test' }))).rejects.toThrow(
      'does not exist',
    );
    await dissociate(ses, 'holder', heldSet);
    await set('held-set')(ses);
    await expect(ses.send(new GetConfigurationSetCommand({ ConfigurationSetName: 'held-set' }))).rejects.toThrow(
      'exist',
    );
    await tenant('holder')(ses);
    await expect(ses.send(new ListTenantResourcesCommand({ TenantName: 'holder' }))).rejects.toThrow('not found');
  });

  it('a tenant takes its associations along and leaves the resources', async () => {
    const ses = desk.ses();
    await desk.seed('tenants', 'brief', { tags: OURS });
    await associate(ses, 'brief', arn('identity', 'free.test'));
    await tenant('brief')(ses);
    await identity('free.test')(ses);
  });

  it('a parent is possible once its replica is gone', async () => {
    await identity('parent.test')(desk.ses('us-west-2'));
    await identity('parent.test')(desk.ses());
  });
});

describe('a delete of what is somebody else’s', () => {
  const foreign = async (allowed: boolean, tags: object[]) => {
    await desk.turn({ allowForeignDeletes: allowed });
    await desk.seed('identities', 'f.test', { tags });
    await desk.seed('configuration-sets', 'f', { tags });
    await desk.seed('tenants', 'f', { tags });
    const mark = await desk.stage.mark();
    for (const act of [identity('f.test'), set('f'), tenant('f')]) await act(desk.ses());
    const rows = await desk.stage.ledger('ses', mark);
    return rows.map(({ operation, effect, forbidden = false }) => `${operation} ${effect} ${forbidden}`);
  };
  const rows = (forbidden: boolean) =>
    ['DeleteEmailIdentity', 'DeleteConfigurationSet', 'DeleteTenant'].map((name) => `${name} true ${forbidden}`);

  it('is done and marked as forbidden', async () => {
    expect(await foreign(false, [])).toEqual(rows(true));
    expect(await foreign(false, [{ Key: 'managed-by', Value: 'terraform' }])).toEqual(rows(true));
  });

  it('is not marked where it is ours, or where a test allows it', async () => {
    expect(await foreign(false, OURS)).toEqual(rows(false));
    expect(await foreign(true, [])).toEqual(rows(false));
  });
});

describe('tags', () => {
  it('of identities, configuration sets and tenants are read, added, replaced and taken away by ARN', async () => {
    const ses = desk.ses();
    await desk.seed('identities', 'tags.test');
    await desk.seed('configuration-sets', 'tags');
    const { arn: ofTenant } = (await desk.seed('tenants', 'tags')) as { arn: string };
    for (const ResourceArn of [arn('identity', 'tags.test'), arn('configuration-set', 'tags'), ofTenant]) {
      const tags = async () => (await ses.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags;
      await ses.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'a', Value: '1' }, ...OURS] }));
      await ses.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'a', Value: '2' }] }));
      expect(await tags(), ResourceArn).toEqual([...OURS, { Key: 'a', Value: '2' }]);
      await ses.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a', 'never', 'managed-by'] }));
      expect(await tags(), ResourceArn).toEqual([]);
    }
  });

  const tag = (ResourceArn: string, Tags: { Key: string; Value: string }[]) => (ses: SESv2Client) =>
    ses.send(new TagResourceCommand({ ResourceArn, Tags }));
  const many = Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' }));
  refuses(desk, [
    { rule: 'a 51st tag', call: tag(arn('identity', 'tags.test'), many), ...bad },
    { rule: 'a reserved key', call: tag(arn('identity', 'tags.test'), [{ Key: 'aws:x', Value: '' }]), ...bad },
    {
      rule: 'a value that is too long',
      call: tag(arn('identity', 'tags.test'), [{ Key: 'a', Value: 'v'.repeat(257) }]),
      ...bad,
    },
    { rule: 'tags for what is not there', call: tag(arn('identity', 'none.test'), OURS), ...missing },
    { rule: 'a tenant’s ARN without its id', call: tag(arn('tenant', 'tags'), OURS), ...missing },
  ]);

  it('need their own permissions', async () => {
    const ses = desk.ses('us-east-1', await desk.allowed({ Action: 'ses:ListTagsForResource' }));
    const ResourceArn = arn('identity', 'tags.test');
    await ses.send(new ListTagsForResourceCommand({ ResourceArn }));
    const refused = { name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } };
    await expect(tag(ResourceArn, OURS)(ses)).rejects.toMatchObject(refused);
    await expect(ses.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a'] }))).rejects.toMatchObject(refused);
  });
});
