import type { World } from '../../world.ts';
import type { Installation } from '../installation.ts';
import type { Mailbox } from '../state.ts';
import { mailDate } from './headers.ts';
import { type Outgoing, openOutgoing } from './outgoing.ts';
import { findRecipient } from './recipients.ts';

/** A message on its way: from one address to others, with the headers that this host has put on top of it. */
export interface Letter {
  /** '' for a bounce. */
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
}

/** What brings letters into mailboxes and out of the house. */
export interface PostOffice {
  /** Brings a letter wherever each of its recipients ends; what can't be brought comes back to the sender where that is one of ours. */
  deliver(letter: Letter): Promise<void>;
}

/** Opens the post office; what leaves goes through the relayhost of the sender's domain, else to the mail server at `smtpPort` of 127.0.0.1. */
export function openPostOffice(world: World, cow: Installation, address: string, smtpPort: number): PostOffice {
  const outgoing = openOutgoing(world, cow, { address, smtpPort });
  return {
    async deliver(letter) {
      const { mailboxes, elsewhere } = sort(cow, letter.to);
      for (const mailbox of mailboxes) store(cow, mailbox, letter);
      if (elsewhere.size > 0) await leave(cow, outgoing, { ...letter, to: [...elsewhere] });
    },
  };
}

/** Mailboxes and addresses elsewhere, each once however many ways lead to it. */
function sort(cow: Installation, to: readonly string[]): { mailboxes: Set<Mailbox>; elsewhere: Set<string> } {
  const mailboxes = new Set<Mailbox>();
  const elsewhere = new Set<string>();
  for (const address of to) {
    const recipient = findRecipient(cow, address);
    if (recipient === 'foreign') elsewhere.add(address);
    if (typeof recipient === 'string') continue;
    for (const mailbox of recipient.mailboxes) mailboxes.add(mailbox);
    for (const other of recipient.elsewhere) elsewhere.add(other);
  }
  return { mailboxes, elsewhere };
}

function store(cow: Installation, mailbox: Mailbox, { from, raw }: Letter): void {
  const top = `Return-Path: <${from}>\r\nDelivered-To: ${mailbox.username}\r\n`;
  mailbox.mail.inbox.put(Buffer.concat([Buffer.from(top), raw]), cow.clock.now());
}

async function leave(cow: Installation, outgoing: Outgoing, letter: Letter): Promise<void> {
  const failures = await outgoing.send(letter);
  if (failures.length === 0 || letter.from === '') return;
  const sender = findRecipient(cow, letter.from);
  if (typeof sender === 'string') return;
  const reasons = failures.map(({ address, text }) => `<${address}>: ${text}`).join('\r\n');
  const notice = [
    `From: Mail Delivery System <MAILER-DAEMON@${cow.hostname}>`,
    `To: ${letter.from}`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    `Date: ${mailDate(cow.clock.now())}`,
    '',
    'This message could not be delivered:',
    '',
    reasons,
    '',
  ].join('\r\n');
  for (const mailbox of sender.mailboxes)
    store(cow, mailbox, { from: '', to: [letter.from], raw: Buffer.from(notice) });
}
