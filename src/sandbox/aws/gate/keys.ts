import { randomBytes } from 'node:crypto';
import { AwsError, accessDenied } from './errors.ts';
import { judge, type Permission, type Policy } from './policy.ts';

/** A caller: an IAM user's access key and what the user may do. */
export interface AccessKey {
  /** 'AKIA' and 16 characters. */
  readonly id: string;
  readonly secret: string;
  /** 12 digits. */
  readonly account: string;
  readonly user: string;
  /** The user's IAM path: '/' or '/mail/'. */
  readonly path: string;
  /** What counts at this moment. */
  readonly policies: readonly Policy[];
  /** When, for what service and where a request signed by it last came; sandbox milliseconds. */
  lastUsed?: { readonly at: number; readonly service: string; readonly region: string };
}

/** Whose a key is. */
export interface KeyOwner {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** The user's inline policies by name, as they are at any time. */
  readonly policies: ReadonlyMap<string, { readonly policy: Policy }>;
}

/** Makes a key with a random id and secret in AWS's shapes. `more`: policies that count for this key besides its owner's. */
export function makeKey(owner: KeyOwner, more: readonly Policy[] = []): AccessKey {
  return {
    id: `AKIA${base32(16).toUpperCase()}`,
    secret: randomBytes(30).toString('base64'),
    account: owner.account,
    user: owner.name,
    path: owner.path,
    get policies() {
      return [...more, ...[...owner.policies.values()].map(({ policy }) => policy)];
    },
  };
}

/** `length` random characters of [a-z2-7]. */
export function base32(length: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  return [...randomBytes(length)].map((byte) => alphabet[byte % 32]).join('');
}

/** The caller's ARN. */
export function callerArn(key: Pick<AccessKey, 'account' | 'path' | 'user'>): string {
  return `arn:aws:iam::${key.account}:user${key.path}${key.user}`;
}

/**
 * Lets the call pass or refuses it with IAM's sentence, naming the first permission that is missing.
 * @throws AwsError AccessDeniedException (JSON) or AccessDenied (Query)
 */
export function authorize(key: AccessKey, permissions: readonly Permission[], query = false): void {
  for (const permission of permissions) {
    const verdict = judge(key.policies, permission);
    if (verdict === 'allowed') continue;
    const why =
      verdict === 'denied'
        ? 'with an explicit deny in an identity-based policy'
        : `because no identity-based policy allows the ${permission.action} action`;
    const sentence = `User: ${callerArn(key)} is not authorized to perform: ${permission.action} on resource: ${permission.resource} ${why}`;
    throw query ? new AwsError('AccessDenied', 403, sentence) : accessDenied(sentence);
  }
}
