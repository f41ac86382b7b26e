import { z } from 'zod';
import { AwsError, alreadyExists, badRequest, notFound } from '../gate/errors.ts';
import { readIdentityName, resourceName, tagsSchema } from '../gate/names.ts';
import { type Call, operation, permission } from '../gate/operation.ts';
import { REGIONS, replicaOrigin } from '../regions.ts';
import { arnOf, type Dkim, type Identity } from '../state.ts';
import { easyDkim, ownDkim } from './dkim.ts';
import { followParent, replicaDkim } from './replicas.ts';
import { dkimView, maySend } from './view.ts';

const IDENTITIES_PER_REGION = 10_000;

/** 'AWS_SES_US_EAST_1' and its like. */
export const replicaOriginSchema = z.enum(REGIONS.map(replicaOrigin));

/** RSA_1024_BIT or RSA_2048_BIT. */
export const keyLengthSchema = z.enum(['RSA_1024_BIT', 'RSA_2048_BIT']);

/** A member that this call does not have, though another has it: refused, lest it be ignored in silence. */
export function absent(error: string) {
  return z
    .unknown()
    .refine((value) => value === undefined, { error })
    .optional();
}

const signingAttributes = z.object({
  DomainSigningSelector: z.string().optional(),
  DomainSigningPrivateKey: z.string().optional(),
  NextSigningKeyLength: keyLengthSchema.optional(),
  DomainSigningAttributesOrigin: z.union([z.literal('AWS_SES'), z.literal('EXTERNAL'), replicaOriginSchema]).optional(),
  SigningAttributesOrigin: absent('SigningAttributesOrigin is not a member of DkimSigningAttributes'),
});

/** `POST /v2/email/identities`: begins to verify at once; the answer says NOT_STARTED, the next Get PENDING. */
export const createEmailIdentity = operation({
  name: 'CreateEmailIdentity',
  method: 'POST',
  path: '/v2/email/identities',
  writes: true,
  input: z.object({
    EmailIdentity: z.string().min(1),
    Tags: tagsSchema.optional(),
    DkimSigningAttributes: signingAttributes.optional(),
    ConfigurationSetName: resourceName.optional(),
  }),
  asks({ EmailIdentity, Tags = [] }, call) {
    const arn = arnOf(call.place, 'identity', readIdentityName(EmailIdentity));
    const tags = { request: Tags };
    return [
      permission('CreateEmailIdentity', arn, call, tags),
      ...(Tags.length ? [permission('TagResource', arn, call, tags)] : []),
    ];
  },
  run({ EmailIdentity, Tags = [], DkimSigningAttributes, ConfigurationSetName }, call) {
    const { place, now, aws } = call;
    const name = readIdentityName(EmailIdentity);
    if (place.identities.has(name)) throw alreadyExists(`Email identity ${name} already exist.`);
    if (ConfigurationSetName !== undefined && !place.configurationSets.has(ConfigurationSetName))
      throw notFound(`Configuration set <${ConfigurationSetName}> does not exist.`);
    if (place.identities.size >= IDENTITIES_PER_REGION)
      throw new AwsError('LimitExceededException', 400, 'You have reached the maximum number of identities.');
    const type = name.includes('@') ? 'EMAIL_ADDRESS' : 'DOMAIN';
    if (type === 'EMAIL_ADDRESS' && DkimSigningAttributes)
      throw badRequest('DKIM signing attributes can be set for domain identities only.');
    const identity: Identity = {
      name,
      type,
      createdAt: now,
      tags: Tags,
      configurationSet: ConfigurationSetName,
      feedbackForwarding: true,
      verification: 'PENDING',
      dkim: type === 'DOMAIN' ? dkimOf(call, name, DkimSigningAttributes ?? {}) : addressDkim(now),
    };
    followParent(aws, place, identity);
    place.identities.set(name, identity);
    aws.watch.start(place, identity);
    return {
      IdentityType: type,
      VerifiedForSendingStatus: maySend(place, name),
      DkimAttributes: dkimView(identity.dkim, type, 'NOT_STARTED'),
    };
  },
});

/** What an address has instead of DKIM of its own: it is signed for by its domain. */
export function addressDkim(now: number): Dkim {
  const length = 'RSA_2048_BIT';
  const key = new Promise<never>(() => {});
  return {
    status: 'NOT_STARTED',
    since: now,
    enabled: false,
    origin: 'AWS_SES',
    tokens: [],
    zone: '',
    current: length,
    next: length,
    generatedAt: now,
    key,
  };
}

function dkimOf(call: Call, name: string, attributes: z.output<typeof signingAttributes>): Dkim {
  const { DomainSigningSelector, DomainSigningPrivateKey, NextSigningKeyLength, DomainSigningAttributesOrigin } =
    attributes;
  const own = DomainSigningSelector !== undefined || DomainSigningPrivateKey !== undefined;
  if ([own, NextSigningKeyLength, DomainSigningAttributesOrigin?.startsWith('AWS_SES_')].filter(Boolean).length > 1)
    throw badRequest(
      'DkimSigningAttributes may hold a selector with a private key, a key length, or an origin, not several of them.',
    );
  if (own || DomainSigningAttributesOrigin === 'EXTERNAL') {
    if (DomainSigningSelector === undefined || DomainSigningPrivateKey === undefined)
      throw badRequest('DomainSigningSelector and DomainSigningPrivateKey must be given together.');
    return ownDkim(DomainSigningSelector, DomainSigningPrivateKey, call.now);
  }
  if (DomainSigningAttributesOrigin?.startsWith('AWS_SES_'))
    return replicaDkim(call, name, DomainSigningAttributesOrigin);
  return easyDkim(call.aws, call.place, NextSigningKeyLength ?? 'RSA_2048_BIT', call.now);
}
