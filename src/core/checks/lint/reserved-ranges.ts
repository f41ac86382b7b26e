import { nibblesOf } from '../../records/reverse-name.ts';

/** What is no host of the internet (RFC 6890 and the registries that follow it): private, shared, loopback, link-local, benchmark, multicast, unused. */
const CLOSED = rangesOf(
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/3',
);
/** Addresses of the internet in IPv6 (RFC 4291 2.4) … */
const [OPEN_6 = ''] = rangesOf('2000::/3');
/** … but for Teredo and its like, documentation, and 6to4: they stand for others, or for none. */
const CLOSED_6 = rangesOf('2001::/23 2001:db8::/32 2002::/16 3fff::/20');
/** Of IPv4 documentation has ranges among those of hosts (RFC 5737): nothing is there, and they lead nowhere. */
const DOCUMENTATION = rangesOf('192.0.2.0/24 198.51.100.0/24 203.0.113.0/24');

/** Whether an address, or the whole range of `bits` that it begins, is none from which mail comes over the internet. Takes a valid address. */
export function isReserved(address: string, bits?: number): boolean {
  const range = bitsOf(address).slice(0, bits);
  return isClosed(range, address) || DOCUMENTATION.some((one) => !address.includes(':') && range.startsWith(one));
}

/** Whether a connection to an address could lead inside: it is no host of the internet. Takes a valid address. */
export function leadsInside(address: string): boolean {
  return isClosed(bitsOf(address), address);
}

function isClosed(range: string, address: string): boolean {
  if (!address.includes(':')) return CLOSED.some((one) => range.startsWith(one));
  // A range that reaches into the open ones is none of the closed.
  if (OPEN_6.startsWith(range)) return false;
  return !range.startsWith(OPEN_6) || CLOSED_6.some((one) => range.startsWith(one));
}

/** The first bits of each range, as '0' and '1'. */
function rangesOf(text: string): readonly string[] {
  return text.split(' ').map((range) => {
    const [address = '', bits] = range.split('/');
    return bitsOf(address).slice(0, Number(bits));
  });
}

/** 32 or 128 of them. */
function bitsOf(address: string): string {
  const [digits, base, width] = address.includes(':')
    ? [[...nibblesOf(address.split('%')[0] ?? '')], 16, 4]
    : [address.split('.'), 10, 8];
  return digits.map((digit) => Number.parseInt(digit, base).toString(2).padStart(width, '0')).join('');
}
