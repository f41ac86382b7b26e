import { authorize } from '../gate/keys.ts';
import { type Call, permission } from '../gate/operation.ts';
import { judge } from '../gate/policy.ts';
import { parentRegion, replicaOrigin, signingZone } from '../regions.ts';
import { type Aws, arnOf, type Dkim, type Identity, type Place, placeOf } from '../state.ts';
import { rotateKey } from './dkim.ts';

/**
 * Signing attributes of a Deterministic Easy DKIM replica. Nothing about the parent is refused here:
 * what is wrong shows later in VerificationInfo (SES developer guide, "Deterministic Easy DKIM").
 */
export function replicaDkim(call: Call, name: string, origin: string): Dkim {
  const region = parentRegion(origin) ?? '';
  const parent = placeOf(call.aws, call.place.accountId, region);
  const asked = permission(
    'ReplicateEmailIdentityDKIMSigningKey',
    arnOf(parent, 'identity', name),
    call,
    { resource: parent.identities.get(name)?.tags },
    { 'aws:requestedregion': region, 'ses:replicaregion': [call.place.region] },
  );
  if (call.aws.switches.replicationDenied === 'at-call') authorize(call.key, [asked]);
  return {
    status: 'PENDING',
    since: call.now,
    enabled: true,
    origin,
    tokens: [],
    zone: signingZone(region),
    current: 'RSA_2048_BIT',
    next: 'RSA_2048_BIT',
    generatedAt: call.now,
    key: new Promise(() => {}),
    mayReplicate: judge(call.key.policies, asked) === 'allowed',
  };
}

/** Why a replica cannot follow its parent: a REPLICATION_* value of VerificationInfo.ErrorType, or undefined. */
export function replicationProblem(aws: Aws, place: Place, identity: Identity): string | undefined {
  const region = parentRegion(identity.dkim.origin);
  if (region === undefined) return undefined;
  if (region === place.region) return 'REPLICATION_PRIMARY_INVALID_REGION';
  if (!identity.dkim.mayReplicate) return 'REPLICATION_ACCESS_DENIED';
  const parent = placeOf(aws, place.accountId, region).identities.get(identity.name);
  if (!parent) return 'REPLICATION_PRIMARY_NOT_FOUND';
  if (parent.dkim.origin === 'EXTERNAL') return 'REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED';
  if (parent.dkim.origin !== 'AWS_SES') return 'REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED';
  return undefined;
}

/** Brings signing attributes up to date: an own key that is due to change, or of a replica its parent's tokens, zone and key. */
export function followParent(aws: Aws, place: Place, identity: Identity): void {
  rotateKey(aws, identity);
  const region = parentRegion(identity.dkim.origin);
  if (region === undefined || replicationProblem(aws, place, identity)) return;
  const parent = placeOf(aws, place.accountId, region).identities.get(identity.name);
  if (!parent) return;
  rotateKey(aws, parent);
  const { tokens, zone, key, current, next, generatedAt } = parent.dkim;
  Object.assign(identity.dkim, { tokens, zone, key, current, next, generatedAt });
}

/** The Regions whose identities follow this one. */
export function replicasOf(aws: Aws, place: Place, identity: Identity): string[] {
  const origin = replicaOrigin(place.region);
  return [...aws.places.values()]
    .filter((other) => {
      const replica = other.accountId === place.accountId ? other.identities.get(identity.name) : undefined;
      return replica?.dkim.origin === origin && replicationProblem(aws, other, replica) === undefined;
    })
    .map(({ region }) => region)
    .sort();
}
