import { isIP } from 'node:net';
import type { Internet } from '../world.ts';

/** One host that mail for a domain may be handed to. */
export interface MailHost {
  readonly name: string;
  readonly preference: number;
  readonly addresses: readonly string[];
}

/** At this address the inbox plays every mail host outside of the sandbox. */
export const INBOX = '127.0.0.1';

/** Whether an address is one of this machine's own, at which a host of the sandbox may be. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.');
}

/** The mail hosts of a domain as its MX records name them, the preferred first, with their addresses (RFC 5321 section 5.1). */
export async function findMailHosts(internet: Internet, domain: string): Promise<MailHost[]> {
  const { records } = await internet.lookup(domain, 'MX');
  const named = records
    .filter(({ type }) => type === 'MX')
    .map(({ value }) => {
      const [preference = '0', name = ''] = value.trim().split(/\s+/);
      return { name: name.replace(/\.$/, ''), preference: Number(preference) };
    });
  // Who sends has a resolver of his own: what he misses must not be a miss for others.
  if (named.length === 0) internet.forget(domain);
  const hosts = await Promise.all(
    named.map(async (host) => ({ ...host, addresses: await findAddresses(internet, host.name) })),
  );
  return hosts.toSorted((a, b) => a.preference - b.preference);
}

/** The IPv4 addresses of a host; an address is its own. */
export async function findAddresses(internet: Internet, name: string): Promise<string[]> {
  if (isIP(name) !== 0) return [name];
  if (name === '') return [];
  const { records } = await internet.lookup(name, 'A');
  return records.filter(({ type }) => type === 'A').map(({ value }) => value);
}

/** Where in the sandbox a list of hosts is reached, in order and each once: at its own address, or where the inbox stands for it. */
export function reachableAddresses(hosts: readonly Pick<MailHost, 'addresses'>[]): string[] {
  const all = hosts.flatMap(({ addresses }) => addresses.map((one) => (isLoopback(one) ? one : INBOX)));
  return all.length === 0 ? [INBOX] : [...new Set(all)];
}
