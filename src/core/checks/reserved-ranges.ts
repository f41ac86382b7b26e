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

/** Loopback, unspecified, unique local, link-local, multicast and documentation addresses of IPv6. */
const WIDEST_6 = 7;
const RESERVED_6 = /^(::1?$|f[cd]|fe[89ab]|ff|2001:0?db8(:|$))/i;

/** Whether an address, or the whole range of `bits` that it begins, is private, reserved or for documentation. Takes a valid address. */
export function isReserved(address: string, bits = address.includes(':') ? 128 : 32): boolean {
  if (address.includes(':')) return bits >= WIDEST_6 && RESERVED_6.test(address);
  const number = toNumber(address);
  return RESERVED.some(({ from, size }) => number >= from && number + 2 ** (32 - bits) <= from + size);
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
