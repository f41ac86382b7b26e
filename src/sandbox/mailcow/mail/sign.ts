import nodemailer from 'nodemailer';
import { splitAddress } from '../api/names.ts';
import type { Installation } from '../installation.ts';

/** A message with a DKIM signature of its sender's domain, where that has a key. */
export async function signMessage(cow: Installation, from: string, raw: Buffer): Promise<Buffer> {
  const { domain } = splitAddress(from);
  const key = cow.dkimKeys.get(domain);
  if (!key) return raw;
  const dkim = { domainName: domain, keySelector: key.selector, privateKey: key.privateKey };
  const signer = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { message } = await signer.sendMail({ envelope: { from, to: [from] }, raw, dkim });
  if (!Buffer.isBuffer(message)) throw new Error('a signed message is bytes');
  return message;
}
