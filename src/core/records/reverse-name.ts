/**
 * The name below which an address has its reverse name (PTR): 5.113.0.203.in-addr.arpa, or nibbles below ip6.arpa (RFC 3596 2.5). An IPv4
 * address that is written as one of IPv6 (::ffff:203.0.113.5) is the same host.
 */
export function reverseName(address: string): string {
  if (!address.includes(':')) return `${address.split('.').toReversed().join('.')}.in-addr.arpa`;
  const nibbles = nibblesOf(address);
  const [, mapped] = /^0{20}ffff(.{8})$/.exec(nibbles) ?? [];
  if (mapped === undefined) return `${[...nibbles].toReversed().join('.')}.ip6.arpa`;
  const octets = (mapped.match(/../g) ?? []).map((octet) => Number.parseInt(octet, 16));
  return reverseName(octets.join('.'));
}

/** The 32 digits of an IPv6 address. */
export function nibblesOf(address: string): string {
  // The URL parser writes an IPv6 address in its one short form.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: zeros }, () => '0'), ...groups(tail ?? '')];
  return all.map((group) => group.padStart(4, '0')).join('');
}

/** Words by which networks name the lines of their customers. */
const NETWORK_WORDS =
  /(^|[.-])(dyn|dynamic|dhcp|dsl|adsl|vdsl|pool|ppp|pppoe|dialup|dial-up|broadband|cable|customer|cust)\d*([.-]|$)/i;

/** Whether a reverse name looks like those that a network gives to all of its addresses: the address is spelt in it, or a word says so. */
export function isGenericName(name: string, address: string): boolean {
  if (NETWORK_WORDS.test(name)) return true;
  if (address.includes(':')) return false;
  const octets = address.split('.');
  const spelt = (order: readonly string[]) =>
    new RegExp(`(^|[^0-9])0*${order.join('[^0-9a-z]0*')}([^0-9]|$)`, 'i').test(name);
  return spelt(octets) || spelt(octets.toReversed());
}
