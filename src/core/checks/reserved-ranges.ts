/** Ranges from which no mail comes over the internet (RFC 6890 and the registries that follow it). */
const RESERVED = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.168.0.0/16',
  '198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
]
  .join(' ')
  .split(' ')
  .map((range) => {
    const [address = '', bits] = range.split('/');
    return { from: toNumber(address), size: 2 ** (32 - Number(bits)) };
  });

/**
 * Unspecified, loopback, IPv4 in IPv6 (which SPF compares as IPv4, RFC 7208 5), unique local, link-local, site-local, multicast and
 * documentation addresses of IPv6.
 */
const RESERVED_6 = ['::/127', '::ffff:0:0/96', 'fc00::/7', 'fe80::/9', 'ff00::/8', '2001:db8::/32', '3fff::/20'].map(
  (range) => {
    const [address = '', bits] = range.split('/');
    return { from: toNumber6(address), bits: Number(bits) };
  },
);

/** Whether an address, or the whole range of `bits` that it begins, is private, reserved or for documentation. Takes a valid address. */
export function isReserved(address: string, bits = address.includes(':') ? 128 : 32): boolean {
  if (address.includes(':')) {
    const number = toNumber6(address.replace(/%.*$/, ''));
    const isIn = (range: { from: bigint; bits: number }) =>
      bits >= range.bits && (number ^ range.from) >> BigInt(128 - range.bits) === 0n;
    return RESERVED_6.some(isIn);
  }
  const whole = toNumber(address);
  const number = whole - (whole % 2 ** (32 - bits));
  return RESERVED.some(({ from, size }) => number >= from && number + 2 ** (32 - bits) <= from + size);
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toNumber6(address: string): bigint {
  // In the form of URLs there is no IPv4 part.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (part = '') => (part === '' ? [] : part.split(':'));
  const [before, after] = [groups(head), groups(tail)];
  const all = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return all.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}
