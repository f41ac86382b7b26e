/**
 * Every call that Mailwright can make at SES and STS, and what IAM must allow for it. The client refuses what is not here,
 * and docs/iam-policy.json is generated from it, so that the policy can neither lag nor overreach.
 * `also`: permissions that a call needs beyond its own name. Source: AWS service authorization reference for SES v2.
 */
export type PolicyPart = 'read' | 'provision' | 'remove' | 'send';

/** ARN shapes below arn:aws:ses:<region>:<account>:, or '*' for actions without resource-level support. */
type Resource = '*' | 'identity' | 'configuration-set' | 'tenant';

interface Call {
  readonly part: PolicyPart;
  /** Calls of the first version of the API (Query protocol); all others are of the second. */
  readonly api?: 'v1';
  /** Whether the call changes anything: a lost answer to it is found again by looking, never by repeating. */
  readonly writes: boolean;
  readonly resources: readonly Resource[];
  readonly also?: readonly { readonly action: string; readonly resources: readonly Resource[]; readonly why: string }[];
}

const tagging = { action: 'ses:TagResource', why: 'what we create carries our tags' } as const;

export const SES_CALLS = {
  GetAccount: { part: 'read', writes: false, resources: ['*'] },
  ListEmailIdentities: { part: 'read', writes: false, resources: ['*'] },
  GetEmailIdentity: { part: 'read', writes: false, resources: ['identity'] },
  GetConfigurationSet: { part: 'read', writes: false, resources: ['configuration-set'] },
  GetTenant: { part: 'read', writes: false, resources: ['tenant'] },
  ListTenantResources: { part: 'read', writes: false, resources: ['tenant'] },
  ListResourceTenants: { part: 'read', writes: false, resources: ['identity'] },
  GetIdentityVerificationAttributes: { part: 'read', api: 'v1', writes: false, resources: ['*'] },
  CreateConfigurationSet: {
    part: 'provision',
    writes: true,
    resources: ['configuration-set'],
    also: [{ ...tagging, resources: ['configuration-set'] }],
  },
  CreateTenant: {
    part: 'provision',
    writes: true,
    resources: ['tenant'],
    also: [{ ...tagging, resources: ['tenant'] }],
  },
  CreateEmailIdentity: {
    part: 'provision',
    writes: true,
    resources: ['identity'],
    also: [
      { ...tagging, resources: ['identity'] },
      {
        action: 'ses:ReplicateEmailIdentityDKIMSigningKey',
        resources: ['identity'],
        why: 'a replica takes its DKIM key from the parent identity in the parent region',
      },
    ],
  },
  CreateTenantResourceAssociation: {
    part: 'provision',
    writes: true,
    resources: ['tenant', 'identity', 'configuration-set'],
  },
  PutEmailIdentityMailFromAttributes: { part: 'provision', writes: true, resources: ['identity'] },
  PutEmailIdentityDkimSigningAttributes: {
    part: 'provision',
    writes: true,
    resources: ['identity'],
    also: [
      {
        action: 'ses:ReplicateEmailIdentityDKIMSigningKey',
        resources: ['identity'],
        why: 'restarting the verification of a replica, or making one of a live identity, reads the parent',
      },
    ],
  },
  PutEmailIdentityDkimAttributes: { part: 'provision', writes: true, resources: ['identity'] },
  PutEmailIdentityConfigurationSetAttributes: {
    part: 'provision',
    writes: true,
    resources: ['identity', 'configuration-set'],
  },
  VerifyDomainIdentity: { part: 'provision', api: 'v1', writes: true, resources: ['*'] },
  TagResource: { part: 'provision', writes: true, resources: ['identity'] },
  UntagResource: { part: 'remove', writes: true, resources: ['identity'] },
  DeleteTenantResourceAssociation: {
    part: 'remove',
    writes: true,
    resources: ['tenant', 'identity', 'configuration-set'],
  },
  DeleteEmailIdentity: { part: 'remove', writes: true, resources: ['identity'] },
  DeleteConfigurationSet: { part: 'remove', writes: true, resources: ['configuration-set'] },
  DeleteTenant: { part: 'remove', writes: true, resources: ['tenant'] },
  SendEmail: { part: 'send', writes: true, resources: ['identity', 'configuration-set'] },
} as const satisfies Record<string, Call>;

export type SesCall = keyof typeof SES_CALLS;

/** Calls of the second version of the API. */
export type SesV2Call = {
  [C in SesCall]: (typeof SES_CALLS)[C] extends { api: 'v1' } ? never : C;
}[SesCall];
