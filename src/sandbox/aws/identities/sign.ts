import { z } from 'zod';
import { badRequest } from '../gate/errors.ts';
import { type Call, operation } from '../gate/operation.ts';
import type { Dkim, Identity, KeyLength } from '../state.ts';
import { absent, keyLengthSchema, replicaOriginSchema } from './create.ts';
import { easyDkim, ownDkim, publishKey, withdrawKey } from './dkim.ts';
import { asksIdentity, findIdentity, identityLabel } from './find.ts';
import { followParent, replicaDkim } from './replicas.ts';

const DAY_MS = 24 * 3_600_000;

const attributes = z.object({
  DomainSigningSelector: z.string().optional(),
  DomainSigningPrivateKey: z.string().optional(),
  NextSigningKeyLength: keyLengthSchema.optional(),
  DomainSigningAttributesOrigin: absent('DomainSigningAttributesOrigin is for CreateEmailIdentity only'),
});

/** `PUT …/dkim/signing`: switches between Easy DKIM, BYODKIM and replica, changes the key length, restarts what failed. */
export const putDkimSigning = operation({
  name: 'PutEmailIdentityDkimSigningAttributes',
  method: 'PUT',
  path: '/v2/email/identities/{EmailIdentity}/dkim/signing',
  writes: true,
  input: z.object({
    ...identityLabel,
    SigningAttributesOrigin: z.union([z.literal('AWS_SES'), z.literal('EXTERNAL'), replicaOriginSchema]),
    SigningAttributes: attributes.optional(),
  }),
  asks: ({ EmailIdentity }, call) => asksIdentity('PutEmailIdentityDkimSigningAttributes', EmailIdentity, call),
  run({ EmailIdentity, SigningAttributesOrigin, SigningAttributes = {} }, call) {
    const identity = findIdentity(call, EmailIdentity);
    if (identity.type !== 'DOMAIN') throw badRequest('DKIM signing attributes can be set for domain identities only.');
    const before = identity.dkim;
    identity.dkim = { ...next(call, identity, SigningAttributesOrigin, SigningAttributes), enabled: before.enabled };
    if (identity.dkim.tokens !== before.tokens) withdrawKey(call.aws.world, before);
    followParent(call.aws, call.place, identity);
    if (identity.verification === 'FAILED') identity.verification = 'PENDING';
    call.aws.watch.start(call.place, identity);
    const { status, tokens, zone, origin } = identity.dkim;
    return { DkimStatus: status, DkimTokens: tokens, ...(origin === 'EXTERNAL' ? {} : { SigningHostedZone: zone }) };
  },
});

/** `PUT …/dkim`: switches signing on or off. */
export const putDkimEnabled = operation({
  name: 'PutEmailIdentityDkimAttributes',
  method: 'PUT',
  path: '/v2/email/identities/{EmailIdentity}/dkim',
  writes: true,
  input: z.object({ ...identityLabel, SigningEnabled: z.boolean().default(false) }),
  asks: ({ EmailIdentity }, call) => asksIdentity('PutEmailIdentityDkimAttributes', EmailIdentity, call),
  run({ EmailIdentity, SigningEnabled }, call) {
    findIdentity(call, EmailIdentity).dkim.enabled = SigningEnabled;
    return {};
  },
});

function next(call: Call, identity: Identity, origin: string, given: z.output<typeof attributes>): Dkim {
  const { DomainSigningSelector, DomainSigningPrivateKey, NextSigningKeyLength } = given;
  const own = DomainSigningSelector !== undefined || DomainSigningPrivateKey !== undefined;
  if (origin === 'EXTERNAL') {
    if (DomainSigningSelector === undefined || DomainSigningPrivateKey === undefined || NextSigningKeyLength)
      throw badRequest('Origin EXTERNAL needs DomainSigningSelector and DomainSigningPrivateKey, and nothing else.');
    return ownDkim(DomainSigningSelector, DomainSigningPrivateKey, call.now);
  }
  if (own) throw badRequest(`DomainSigningSelector and DomainSigningPrivateKey are not allowed with origin ${origin}.`);
  if (origin !== 'AWS_SES') {
    if (NextSigningKeyLength) throw badRequest('The key length of a replica is that of its parent.');
    return replicaDkim(call, identity.name, origin);
  }
  const { dkim } = identity;
  if (dkim.origin !== 'AWS_SES' || dkim.tokens.length === 0)
    return easyDkim(call.aws, call.place, NextSigningKeyLength ?? 'RSA_2048_BIT', call.now);
  return sameTokens(call, identity, NextSigningKeyLength ?? dkim.next);
}

/** Easy DKIM again: the tokens stay. What is verified keeps its key until SES rotates it; what is not begins afresh. */
function sameTokens(call: Call, identity: Identity, length: KeyLength): Dkim {
  const { dkim } = identity;
  const changes = length !== dkim.next;
  if (changes) {
    if (identity.lengthChangedAt !== undefined && call.now - identity.lengthChangedAt < DAY_MS)
      throw badRequest('The signing key length can be changed at most once per day.');
    identity.lengthChangedAt = call.now;
  }
  if (dkim.status === 'SUCCESS') return { ...dkim, next: length };
  // Whoever seeded a state did not mean it to outlast a restart.
  const afresh: Dkim = { ...dkim, status: 'PENDING', since: call.now, current: length, next: length, pinned: false };
  if (!changes) return afresh;
  const rotated: Dkim = { ...afresh, key: call.aws.mill.make(length), generatedAt: call.now };
  publishKey(call.aws.world, rotated);
  return rotated;
}
