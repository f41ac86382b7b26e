import { isIP } from 'node:net';
import { leadsInside } from '../../core/checks/lint/reserved-ranges.ts';

/**
 * Whether an address is anything but a public one: loopback, private, link-local, carrier-grade, benchmark and multicast ones, and IPv6
 * ones that stand for IPv4. What is no address is private, too.
 */
export function isPrivate(address: string): boolean {
  return isIP(address) === 0 || leadsInside(address);
}
