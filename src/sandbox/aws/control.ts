import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import type { StandIn } from '../world.ts';
import { afterwardsSchema, happen } from './events/afterwards.ts';
import { readPolicy } from './gate/policy.ts';
import { describeUsers } from './iam/describe-users.ts';
import { giveKey } from './iam/users.ts';
import { publicKeyOf } from './identities/dkim.ts';
import { identityView } from './identities/view.ts';
import { sendingStatusOf } from './resources/reputation.ts';
import {
  configurationSetSeed,
  identitySeed,
  seedConfigurationSet,
  seedIdentity,
  seedTenant,
  tenantSeed,
  whereSchema,
} from './seeds.ts';
import type { SmtpEndpoints } from './smtp/endpoints.ts';
import { type Aws, type Place, placeOf } from './state.ts';
import { suppressedReasons } from './suppression/reasons.ts';
import { turnSwitches } from './switches.ts';

const keyBody = z.strictObject({
  account: whereSchema.account,
  user: z
    .string()
    .regex(/^[\w+=,.@-]{1,64}$/)
    .default('tester'),
  policy: z.unknown(),
});

const accountBody = z.strictObject({
  ...whereSchema,
  productionAccess: z.boolean().optional(),
  sendingEnabled: z.boolean().optional(),
  enforcement: z.enum(['HEALTHY', 'PROBATION', 'SHUTDOWN']).optional(),
  max24HourSend: z.number().optional(),
  maxSendRate: z.number().optional(),
  plan: z.string().optional(),
  details: z.unknown().optional(),
  /** `null` for an account that never set them. */
  suppressedReasons: suppressedReasons.nullable().optional(),
});

/** The control routes of the AWS stand-in; bodies that it does not know throw a RangeError that says why. */
export function awsControl(aws: Aws, smtp: SmtpEndpoints): StandIn['control'] {
  return {
    'GET /aws/smtp': () => ({ certificate: smtp.certificate, endpoints: smtp.list() }),
    'POST /aws/smtp': (body) => smtp.open(read(z.strictObject({ region: whereSchema.region }), body).region),
    'GET /aws/users': () => describeUsers(aws),
    'POST /aws/keys': (body) => {
      const { account, user, policy } = read(keyBody, body);
      const key = giveKey(aws, { account, name: user }, [policy].flat().map(readPolicy));
      return { accessKeyId: key.id, secretAccessKey: key.secret, account, user };
    },
    'POST /aws/account': (body) => setAccount(aws, read(accountBody, body)),
    'GET /aws/account': (_body, query) =>
      chosenPlaces(aws, query).map(({ accountId, region, account }) => ({ account: accountId, region, ...account })),
    'POST /aws/switches': (body) => {
      aws.switches = turnSwitches(aws.switches, body);
      return aws.switches;
    },
    'GET /aws/switches': () => aws.switches,
    'GET /aws/identities': (_body, query) => describeIdentities(aws, query),
    'POST /aws/identities': (body) => seedIdentity(aws, read(identitySeed, body)),
    'DELETE /aws/identities': (_body, query) =>
      chosenPlaces(aws, query).filter((place) => place.identities.delete(query.get('name') ?? '')).length,
    'POST /aws/tenants': (body) => seedTenant(aws, read(tenantSeed, body)),
    'GET /aws/tenants': (_body, query) =>
      chosenPlaces(aws, query).flatMap(({ accountId, region, tenants }) =>
        [...tenants.values()].map((tenant) => ({
          account: accountId,
          region,
          ...tenant,
          resources: [...tenant.resources.keys()],
          sendingStatus: sendingStatusOf(tenant),
          suppressed: [...tenant.suppressed.values()],
        })),
      ),
    'POST /aws/configuration-sets': (body) => seedConfigurationSet(aws, read(configurationSetSeed, body)),
    'GET /aws/configuration-sets': (_body, query) =>
      chosenPlaces(aws, query).flatMap(({ accountId, region, configurationSets }) =>
        [...configurationSets.values()].map((set) => ({
          account: accountId,
          region,
          ...set,
          eventDestinations: [...set.eventDestinations.values()],
        })),
      ),
    'GET /aws/events': (_body, query) =>
      aws.events.read({
        since: Number(query.get('since') ?? 0),
        messageId: query.get('messageId'),
        region: query.get('region'),
      }),
    'DELETE /aws/events': () => {
      aws.events.clear();
      return { cleared: true };
    },
    'POST /aws/events': (body) => happen(aws, read(afterwardsSchema, body)),
    'GET /aws/sns-key': async () => ({
      publicKey: createPublicKey(await aws.snsKey()).export({ type: 'spki', format: 'pem' }),
    }),
    'GET /aws/suppressed': (_body, query) =>
      chosenPlaces(aws, query).flatMap(({ accountId, region, suppressed }) =>
        [...suppressed.values()].map((entry) => ({ account: accountId, region, ...entry })),
      ),
    'POST /aws/look': async (_body, query) => {
      await Promise.all(
        chosenPlaces(aws, query).flatMap((place) =>
          [...place.identities.values()]
            .filter(({ name }) => name === (query.get('name') ?? name))
            .map((identity) => aws.watch.look(place, identity)),
        ),
      );
      return describeIdentities(aws, query);
    },
  };
}

function read<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const given = schema.safeParse(body ?? {});
  if (!given.success) throw new RangeError(z.prettifyError(given.error));
  return given.data;
}

function chosenPlaces(aws: Aws, query: URLSearchParams): Place[] {
  return [...aws.places.values()].filter(
    ({ accountId, region }) =>
      accountId === (query.get('account') ?? accountId) && region === (query.get('region') ?? region),
  );
}

async function describeIdentities(aws: Aws, query: URLSearchParams): Promise<unknown[]> {
  const described = chosenPlaces(aws, query).flatMap((place) =>
    [...place.identities.values()]
      .filter(({ name }) => name === (query.get('name') ?? name))
      .map(async (identity) => ({
        account: place.accountId,
        region: place.region,
        name: identity.name,
        pinned: identity.dkim.pinned ?? false,
        ...(identity.dkim.origin === 'EXTERNAL' ? { publicKey: publicKeyOf(await identity.dkim.key) } : {}),
        ...identityView(aws, place, identity),
      })),
  );
  return Promise.all(described);
}

function setAccount(aws: Aws, { account, region, ...changes }: z.output<typeof accountBody>): unknown {
  const place = placeOf(aws, account, region);
  const production = changes.productionAccess;
  if (production !== undefined)
    Object.assign(
      place.account,
      production ? { max24HourSend: 50_000, maxSendRate: 14 } : { max24HourSend: 200, maxSendRate: 1 },
    );
  const { suppressedReasons: reasons, ...others } = changes;
  Object.assign(place.account, Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)));
  if (reasons !== undefined) place.account.suppressedReasons = reasons ?? undefined;
  return { account, region, ...place.account };
}
