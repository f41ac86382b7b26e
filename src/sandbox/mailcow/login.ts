import type { Installation } from './installation.ts';
import type { Mailbox } from './state.ts';

/** How somebody comes into a mailbox. */
export type Protocol = 'imap' | 'smtp';

/** The mailbox that a name and password open by a protocol: its own password or an app password. A failure counts against the address. */
export function logIn(
  cow: Installation,
  protocol: Protocol,
  username: string,
  password: string,
  address: string,
): Mailbox | undefined {
  const mailbox = cow.mailboxes.get(username.toLowerCase());
  if (mailbox && opens(cow, mailbox, protocol, password)) return mailbox;
  cow.bans.fail(address);
  return undefined;
}

function opens(cow: Installation, mailbox: Mailbox, protocol: Protocol, password: string): boolean {
  const access = `${protocol}_access`;
  if (mailbox.active !== 1 || cow.domains.get(mailbox.domain)?.active !== 1 || password === '') return false;
  if (mailbox.attributes[access] === '1' && mailbox.password === password) return true;
  return [...cow.appPasswords.values()].some(
    (one) =>
      one.mailbox === mailbox.username &&
      one.active === 1 &&
      one.protocols.includes(access) &&
      one.password === password,
  );
}
