import { createHmac } from 'node:crypto';
import { Problem } from '../../../core/problem.ts';

/** An access key of IAM. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

/**
 * The password that belongs to an access key at SES's SMTP endpoint of one region; the user name is the key's id. The secret can't be
 * found out from it. Throws a Problem for a temporary key (ASIA…): SES takes none, and it would end with its session.
 * Source: SES developer guide, "Obtaining Amazon SES SMTP credentials by converting existing AWS credentials".
 */
export function smtpPassword(key: AccessKey, region: string): string {
  if (!/^AKIA[A-Z0-9]{12,}$/.test(key.id))
    throw new Problem(
      'failed',
      'smtp.temporary-key',
      `No SMTP password can be derived from ${key.id.slice(0, 4)}… keys.`,
      {
        fix: 'Only an IAM user’s own access key has one; keys of roles and sessions are temporary.',
      },
    );
  let derived: Buffer = Buffer.from(`AWS4${key.secret}`);
  for (const part of ['11111111', region, 'ses', 'aws4_request', 'SendRawEmail'])
    derived = createHmac('sha256', derived).update(part).digest();
  return Buffer.concat([Buffer.from([4]), derived]).toString('base64');
}
