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
  readonly policies: readonly Policy[];
}

/** Makes a key with a random id and secret in AWS's shapes. */
export function makeKey(account: string, user: string, policies: readonly Policy[]): AccessKey {
  return {
    id: `AKIA${base32(16).toUpperCase()}`,
    secret: randomBytes(30).toString('base64'),
    account,
    user,
    policies,
  };
}

/** `length` random characters of [a-z2-7]. */
export function base32(length: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  return [...randomBytes(length)].map((byte) => alphabet[byte % 32]).join('');
}

/** The caller's ARN. */
export function callerArn(key: AccessKey): string {
  return `arn:aws:iam::${key.account}:user/${key.user}`;
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
