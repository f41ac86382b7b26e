import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { readPublicKey } from './public-key.ts';

const KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .publicKey.export({ type: 'spki', format: 'der' })
  .toString('base64');

it.each([200, 253, 254, 255, 256])(
  'a key that ends after %i characters is cut off, and says how much is there',
  (length) => {
    const bytes = Math.floor(length / 4) * 3;
    expect(readPublicKey(KEY.slice(0, length), 'rsa')).toEqual({ broken: `cut off: it has ${bytes} bytes of 294` });
  },
);

it.each([
  ['parameters', 17, 0xf5],
  ['bits that are left over', 23, 0x33],
])('a key with %s is none', (_what, at, byte) => {
  const bytes = Buffer.from(KEY, 'base64');
  bytes[at] = byte;
  expect(readPublicKey(bytes.toString('base64'), 'rsa')).toEqual({ broken: 'it is no RSA key' });
});

it('what is no base64 is called so', () => {
  expect(readPublicKey(`${KEY}A`, 'rsa')).toEqual({ broken: '393 characters are no whole base64' });
});

it.each([
  ['an even modulus', 6, 0xfe],
  ['an even exponent', 1, 0xfe],
  ['the exponent 1', 3, 0x00],
])('%s is of no RSA key', (_what, fromEnd, mask) => {
  const bytes = Buffer.from(KEY, 'base64');
  bytes[bytes.length - fromEnd] = (bytes.at(-fromEnd) ?? 0) & mask;
  expect(readPublicKey(bytes.toString('base64'), 'rsa')).toEqual({ broken: 'its numbers are those of no RSA key' });
});
