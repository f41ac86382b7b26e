import { type Attributes, intOf, isGiven, listOf, textOf } from '../api/loose.ts';

/** Ways into a mailbox that can be shut one by one. */
const PROTOCOLS = ['imap', 'pop3', 'smtp', 'sieve'] as const;
const SWITCHES = ['force_pw_update', 'force_tfa', 'tls_enforce_in', 'tls_enforce_out', 'sogo_access'] as const;
const TEXTS = ['quarantine_notification', 'quarantine_category'] as const;

/** A mailbox's switches after what is given in `attr`, texts all: of `present`, or of the template where it is new. */
export function readMailboxAttributes(attr: Attributes, present: Attributes): Record<string, string> {
  const read: Record<string, string> = {};
  for (const name of SWITCHES) read[name] = String(intOf(isGiven(attr[name]) ? attr[name] : present[name]));
  for (const name of TEXTS) read[name] = textOf(isGiven(attr[name]) ? attr[name] : present[name]);
  for (const protocol of PROTOCOLS) {
    const name = `${protocol}_access`;
    const given = isGiven(attr.protocol_access)
      ? Number(listOf(attr.protocol_access).includes(protocol))
      : (attr[name] ?? present[name]);
    read[name] = String(intOf(given));
  }
  read.relayhost = String(intOf(isGiven(attr.relayhost) ? attr.relayhost : (present.relayhost ?? 0)));
  read.mailbox_format = 'maildir:';
  return read;
}
