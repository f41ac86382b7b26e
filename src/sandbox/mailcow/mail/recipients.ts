import { SINKS } from '../aliases/goto.ts';
import { splitAddress } from '../api/names.ts';
import type { Installation } from '../installation.ts';
import type { Alias, Mailbox } from '../state.ts';

/** Where mail for one address ends. All empty: it is taken and thrown away. */
export interface Reached {
  readonly mailboxes: ReadonlySet<Mailbox>;
  /** Addresses of other hosts. */
  readonly elsewhere: ReadonlySet<string>;
}

/** What an address is to this host: reached, of a domain that is not its own, or of nobody in a domain of its own. */
export type Recipient = Reached | 'foreign' | 'unknown';

const NOWHERE: ReadonlySet<string> = new Set(Object.values(SINKS));
/** Aliases may lead to aliases; a circle ends here. */
const DEEPEST = 20;

/** Follows aliases, alias domains, extensions (`name+anything`) and catch-alls to where mail for an address ends. */
export function findRecipient(cow: Installation, address: string): Recipient {
  const { domain } = splitAddress(address);
  if (!isServed(cow, domain)) return 'foreign';
  const mailboxes = new Set<Mailbox>();
  const elsewhere = new Set<string>();
  return follow(cow, address, { mailboxes, elsewhere }, 0) ? { mailboxes, elsewhere } : 'unknown';
}

/** Whether a domain is active here; an alias domain only with the domain that it stands for. */
function isServed(cow: Installation, name: string): boolean {
  const alias = cow.aliasDomains.get(name);
  if (alias && alias.active !== 1) return false;
  return cow.domains.get(alias?.target ?? name)?.active === 1;
}

function follow(
  cow: Installation,
  address: string,
  found: { readonly mailboxes: Set<Mailbox>; readonly elsewhere: Set<string> },
  depth: number,
): boolean {
  if (NOWHERE.has(address)) return true;
  const { local, domain } = splitAddress(address);
  if (!isServed(cow, domain)) {
    found.elsewhere.add(address);
    return true;
  }
  const alias = depth < DEEPEST ? findActive(cow, local, domain) : undefined;
  const relayed = cow.domains.get(domain);
  if (relayed?.relayAllRecipients === 1 && (relayed.relayUnknownOnly === 0 || !alias)) {
    found.elsewhere.add(address);
    return true;
  }
  if (!alias) return false;
  if (alias.address !== alias.goto) {
    const ends = alias.goto.split(',').map((target) => follow(cow, target, found, depth + 1));
    return ends.includes(true);
  }
  const mailbox = cow.mailboxes.get(alias.address);
  if (!mailbox) return false;
  found.mailboxes.add(mailbox);
  return true;
}

/** The alias that takes an address: its own, without the extension, in the domain that this one stands for, the catch-alls. */
function findActive(cow: Installation, local: string, domain: string): Alias | undefined {
  const target = cow.aliasDomains.get(domain)?.target;
  const bare = local.split('+')[0] ?? local;
  const names = [local, bare, ''];
  const tries = names.flatMap((name) => [`${name}@${domain}`, ...(target === undefined ? [] : [`${name}@${target}`])]);
  for (const one of tries) {
    const alias = cow.findAlias(one);
    if (alias && alias.active > 0) return alias;
  }
  return undefined;
}

/** Whether a mailbox may send as an address: its own, or one of an alias that leads to it. */
export function ownsAddress(cow: Installation, mailbox: Mailbox, address: string): boolean {
  const { local, domain } = splitAddress(address);
  const target = cow.aliasDomains.get(domain)?.target;
  const tries = [`${local}@${domain}`, `@${domain}`, ...(target === undefined ? [] : [`${local}@${target}`])];
  return tries.some((one) => {
    const alias = cow.findAlias(one);
    return alias !== undefined && alias.active > 0 && alias.goto.split(',').includes(mailbox.username);
  });
}
