import { z } from 'zod';
import { readIdentityName, resourceName, tagsSchema } from './gate/names.ts';
import { addressDkim } from './identities/create.ts';
import { easyDkim, publishKey } from './identities/dkim.ts';
import { followParent } from './identities/replicas.ts';
import { identityView } from './identities/view.ts';
import { parentRegion, signingZone } from './regions.ts';
import { addTenant } from './resources/tenants.ts';
import { type Aws, arnOf, type Dkim, type Identity, type Place, placeOf } from './state.ts';

const status = z.enum(['NOT_STARTED', 'PENDING', 'SUCCESS', 'FAILED', 'TEMPORARY_FAILURE']);

/** Where a seed goes: the default account where none is named. */
export const whereSchema = {
  account: z
    .string()
    .regex(/^\d{12}$/)
    .default('111122223333'),
  region: z.string(),
};

/** An identity in any state: pinned as it is, unless `watched`, when SES's look-ups go on from there. */
export const identitySeed = z.strictObject({
  ...whereSchema,
  name: z.string(),
  dkimStatus: status.default('SUCCESS'),
  origin: z.string().default('AWS_SES'),
  selector: z.string().default('mail'),
  tokens: z
    .array(z.string().regex(/^[a-z2-7]{32}$/))
    .length(3)
    .optional(),
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
  const { origin, dkimStatus, tokens } = seed;
  const easy = easyDkim(aws, place, 'RSA_2048_BIT', now);
  const dkim: Dkim = { ...easy, status: dkimStatus, origin };
  if (origin === 'EXTERNAL') return { ...dkim, tokens: [seed.selector], zone: '' };
  const region = parentRegion(origin);
  if (region) return { ...dkim, zone: signingZone(region), mayReplicate: true };
  if (origin !== 'AWS_SES') throw new RangeError(`unknown origin ${origin}`);
  if (!tokens) return dkim;
  const known: Dkim = { ...dkim, tokens };
  publishKey(aws.world, known);
  return known;
}

/** A tenant that is there already; `foreign` makes its deletion a forbidden call. */
export const tenantSeed = z.strictObject({
  ...whereSchema,
  name: resourceName,
  tags: tagsSchema.default([]),
  resources: z.array(z.string()).default([]),
  sendingStatus: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  foreign: z.boolean().default(false),
});

/** Puts a tenant with its associations; gives its ARN. */
export function seedTenant(aws: Aws, seed: z.output<typeof tenantSeed>): unknown {
  const place = placeOf(aws, seed.account, seed.region);
  const now = aws.world.clock.now();
  const tenant = addTenant(place, seed.name, seed.tags, now, seed.foreign ? { foreign: true } : {});
  tenant.sendingStatus = seed.sendingStatus;
  for (const arn of seed.resources) tenant.resources.set(arn, now);
  return { arn: tenant.arn };
}

/** A configuration set that is there already. */
export const configurationSetSeed = z.strictObject({
  ...whereSchema,
  name: resourceName,
  tags: tagsSchema.default([]),
  sendingEnabled: z.boolean().default(true),
});

/** Puts a configuration set; gives its ARN. */
export function seedConfigurationSet(aws: Aws, seed: z.output<typeof configurationSetSeed>): unknown {
  const place = placeOf(aws, seed.account, seed.region);
  const { name, tags, sendingEnabled } = seed;
  place.configurationSets.set(name, { name, tags, sendingEnabled, reputationMetrics: false, options: {} });
  return { arn: arnOf(place, 'configuration-set', name) };
}
