import { createHmac } from 'node:crypto';

/**
 * The SMTP password that belongs to a secret access key in one Region (SES developer guide, "Obtaining Amazon SES SMTP credentials by
 * converting existing AWS credentials"): a Signature Version 4 of a fixed date and message, after the version byte 4, in base64.
 */
export function smtpPasswordOf(secret: string, region: string): string {
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of ['11111111', region, 'ses', 'aws4_request', 'SendRawEmail'])
    key = createHmac('sha256', key).update(part).digest();
  return Buffer.concat([Buffer.from([4]), key]).toString('base64');
}
