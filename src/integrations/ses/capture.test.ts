import * as sdk from '@aws-sdk/client-sesv2';
import { describe, expect, it } from 'vitest';
import { SES_CALLS, type SesV2Call } from './calls.ts';

/**
 * What each command must look like on the wire (SES API v2, 2019-09-27). URIs have changed between SDK versions before
 * (lists moved from GET to POST in October 2026), so an update that moves one must fail here.
 */
const WIRE: Readonly<
  Record<SesV2Call, { input: Record<string, unknown>; method: string; path: string; body?: unknown }>
> = {
  GetAccount: { input: {}, method: 'GET', path: '/v2/email/account' },
  ListEmailIdentities: {
    input: { PageSize: 1000, NextToken: 't' },
    method: 'POST',
    path: '/v2/email/list-identities',
    body: { PageSize: 1000, NextToken: 't' },
  },
  GetEmailIdentity: { input: { EmailIdentity: 'a@b.com' }, method: 'GET', path: '/v2/email/identities/a%40b.com' },
  GetConfigurationSet: {
    input: { ConfigurationSetName: 's' },
    method: 'GET',
    path: '/v2/email/configuration-sets/s',
  },
  GetTenant: {
    input: { TenantName: 't' },
    method: 'POST',
    path: '/v2/email/tenants/get',
    body: { TenantName: 't' },
  },
  ListTenantResources: {
    input: { TenantName: 't' },
    method: 'POST',
    path: '/v2/email/tenants/resources/list',
    body: { TenantName: 't' },
  },
  ListResourceTenants: {
    input: { ResourceArn: 'a' },
    method: 'POST',
    path: '/v2/email/resources/tenants/list',
    body: { ResourceArn: 'a' },
  },
  CreateConfigurationSet: {
    input: {
      ConfigurationSetName: 's',
      ReputationOptions: { ReputationMetricsEnabled: true },
      Tags: [{ Key: 'k', Value: 'v' }],
    },
    method: 'POST',
    path: '/v2/email/configuration-sets',
    body: {
      ConfigurationSetName: 's',
      ReputationOptions: { ReputationMetricsEnabled: true },
      Tags: [{ Key: 'k', Value: 'v' }],
    },
  },
  CreateTenant: {
    input: { TenantName: 't', Tags: [] },
    method: 'POST',
    path: '/v2/email/tenants',
    body: { TenantName: 't', Tags: [] },
  },
  CreateEmailIdentity: {
    input: {
      EmailIdentity: 'b.com',
      DkimSigningAttributes: { DomainSigningAttributesOrigin: 'AWS_SES_US_EAST_1' },
      ConfigurationSetName: 's',
    },
    method: 'POST',
    path: '/v2/email/identities',
    body: {
      EmailIdentity: 'b.com',
      DkimSigningAttributes: { DomainSigningAttributesOrigin: 'AWS_SES_US_EAST_1' },
      ConfigurationSetName: 's',
    },
  },
  CreateTenantResourceAssociation: {
    input: { TenantName: 't', ResourceArn: 'arn' },
    method: 'POST',
    path: '/v2/email/tenants/resources',
    body: { TenantName: 't', ResourceArn: 'arn' },
  },
  PutEmailIdentityMailFromAttributes: {
    input: { EmailIdentity: 'b.com', MailFromDomain: 'mail.b.com', BehaviorOnMxFailure: 'USE_DEFAULT_VALUE' },
    method: 'PUT',
    path: '/v2/email/identities/b.com/mail-from',
    body: { MailFromDomain: 'mail.b.com', BehaviorOnMxFailure: 'USE_DEFAULT_VALUE' },
  },
  PutEmailIdentityDkimSigningAttributes: {
    input: { EmailIdentity: 'b.com', SigningAttributesOrigin: 'AWS_SES_US_EAST_1' },
    method: 'PUT',
    path: '/v2/email/identities/b.com/dkim/signing',
    body: { SigningAttributesOrigin: 'AWS_SES_US_EAST_1' },
  },
  PutEmailIdentityDkimAttributes: {
    input: { EmailIdentity: 'b.com', SigningEnabled: true },
    method: 'PUT',
    path: '/v2/email/identities/b.com/dkim',
    body: { SigningEnabled: true },
  },
  PutEmailIdentityConfigurationSetAttributes: {
    input: { EmailIdentity: 'b.com', ConfigurationSetName: 's' },
    method: 'PUT',
    path: '/v2/email/identities/b.com/configuration-set',
    body: { ConfigurationSetName: 's' },
  },
  TagResource: {
    input: { ResourceArn: 'arn', Tags: [{ Key: 'k', Value: 'v' }] },
    method: 'POST',
    path: '/v2/email/tags',
    body: { ResourceArn: 'arn', Tags: [{ Key: 'k', Value: 'v' }] },
  },
  UntagResource: { input: { ResourceArn: 'arn', TagKeys: ['k'] }, method: 'DELETE', path: '/v2/email/tags' },
  DeleteTenantResourceAssociation: {
    input: { TenantName: 't', ResourceArn: 'arn' },
    method: 'POST',
    path: '/v2/email/tenants/resources/delete',
    body: { TenantName: 't', ResourceArn: 'arn' },
  },
  DeleteEmailIdentity: { input: { EmailIdentity: 'b.com' }, method: 'DELETE', path: '/v2/email/identities/b.com' },
  DeleteConfigurationSet: {
    input: { ConfigurationSetName: 's' },
    method: 'DELETE',
    path: '/v2/email/configuration-sets/s',
  },
  DeleteTenant: {
    input: { TenantName: 't' },
    method: 'POST',
    path: '/v2/email/tenants/delete',
    body: { TenantName: 't' },
  },
  SendEmail: {
    input: {
      FromEmailAddress: 'a@b.com',
      Destination: { ToAddresses: ['c@d.com'] },
      Content: { Simple: { Subject: { Data: 's' }, Body: { Text: { Data: 't' } } } },
      TenantName: 't',
    },
    method: 'POST',
    path: '/v2/email/outbound-emails',
    body: {
      FromEmailAddress: 'a@b.com',
      Destination: { ToAddresses: ['c@d.com'] },
      Content: { Simple: { Subject: { Data: 's' }, Body: { Text: { Data: 't' } } } },
      TenantName: 't',
    },
  },
};

interface Sent {
  method: string;
  path: string;
  body?: Uint8Array | string;
}

async function capture(call: SesV2Call, input: Record<string, unknown>): Promise<Sent> {
  let sent: Sent | undefined;
  const client = new sdk.SESv2Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
    requestHandler: {
      handle(request: Sent) {
        sent = request;
        return Promise.reject(new Error('captured'));
      },
    },
  });
  const Command = Object.entries(sdk).find(([name]) => name === `${call}Command`)?.[1] as unknown as new (
    input: Record<string, unknown>,
  ) => never;
  await expect(client.send(new Command(input))).rejects.toThrow('captured');
  if (!sent) throw new Error('nothing was sent');
  return sent;
}

describe('SDK commands on the wire', () => {
  const calls = Object.entries(SES_CALLS).filter(([, call]) => !('api' in call));
  it.each(calls.map(([name]) => name as SesV2Call))('%s', async (call) => {
    const { input, method, path, body } = WIRE[call];
    const sent = await capture(call, input);
    expect([sent.method, sent.path]).toEqual([method, path]);
    const text = typeof sent.body === 'string' ? sent.body : sent.body ? Buffer.from(sent.body).toString() : '';
    if (body !== undefined) expect(JSON.parse(text)).toEqual(body);
    else expect(text).toBe('');
  });
});
