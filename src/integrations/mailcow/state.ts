/** A domain as Mailcow shows it. Quotas are MiB here and in every write; Mailcow answers them in bytes. */
export interface MailcowDomain {
  readonly name: string;
  readonly active: boolean;
  /** It passes mail on instead of keeping it. */
  readonly backupMx: boolean;
  readonly mailboxes: number;
  readonly mailboxesLeft: number;
  readonly aliases: number;
  readonly aliasesLeft: number;
  readonly defaultQuota: number;
  readonly maxQuota: number;
  readonly quota: number;
  /** MiB that its mailboxes may fill together. */
  readonly quotaGiven: number;
  readonly messages: number;
  /** What its mailboxes hold. */
  readonly bytes: number;
  readonly tags: readonly string[];
  /** The number of the relay host that its mail leaves by. */
  readonly relayhost?: string;
}

/** A mailbox. */
export interface MailcowMailbox {
  readonly address: string;
  readonly active: boolean;
  readonly messages: number;
  readonly bytes: number;
  readonly tags: readonly string[];
}

/** An alias that is no mailbox's own. `address` is '@example.com' for every other address. */
export interface MailcowAlias {
  readonly id: string;
  readonly address: string;
  readonly goto: readonly string[];
  readonly active: boolean;
  readonly comment?: string;
}

/** The key that Mailcow signs a domain's mail with. It may be there before its domain, from an earlier life. */
export interface MailcowDkim {
  readonly selector: string;
  /** The TXT data as a byte string. */
  readonly record: string;
  /** The same key as DNS publishes it in another spelling, which is kept. */
  readonly published?: string;
}

/** An address that mail is forwarded from. `filtered`: its spam filter is on. */
export interface ForwardingHost {
  readonly address: string;
  readonly filtered: boolean;
}

/** Whom Mailcow hands mail to, and signs in there as; its password is not kept. One is known by its two names. */
export interface RelayhostName {
  /** As it is entered: '[email-smtp.us-east-1.amazonaws.com]:587'. */
  readonly hostname: string;
  readonly username: string;
}

/** A relay host (in Mailcow's words a sender-dependent transport), which is the whole installation's. */
export interface Relayhost extends RelayhostName {
  readonly id: string;
  readonly active: boolean;
  /** Domains and mailboxes whose mail leaves by it. */
  readonly usedBy: readonly string[];
}

/** Where a relay sends from, or why nobody knows. */
export interface RelayAddresses {
  readonly relay: string;
  readonly addresses: readonly string[];
  readonly problem?: string;
}

/** What one look at a Mailcow brought in for one domain. */
export interface MailcowState {
  /** Nothing is wanted there and nothing of ours is there, so nothing was asked. */
  readonly unasked?: true;
  /** '2026-08' */
  readonly version: string;
  readonly domain?: MailcowDomain;
  /** The name is an alias domain of this one. */
  readonly aliasOf?: string;
  /** Those that the wish or the ledger names; all of them where there are few. */
  readonly mailboxes: readonly MailcowMailbox[];
  readonly aliases: readonly MailcowAlias[];
  /** Names that stand for the domain, and would go with it; read only for the way back. */
  readonly aliasDomains?: readonly string[];
  /** The other domains of the installation; read only where a forwarding host of ours may go. */
  readonly others?: readonly string[];
  readonly dkim?: MailcowDkim;
  readonly forwarding: readonly ForwardingHost[];
  readonly relays: readonly RelayAddresses[];
  /** Read where outbound mail is our business. */
  readonly relayhosts?: readonly Relayhost[];
  /** The relay host that is asked for, by the file of SMTP passwords; absent where none is, or the file can't be used. */
  readonly wantedRelayhost?: RelayhostName;
}

/** What nothing was asked about. */
export const UNASKED: MailcowState = {
  unasked: true,
  version: '',
  mailboxes: [],
  aliases: [],
  forwarding: [],
  relays: [],
};
