import {
  CreateConfigurationSetCommand,
  CreateEmailIdentityCommand,
  CreateTenantCommand,
  CreateTenantResourceAssociationCommand,
  GetAccountCommand,
  GetEmailIdentityCommand,
  ListEmailIdentitiesCommand,
  PutEmailIdentityConfigurationSetAttributesCommand,
  type SESv2Client,
  SendEmailCommand,
  TagResourceCommand,
} from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge, readPolicy } from './gate/policy.ts';
import { openTestAws, type TestAws } from './world.fixture.ts';

const HERE = 'arn:aws:ses:us-east-1:111122223333';

let t: TestAws;
beforeAll(async () => {
  t = await openTestAws();
  await t.control('POST /aws/identities', {
    region: 'us-east-1',
    name: 'live.test',
    tags: [{ Key: 'app', Value: 'ours' }],
    configurationSet: 'cs',
  });
  await t.control('POST /aws/configuration-sets', { region: 'us-east-1', name: 'cs' });
  await t.control('POST /aws/tenants', { region: 'us-east-1', name: 'acme' });
});
afterAll(() => t.close());

async function allowed(...statements: object[]): Promise<SESv2Client> {
  const policy = {
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
  };
  const key = (await t.control('POST /aws/keys', { policy })) as { accessKeyId: string; secretAccessKey: string };
  return t.ses('us-east-1', key);
}

const denied = (action: string, resource: string) => ({
  name: 'AccessDeniedException',
  message: expect.stringContaining(
    `User: arn:aws:iam::111122223333:user/tester is not authorized to perform: ses:${action} on resource: ${resource}`,
  ),
});

const message = { Simple: { Subject: { Data: 's' }, Body: { Text: { Data: 't' } } } };
const send = { FromEmailAddress: 'a@live.test', Destination: { ToAddresses: ['b@else.test'] } };
const rawMessage = { Raw: { Data: Buffer.from('From: a@live.test\r\nTo: b@else.test\r\n\r\nx') } };

describe('a call without permission', () => {
  it('is refused with the sentence of IAM', async () => {
    const ses = await allowed({ Action: 'ses:GetEmailIdentity', Resource: `${HERE}:identity/live.test` });
    await expect(ses.send(new GetEmailIdentityCommand({ EmailIdentity: 'live.test' }))).resolves.toBeDefined();
    await expect(ses.send(new GetEmailIdentityCommand({ EmailIdentity: 'other.test' }))).rejects.toMatchObject(
      denied('GetEmailIdentity', `${HERE}:identity/other.test`),
    );
    await expect(ses.send(new GetAccountCommand({}))).rejects.toMatchObject(denied('GetAccount', '*'));
  });

  it('without resource-level support needs a star, not an ARN', async () => {
    const ses = await allowed({ Action: 'ses:*', Resource: 'arn:aws:ses:*' });
    await expect(ses.send(new ListEmailIdentitiesCommand({}))).rejects.toMatchObject(
      denied('ListEmailIdentities', '*'),
    );
  });

  it('is judged in the Region where it is made', async () => {
    const policy = { Statement: { Effect: 'Allow', Action: 'ses:*', Resource: `${HERE}:*` } };
    const key = (await t.control('POST /aws/keys', { policy })) as { accessKeyId: string; secretAccessKey: string };
    await expect(
      t.ses('us-west-2', key).send(new GetEmailIdentityCommand({ EmailIdentity: 'live.test' })),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

describe('permissions that hide behind a call', () => {
  it('tags on create need TagResource', async () => {
    const ses = await allowed({
      Action: ['ses:CreateEmailIdentity', 'ses:CreateTenant', 'ses:CreateConfigurationSet'],
      Resource: '*',
    });
    const Tags = [{ Key: 'app', Value: 'ours' }];
    await expect(ses.send(new CreateEmailIdentityCommand({ EmailIdentity: 'plain.test' }))).resolves.toBeDefined();
    for (const command of [
      new CreateEmailIdentityCommand({ EmailIdentity: 'x.test', Tags }),
      new CreateTenantCommand({ TenantName: 'x', Tags }),
    ])
      await expect(ses.send(command as CreateEmailIdentityCommand)).rejects.toThrow('ses:TagResource');
    await expect(ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName: 'x', Tags }))).rejects.toThrow(
      'ses:TagResource',
    );
    await expect(t.ses().send(new GetEmailIdentityCommand({ EmailIdentity: 'x.test' }))).rejects.toThrow(
      'does not exist',
    );
  });

  it('Raw content needs SendRawEmail, and the default configuration set its own ARN', async () => {
    const identity = await allowed({ Action: ['ses:SendEmail', 'ses:SendRawEmail'], Resource: `${HERE}:identity/*` });
    const set = `${HERE}:configuration-set/cs`;
    await expect(identity.send(new SendEmailCommand({ ...send, Content: message }))).rejects.toMatchObject(
      denied('SendEmail', set),
    );
    const simple = await allowed({ Action: 'ses:SendEmail', Resource: '*' });
    await expect(simple.send(new SendEmailCommand({ ...send, Content: message }))).resolves.toBeDefined();
    await expect(simple.send(new SendEmailCommand({ ...send, Content: rawMessage }))).rejects.toMatchObject(
      denied('SendRawEmail', `${HERE}:identity/live.test`),
    );
  });

  it('associations need tenant and resource, a default set needs identity and set', async () => {
    const tenant = await allowed({ Action: 'ses:CreateTenantResourceAssociation', Resource: `${HERE}:tenant/acme/*` });
    const ResourceArn = `${HERE}:identity/live.test`;
    await expect(
      tenant.send(new CreateTenantResourceAssociationCommand({ TenantName: 'acme', ResourceArn })),
    ).rejects.toMatchObject(denied('CreateTenantResourceAssociation', ResourceArn));
    const identity = await allowed({
      Action: 'ses:PutEmailIdentityConfigurationSetAttributes',
      Resource: `${HERE}:identity/*`,
    });
    const put = new PutEmailIdentityConfigurationSetAttributesCommand({
      EmailIdentity: 'live.test',
      ConfigurationSetName: 'cs',
    });
    await expect(identity.send(put)).rejects.toMatchObject(
      denied('PutEmailIdentityConfigurationSetAttributes', `${HERE}:configuration-set/cs`),
    );
  });

  it('a new tenant is allowed by tenant/<name>/* because its id is not known yet', async () => {
    const ses = await allowed({ Action: 'ses:CreateTenant', Resource: `${HERE}:tenant/ours-*/*` });
    await expect(ses.send(new CreateTenantCommand({ TenantName: 'ours-1' }))).resolves.toBeDefined();
    await expect(ses.send(new CreateTenantCommand({ TenantName: 'theirs' }))).rejects.toThrow('not authorized');
  });
});

describe('conditions', () => {
  it('see the resource tags, the request tags and the sender', async () => {
    const ses = await allowed(
      { Action: 'ses:GetEmailIdentity', Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/app': 'ours' } } },
      {
        Action: 'ses:TagResource',
        Resource: '*',
        Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['app'] } },
      },
      { Action: 'ses:SendEmail', Resource: '*', Condition: { StringLike: { 'ses:FromAddress': 'a@*' } } },
    );
    await expect(ses.send(new GetEmailIdentityCommand({ EmailIdentity: 'live.test' }))).resolves.toBeDefined();
    await expect(ses.send(new GetEmailIdentityCommand({ EmailIdentity: 'plain.test' }))).rejects.toThrow(
      'not authorized',
    );
    const ResourceArn = `${HERE}:identity/live.test`;
    await expect(
      ses.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'app', Value: 'ours' }] })),
    ).resolves.toBeDefined();
    await expect(
      ses.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'evil', Value: '1' }] })),
    ).rejects.toThrow('not authorized');
    await expect(ses.send(new SendEmailCommand({ ...send, Content: message }))).resolves.toBeDefined();
    await expect(
      ses.send(new SendEmailCommand({ ...send, FromEmailAddress: 'b@live.test', Content: message })),
    ).rejects.toThrow('not authorized');
  });
});

describe('a policy document', () => {
  const policy = (...Statement: object[]) => readPolicy({ Statement });
  const ask = { action: 'ses:GetEmailIdentity', resource: `${HERE}:identity/a.test`, keys: { 'ses:apiversion': '2' } };

  it('denies over every allow', () => {
    const allow = policy({ Effect: 'Allow', Action: '*', Resource: '*' });
    expect(judge([allow], ask)).toBe('allowed');
    expect(judge([allow, policy({ Effect: 'Deny', Action: 'ses:get*', Resource: '*' })], ask)).toBe('denied');
    expect(judge([], ask)).toBe('silent');
  });

  it('matches actions without case, resources with it, and dots as dots', () => {
    const one = (Action: string, Resource: string) => judge([policy({ Effect: 'Allow', Action, Resource })], ask);
    expect(one('SES:GETEMAILIDENTITY', ask.resource)).toBe('allowed');
    expect(one('ses:GetEmailIdentit?', `${HERE}:identity/*`)).toBe('allowed');
    expect(one('ses:*', ask.resource.toUpperCase())).toBe('silent');
    expect(one('ses:*', `${HERE}:identity/aXtest`)).toBe('silent');
  });

  it('knows absent keys: a plain operator fails, ForAllValues holds, ForAnyValue fails', () => {
    const when = (operator: string, key: string) =>
      judge([policy({ Effect: 'Allow', Action: '*', Resource: '*', Condition: { [operator]: { [key]: '2' } } })], ask);
    expect(when('StringEquals', 'ses:ApiVersion')).toBe('allowed');
    expect(when('StringEquals', 'ses:TenantName')).toBe('silent');
    expect(when('StringNotEquals', 'ses:TenantName')).toBe('allowed');
    expect(when('ForAllValues:StringEquals', 'ses:Recipients')).toBe('allowed');
    expect(when('ForAnyValue:StringEquals', 'ses:Recipients')).toBe('silent');
  });

  it('that the sandbox cannot evaluate is refused, not half understood', () => {
    const base = { Effect: 'Allow', Action: '*', Resource: '*' };
    expect(() => policy({ ...base, NotAction: '*' })).toThrow(RangeError);
    expect(() => policy({ ...base, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })).toThrow('IpAddress');
  });
});
