import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { bitString, der, octetString, oid, sequence, utcTime } from './der.ts';

/** A certificate and its key, both as PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const YEAR_MS = 365 * 24 * 3_600_000;
const NAME = 'Mailwright sandbox';

/**
 * Makes a self-signed certificate (RFC 5280) for host names and IPv4 addresses, which can also stand as its own authority. It holds for a
 * year from `now`, and began a day before, because clocks differ.
 */
export function makeCertificate(hosts: readonly string[], addresses: readonly string[], now = Date.now()): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const keyId = createHash('sha1').update(spki).digest();
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const name = sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(NAME)))));
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    // A serial number is positive: its first bit is 0.
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    sequence(utcTime(now - YEAR_MS / 365), utcTime(now + YEAR_MS)),
    name,
    spki,
    der(0xa3, sequence(...extensions(hosts, addresses, keyId))),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const whole = sequence(toBeSigned, algorithm, bitString(signature));
  const lines = whole.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function extensions(hosts: readonly string[], addresses: readonly string[], keyId: Buffer): Buffer[] {
  const extension = (id: string, critical: boolean, value: Buffer) =>
    sequence(oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), octetString(value));
  const names = [
    ...hosts.map((host) => der(0x82, Buffer.from(host))),
    ...addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number)))),
  ];
  return [
    extension('2.5.29.19', true, sequence(der(0x01, Buffer.from([0xff])))),
    // digitalSignature and keyCertSign: bits 0 and 5.
    extension('2.5.29.15', true, der(0x03, Buffer.from([2, 0b1000_0100]))),
    extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', false, sequence(...names)),
    extension('2.5.29.14', false, octetString(keyId)),
    extension('2.5.29.35', false, sequence(der(0x80, keyId))),
  ];
}
