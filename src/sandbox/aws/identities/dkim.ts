import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { World } from '../../world.ts';
import { badRequest } from '../gate/errors.ts';
import { base32 } from '../gate/keys.ts';
import { signingZone } from '../regions.ts';
import type { Aws, Dkim, Identity, KeyLength, Place } from '../state.ts';

const ZONE = 'amazonses.com';

/** Easy DKIM with new tokens (or those given) and a key that is made in the background and published under each of them. */
export function easyDkim(
  aws: Aws,
  place: Place,
  length: KeyLength,
  now: number,
  tokens: readonly string[] = [base32(32), base32(32), base32(32)],
): Dkim {
  const dkim: Dkim = {
    status: 'PENDING',
    since: now,
    enabled: true,
    origin: 'AWS_SES',
    tokens,
    zone: signingZone(place.region),
    current: length,
    next: length,
    generatedAt: now,
    key: aws.mill.make(length),
  };
  publishKey(aws.world, dkim);
  return dkim;
}

/**
 * BYODKIM: the customer's selector and key (base64 of a PKCS#1 or PKCS#8 document without header, footer and line breaks).
 * @throws AwsError BadRequestException where AWS refuses the key
 */
export function ownDkim(selector: string, privateKey: string, now: number): Dkim {
  if (!/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/.test(selector))
    throw badRequest(
      'The DKIM selector must be 1-63 letters, digits and hyphens, and must not begin or end with a hyphen.',
    );
  if (privateKey.length > 20_480 || !/^[a-zA-Z0-9+/]+={0,2}$/.test(privateKey))
    throw badRequest(
      'The DKIM private key must be base64 without header, footer and line breaks, at most 20480 characters.',
    );
  const key = readKey(privateKey);
  const bits = key?.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined;
  if (!key || (bits !== 1024 && bits !== 2048))
    throw badRequest('The DKIM private key must be an RSA key of 1024 or 2048 bits.');
  const length = bits === 1024 ? 'RSA_1024_BIT' : 'RSA_2048_BIT';
  return {
    status: 'PENDING',
    since: now,
    enabled: true,
    origin: 'EXTERNAL',
    tokens: [selector],
    zone: '',
    current: length,
    next: length,
    generatedAt: now,
    key: Promise.resolve(key),
  };
}

/** The public key of a signing key as a DKIM record's p= value (RFC 6376 section 3.6.1). */
export function publicKeyOf(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
}

/** Publishes an Easy DKIM key under its tokens as soon as it exists. */
export function publishKey(world: World, dkim: Pick<Dkim, 'tokens' | 'zone' | 'key'>): void {
  const { tokens, zone } = dkim;
  void dkim.key.then((key) => {
    for (const token of tokens) world.internet.publish(ZONE, `${token}.${zone}`, 'TXT', [`p=${publicKeyOf(key)}`]);
  });
}

/** Gives an identity whose key length was changed its new key under the same tokens, when it is time for it. */
export function rotateKey(aws: Aws, { dkim, lengthChangedAt }: Identity): void {
  if (dkim.origin !== 'AWS_SES' || dkim.current === dkim.next || lengthChangedAt === undefined) return;
  const due = lengthChangedAt + aws.switches.keyRotationHours * 3_600_000;
  if (aws.world.clock.now() < due) return;
  Object.assign(dkim, { current: dkim.next, key: aws.mill.make(dkim.next), generatedAt: due });
  publishKey(aws.world, dkim);
}

/** Takes the keys of tokens that nobody uses any more out of DNS. */
export function withdrawKey(world: World, dkim: Dkim): void {
  if (dkim.origin !== 'AWS_SES') return;
  void dkim.key.then(() => {
    for (const token of dkim.tokens) world.internet.publish(ZONE, `${token}.${dkim.zone}`, 'TXT', []);
  });
}

function readKey(base64: string): KeyObject | undefined {
  const der = Buffer.from(base64, 'base64');
  for (const type of ['pkcs1', 'pkcs8'] as const)
    try {
      return createPrivateKey({ key: der, format: 'der', type });
    } catch {
      // The other encoding is still to be tried; what is neither is refused by the caller.
    }
  return undefined;
}
