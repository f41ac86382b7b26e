import { findAddresses, findMailHosts, INBOX, reachableAddresses } from '../../mail/mail-routes.ts';
import type { Internet } from '../../world.ts';

/** Where a message goes next: addresses in the order in which they are tried. */
export interface Hop {
  readonly addresses: readonly string[];
  readonly port: number;
}

/** Why a message has nowhere to go; `final` is a bounce, else it waits. */
export class NoHop extends Error {
  readonly final: boolean;

  constructor(final: boolean, text: string) {
    super(text);
    this.final = final;
  }
}

/** Where a relay itself listens. */
export interface Self {
  readonly address: string;
  readonly smtpPort: number;
}

/**
 * Resolves a next hop as Postfix's smtp(8) does: '[host]' has its own address, 'host' its mail hosts, and nothing is the
 * recipient's domain. The standard port is the one that all mail hosts of the world share.
 */
export async function findHop(internet: Internet, nextHop: string, domain: string, self: Self): Promise<Hop> {
  const wanted = nextHop === '' ? domain : nextHop;
  const [, exact, plain = '', digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+|smtp))?$/.exec(wanted) ?? [];
  const port = digits === undefined || digits === '25' || digits === 'smtp' ? self.smtpPort : Number(digits);
  const addresses =
    exact === undefined ? await mailHostsOf(internet, plain, wanted, self) : await addressesOf(internet, exact);
  if (addresses.includes(self.address) && port === self.smtpPort) throw loop(wanted);
  return { addresses, port };
}

async function addressesOf(internet: Internet, host: string): Promise<string[]> {
  const addresses = await findAddresses(internet, host);
  if (addresses.length > 0) return reachableAddresses([{ addresses }]);
  const { rcode } = await internet.lookup(host, 'A');
  const isGone = rcode === 'NXDOMAIN' || rcode === 'NOERROR';
  throw new NoHop(
    isGone,
    `${isGone ? '5.4.4' : '4.4.3'} Host or domain name not found. Name service error for name=${host} type=A: ${isGone ? 'Host not found' : 'Host not found, try again'}`,
  );
}

/** The hosts that are preferred to this one; where this one is the best, nobody is left to hand it to. */
async function mailHostsOf(internet: Internet, name: string, wanted: string, self: Self): Promise<string[]> {
  const hosts = await findMailHosts(internet, name);
  const own = hosts.find(({ addresses }) => addresses.includes(self.address));
  const better = own ? hosts.filter(({ preference }) => preference < own.preference) : hosts;
  if (own && better.length === 0) throw loop(wanted);
  if (hosts.length > 0) return reachableAddresses(better);
  const addresses = await findAddresses(internet, name);
  return addresses.length > 0 ? reachableAddresses([{ addresses }]) : [INBOX];
}

function loop(wanted: string): NoHop {
  return new NoHop(true, `5.4.6 mail for ${wanted} loops back to myself`);
}
