import type { Maildir } from './imap/maildir.ts';

/** 0 off, 1 on; a mailbox may be 2: it receives, nobody logs in. */
export type Flag = number;

/** A limit of outgoing mail: `value` messages per second, minute, hour or day. */
export interface RateLimit {
  readonly value: string;
  readonly frame: string;
}

/** A mail domain. Quotas are MiB, as they are written. */
export interface Domain {
  /** Lower case, ASCII. */
  readonly name: string;
  description: string;
  /** How many aliases and mailboxes it may have. */
  aliases: number;
  mailboxes: number;
  defquota: number;
  maxquota: number;
  quota: number;
  active: Flag;
  gal: Flag;
  backupmx: Flag;
  relayAllRecipients: Flag;
  relayUnknownOnly: Flag;
  /** Id of a relayhost; 0 is none. */
  relayhost: number;
  rateLimit?: RateLimit;
  readonly tags: Set<string>;
  /** Sandbox milliseconds. */
  readonly createdAt: number;
  modifiedAt?: number;
}

/** A domain that has the mailboxes of another. */
export interface AliasDomain {
  readonly name: string;
  target: string;
  active: Flag;
  readonly createdAt: number;
  modifiedAt?: number;
}

/** A mailbox. */
export interface Mailbox {
  /** The address, lower case. */
  readonly username: string;
  readonly localPart: string;
  readonly domain: string;
  name: string;
  password: string;
  /** Bytes; 0 is unlimited. */
  quota: number;
  active: Flag;
  /** Switches as texts, as Mailcow keeps them: { imap_access: '1' }. */
  readonly attributes: Record<string, string>;
  readonly authsource: string;
  rateLimit?: RateLimit;
  readonly tags: Set<string>;
  readonly mail: Maildir;
  readonly createdAt: number;
  modifiedAt?: number;
}

/** An alias; every mailbox has one of its own name. */
export interface Alias {
  readonly id: number;
  /** '@example.test' catches all. */
  address: string;
  /** Targets, joined by commas. */
  goto: string;
  domain: string;
  active: Flag;
  sogoVisible: Flag;
  internal: Flag;
  senderAllowed: Flag;
  publicComment: string | null;
  privateComment: string | null;
  readonly createdAt: number;
  modifiedAt?: number;
}

/** A domain's DKIM key, which outlives the domain. */
export interface DkimKey {
  readonly selector: string;
  /** Base64 of the SubjectPublicKeyInfo. */
  readonly publicKey: string;
  /** PEM. */
  readonly privateKey: string;
}

/** A second password of a mailbox. */
export interface AppPassword {
  readonly id: number;
  readonly name: string;
  readonly mailbox: string;
  readonly domain: string;
  readonly password: string;
  readonly active: Flag;
  /** 'imap_access', 'smtp_access' … */
  readonly protocols: readonly string[];
  readonly createdAt: number;
}

/** Where a domain's mail leaves through. */
export interface Relayhost {
  readonly id: number;
  /** 'host:port' or '[host]:port'. */
  hostname: string;
  username: string;
  password: string;
  active: Flag;
}

/** Where mail for a destination leaves through. */
export interface Transport {
  readonly id: number;
  destination: string;
  nexthop: string;
  username: string;
  password: string;
  lookupMx: Flag;
  active: Flag;
}

/** What TLS is demanded of a next hop. */
export interface TlsPolicy {
  readonly id: number;
  readonly dest: string;
  readonly policy: string;
  readonly parameters: string;
  readonly active: Flag;
}

/** A host whose mail is another's: what it hands over is judged by where it came from. */
export interface ForwardingHost {
  /** Address or network. */
  readonly host: string;
  /** As it was named. */
  readonly source: string;
  readonly keepSpam: boolean;
}
