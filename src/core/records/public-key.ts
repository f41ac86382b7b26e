/** A public key that can be read: its length in bits; or why it can't. */
export type PublicKey = { readonly bits: number } | { readonly broken: string };

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_ID = 0x06;
const SEQUENCE = 0x30;
/** 1.2.840.113549.1.1.1, rsaEncryption. */
const RSA = '2a864886f70d010101';
/** NULL, which stands for no parameters. */
const NONE = '0500';
const ED25519_BYTES = 32;

/**
 * Reads the key of a DKIM record: for RSA a SubjectPublicKeyInfo, or the RSAPublicKey alone (RFC 6376 3.6.1, RFC 8017 A.1.1), for Ed25519
 * its 32 bytes (RFC 8463 4). Takes base64 without white space.
 */
export function readPublicKey(base64: string, type: 'rsa' | 'ed25519'): PublicKey {
  const bytes = decode(base64);
  if (!bytes) {
    const odd = base64.length % 4;
    const rest = odd === 0 || type !== 'rsa' ? undefined : readPublicKey(base64.slice(0, -odd), type);
    // What is cut off ends anywhere.
    if (rest !== undefined && 'broken' in rest && rest.broken.startsWith('cut off')) return rest;
    return { broken: `${base64.length} characters are no whole base64` };
  }
  if (type === 'ed25519')
    return bytes.length === ED25519_BYTES
      ? { bits: 8 * ED25519_BYTES }
      : { broken: `an Ed25519 key has ${ED25519_BYTES} bytes, this one ${bytes.length}` };
  try {
    const outer = read(bytes, 0, SEQUENCE);
    const isWrapped = bytes[outer.from] === SEQUENCE;
    const key = isWrapped ? unwrap(bytes, outer.from) : outer;
    const modulus = read(bytes, key.from, INTEGER);
    const exponent = read(bytes, modulus.to, INTEGER);
    if (outer.to !== bytes.length || exponent.to !== key.to) return { broken: 'something stands behind the key' };
    // Of another no private key can be: with the exponent 1 anybody could sign.
    if (!isOdd(bytes, modulus) || !isOdd(bytes, exponent) || bitsOf(bytes.subarray(exponent.from, exponent.to)) < 2)
      return { broken: 'its numbers are those of no RSA key' };
    return { bits: bitsOf(bytes.subarray(modulus.from, modulus.to)) };
  } catch (error) {
    return { broken: error instanceof RangeError ? error.message : String(error) };
  }
}

/** Steps over the algorithm into the bit string, to the RSAPublicKey. */
function unwrap(bytes: Uint8Array, at: number): { from: number; to: number } {
  const algorithm = read(bytes, at, SEQUENCE);
  const id = read(bytes, algorithm.from, OBJECT_ID);
  if (hex(bytes.subarray(id.from, id.to)) !== RSA) throw new RangeError('it is no RSA key');
  const parameters = hex(bytes.subarray(id.to, algorithm.to));
  const bits = read(bytes, algorithm.to, BIT_STRING);
  // No parameters, and no bits that are left over (RFC 3279 2.3.1).
  if ((parameters !== NONE && parameters !== '') || bytes[bits.from] !== 0) throw new RangeError('it is no RSA key');
  return read(bytes, bits.from + 1, SEQUENCE);
}

/** One element of DER: where its content begins and ends. @throws RangeError naming what is wrong */
function read(bytes: Uint8Array, at: number, tag: number): { from: number; to: number } {
  if (bytes[at] !== tag) throw new RangeError('it is no key of the kind that k= names');
  const first = bytes[at + 1] ?? 0;
  const count = first < 0x80 ? 0 : first & 0x7f;
  if (count > 3) throw new RangeError('it is no key');
  let length = count === 0 ? first : 0;
  for (let i = 0; i < count; i += 1) length = length * 256 + (bytes[at + 2 + i] ?? 0);
  const from = at + 2 + count;
  if (from + length > bytes.length) throw new RangeError(`cut off: it has ${bytes.length} bytes of ${from + length}`);
  return { from, to: from + length };
}

function isOdd(bytes: Uint8Array, { to }: { to: number }): boolean {
  return (bytes[to - 1] ?? 0) % 2 === 1;
}

function bitsOf(modulus: Uint8Array): number {
  let at = 0;
  while (modulus[at] === 0) at += 1;
  const first = modulus[at] ?? 0;
  return first === 0 ? 0 : (modulus.length - at) * 8 - Math.clz32(first) + 24;
}

function decode(base64: string): Uint8Array | undefined {
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined;
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
