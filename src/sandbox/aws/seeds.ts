import { z } from 'zod';
import { destinationSeed, refuseUnusable } from './events/destination.ts';
import { readIdentityName, resourceName, tagsSchema } from './gate/names.ts';
import { addressDkim, keyLengthSchema } from './identities/create.ts';
import { easyDkim, ownDkim } from './identities/dkim.ts';
import { followParent } from './identities/replicas.ts';
import { identityView } from './identities/view.ts';
import { isRegion, parentRegion } from './regions.ts';
import { optionGroups } from './resources/option-groups.ts';
import { addTenant } from './resources/tenants.ts';
import { type Aws, arnOf, type Dkim, type Identity, type Place, placeOf } from './state.ts';
import { suppressedReasons, suppressionScope } from './suppression/reasons.ts';

const status = z.enum(['NOT_STARTED', 'PENDING', 'SUCCESS', 'FAILED', 'TEMPORARY_FAILURE']);

/** Where a seed goes: the default account where none is named. */
export const whereSchema = {
  account: z
    .string()
    .regex(/^\d{12}$/)
    .default('111122223333'),
  region: z.string().refine(isRegion, { error: 'is no Region of SES' }),
};

/** An identity in any state: pinned as it is, unless `watched`, when SES's look-ups go on from there. */
export const identitySeed = z.strictObject({
  ...whereSchema,
  name: z.string(),
  dkimStatus: status.default('SUCCESS'),
  origin: z.string().default('AWS_SES'),
  selector: z.string().default('mail'),
  privateKey: z.string().optional(),
  keyLength: keyLengthSchema.default('RSA_2048_BIT'),
  nextKeyLength: keyLengthSchema.optional(),
  tokens: z
    .array(z.string().regex(/^[a-z2-7]{32}$/))
    .refine(({ length }) => length === 3 || length === 0, { error: 'must be three, or none without Easy DKIM' })
    .optional(),
  legacyToken: z.string().min(1).optional(),
  verificationStatus: status.optional(),
  signingEnabled: z.boolean().default(true),
  mailFrom: z
    .strictObject({
      domain: z.string(),
      status: status.exclude(['NOT_STARTED']).default('SUCCESS'),
      behavior: z.enum(['USE_DEFAULT_VALUE', 'REJECT_MESSAGE']).default('USE_DEFAULT_VALUE'),
    })
    .optional(),
  tags: tagsSchema.default([]),
  configurationSet: resourceName.optional(),
  feedbackForwarding: z.boolean().default(true),
  errorType: z.string().optional(),
  watched: z.boolean().default(false),
});

/** Puts an identity where it was not, replacing one of the same name; gives what GetEmailIdentity would answer. */
export function seedIdentity(aws: Aws, seed: z.output<typeof identitySeed>): unknown {
  const place = placeOf(aws, seed.account, seed.region);
  const now = aws.world.clock.now();
  const name = readIdentityName(seed.name);
  const type = name.includes('@') ? 'EMAIL_ADDRESS' : 'DOMAIN';
  const pinned = !seed.watched;
  const dkim = type === 'DOMAIN' ? seedDkim(aws, place, seed, now) : addressDkim(now);
  const { mailFrom } = seed;
  const identity: Identity = {
    name,
    type,
    createdAt: now,
    tags: seed.tags,
    configurationSet: seed.configurationSet,
    feedbackForwarding: seed.feedbackForwarding,
    verification: seed.verificationStatus ?? (type === 'DOMAIN' ? seed.dkimStatus : 'SUCCESS'),
    dkim: { ...dkim, enabled: seed.signingEnabled, pinned },
    ...(dkim.current === dkim.next ? {} : { lengthChangedAt: now }),
    ...(seed.legacyToken === undefined ? {} : { legacyToken: seed.legacyToken }),
    errorType: seed.errorType,
    mailFrom: mailFrom && { ...mailFrom, domain: mailFrom.domain.toLowerCase(), since: now, pinned },
    lastChecked: now,
    ...(seed.dkimStatus === 'SUCCESS' ? { lastSuccess: now } : {}),
  };
  place.identities.set(name, identity);
  followParent(aws, place, identity);
  if (seed.watched) aws.watch.start(place, identity);
  return identityView(aws, place, identity);
}

function seedDkim(aws: Aws, place: Place, seed: z.output<typeof identitySeed>, now: number): Dkim {
  const { origin, dkimStatus: status, keyLength, nextKeyLength = keyLength, selector, privateKey, tokens } = seed;
  if (origin === 'EXTERNAL') {
    if (privateKey !== undefined) return { ...ownDkim(selector, privateKey, now), status };
    const key = aws.mill.make(keyLength);
    return { ...addressDkim(now), status, origin, tokens: [selector], current: keyLength, next: keyLength, key };
  }
  const region = parentRegion(origin);
  // Until its parent is there a replica has tokens and a key of nobody's, so that whoever seeded it verified can send.
  if (region)
    return {
      ...easyDkim(aws, placeOf(aws, place.accountId, region), keyLength, now),
      status,
      origin,
      mayReplicate: true,
    };
  if (origin !== 'AWS_SES') throw new RangeError(`unknown origin ${origin}`);
  if (tokens?.length === 0) return { ...addressDkim(now), status };
  return { ...easyDkim(aws, place, keyLength, now, tokens), status, next: nextKeyLength };
}

/** A tenant that is there already. */
export const tenantSeed = z.strictObject({
  ...whereSchema,
  name: resourceName,
  tags: tagsSchema.default([]),
  resources: z.array(z.string()).default([]),
  sendingStatus: z.enum(['ENABLED', 'DISABLED', 'REINSTATED']).default('ENABLED'),
  /** What AWS itself says of its sending. */
  awsStatus: z.enum(['ENABLED', 'DISABLED', 'REINSTATED']).default('ENABLED'),
  cause: z.string().optional(),
  policy: z.enum(['standard', 'strict', 'none']).default('standard'),
  impact: z.enum(['HIGH', 'LOW']).optional(),
  suppression: z.strictObject({ SuppressionScope: suppressionScope, SuppressedReasons: suppressedReasons }).optional(),
});

/** Puts a tenant with its associations; gives its ARN. */
export function seedTenant(aws: Aws, seed: z.output<typeof tenantSeed>): unknown {
  const place = placeOf(aws, seed.account, seed.region);
  const now = aws.world.clock.now();
  const { sendingStatus, awsStatus, cause, policy, impact, suppression } = seed;
  const tenant = addTenant(place, seed.name, seed.tags, now, {
    customerStatus: { status: sendingStatus, at: now },
    awsStatus: { status: awsStatus, at: now, cause },
    policy,
    impact,
    suppression,
  });
  for (const arn of seed.resources) tenant.resources.set(arn, now);
  return { arn: tenant.arn };
}

/** A configuration set that is there already. */
export const configurationSetSeed = z.strictObject({
  ...whereSchema,
  name: resourceName,
  tags: tagsSchema.default([]),
  sendingEnabled: z.boolean().default(true),
  reputationMetrics: z.boolean().default(false),
  options: z
    .strictObject({
      TrackingOptions: optionGroups.TrackingOptions.optional(),
      DeliveryOptions: optionGroups.DeliveryOptions.optional(),
      SuppressionOptions: optionGroups.SuppressionOptions.optional(),
      ArchivingOptions: optionGroups.ArchivingOptions.optional(),
      VdmOptions: optionGroups.VdmOptions.optional(),
    })
    .prefault({}),
  eventDestinations: z.array(destinationSeed).default([]),
});

/** Puts a configuration set; gives its ARN. */
export function seedConfigurationSet(aws: Aws, seed: z.output<typeof configurationSetSeed>): unknown {
  const place = placeOf(aws, seed.account, seed.region);
  const { name, tags, sendingEnabled, reputationMetrics, options } = seed;
  const eventDestinations = new Map(seed.eventDestinations.map((destination) => [destination.Name, destination]));
  for (const destination of seed.eventDestinations) refuseUnusable(place, destination, []);
  place.configurationSets.set(name, { name, tags, sendingEnabled, reputationMetrics, options, eventDestinations });
  return { arn: arnOf(place, 'configuration-set', name) };
}
