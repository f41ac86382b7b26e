import { BlockList, isIP } from 'node:net';

/** What is no host of the internet (RFC 6890 and the registries that follow it), as far as it could lead inside. */
const CLOSED_4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/3';
/** Addresses of the internet (RFC 4291 2.4) … */
const OPEN_6 = '2000::/3';
/** … but for Teredo and its like, documentation, and 6to4: they stand for others, or for none. */
const CLOSED_6 = '2001::/23 2001:db8::/32 2002::/16 3fff::/20';

/**
 * Whether an address is anything but a public one: loopback, private, link-local, carrier-grade, benchmark and multicast ones, and IPv6
 * ones that stand for IPv4. What is no address is private, too.
 */
export function isPrivate(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return CLOSED.check(address);
  return family !== 6 || !OPEN.check(address, 'ipv6') || CLOSED.check(address, 'ipv6');
}

const CLOSED = listOf(`${CLOSED_4} ${CLOSED_6}`);
const OPEN = listOf(OPEN_6);

function listOf(ranges: string): BlockList {
  const list = new BlockList();
  for (const range of ranges.split(' ')) {
    const [address = '', bits] = range.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
