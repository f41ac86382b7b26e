import type { LiveRecord } from '../core/dns.ts';
import type { DomainFacts, SesFacts } from '../core/inspection.ts';
import type { Resolver } from '../core/resolver.ts';
import type { SmtpCredential, SmtpGrant, SmtpUser } from '../core/smtp-credentials.ts';
import type { SpfQuestion, SpfVerdict } from '../core/verdicts.ts';

/** What this feature needs of the outside; the app satisfies it. */
export interface ListNeeds {
  /** One reading for each region: where one can't be asked, the others can. */
  readonly identities: readonly (() => Promise<readonly { region: string; name: string; verified: boolean }[]>)[];
  /** Names of the zones, one reading for each DNS provider: likewise. */
  readonly zones: readonly (() => Promise<readonly string[]>)[];
}

export interface SendTestNeeds {
  send(
    region: string,
    message: { from: string; to: string; subject: string; text: string; tenant?: string; configurationSet?: string },
  ): Promise<{ messageId: string }>;
  /** The receiver's own verdict, where the receiver is ours to ask (the sandbox's inbox). */
  readonly verdict?: (
    messageId: string,
    from: string,
  ) => Promise<{ spf: string; dkim: string; dmarc: string } | undefined>;
}

/** Who evaluates SPF; `records` stand in for what domains publish. */
export interface SpfNeeds {
  readonly resolver: Pick<Resolver, 'public'>;
  evaluate(question: SpfQuestion, records: ReadonlyMap<string, string>): Promise<SpfVerdict>;
}

/** A message as it lies in a mailbox. */
export interface Arrived {
  readonly folder: string;
  /** Authentication-Results headers, the newest first. */
  readonly authenticationResults: readonly string[];
  /** Received headers, the newest first. */
  readonly received: readonly string[];
}

/** A mailbox of the estate, opened with a password that goes when it is closed. */
export interface ProofMailbox {
  /** Waits for the message with this mark, reads and removes it. */
  find(mark: string, waitMs: number): Promise<Arrived | undefined>;
  send(message: { to: string; subject: string; text: string }): Promise<{ messageId: string }>;
  close(): Promise<void>;
}

export interface ProveNeeds extends SendTestNeeds {
  /** Hands a message to a mail host as an outsider would. */
  hand(host: string, message: { to: string; subject: string; text: string }): Promise<unknown>;
  openMailbox(address: string): Promise<ProofMailbox>;
  /** Nothing more is waited for when it is given. */
  readonly stop?: AbortSignal;
  /** A word that no other message has. */
  mark(): string;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The zone of a domain at the DNS provider, as far as it can be read. */
export interface InspectedZone {
  readonly provider: string;
  readonly account: string;
  readonly name: string;
  /** The servers that it is served from, where it is delegated to them. */
  readonly nameServers: readonly string[];
  /** Every record of the zone; undefined where the provider shows only names that it is asked for. */
  readonly records: readonly LiveRecord[] | undefined;
}

/** What `inspect` reads. Whatever can't be asked throws its Problem: the others still can. A further system joins here, a reader each. */
export interface InspectNeeds {
  readonly resolver: Resolver;
  ses(domain: string): Promise<SesFacts>;
  /** Regions that could not be read, by the reason. */
  sesUnread(): Promise<readonly { regions: readonly string[]; reason: string }[]>;
  zone(domain: string): Promise<InspectedZone>;
  /** Absent: no Mailcow is configured. */
  readonly mailcow?: (domain: string) => Promise<NonNullable<DomainFacts['mailcow']>>;
  /** Absent: the profile names no relay. */
  readonly relays?: (domain: string) => Promise<NonNullable<DomainFacts['relays']>>;
}

/** IAM users that mail is sent as. Whatever IAM refuses is a Problem; `iam.lost`: nobody knows whether it was done. */
export interface SmtpNeeds {
  read(user: string): Promise<SmtpUser | undefined>;
  createUser(user: string, tags: Readonly<Record<string, string>>): Promise<void>;
  tagUser(user: string, tags: Readonly<Record<string, string>>): Promise<void>;
  putPolicy(user: string, grant: SmtpGrant): Promise<void>;
  /** The key's secret is never told: what is derived from it is. */
  createKey(user: string, regions: readonly string[]): Promise<readonly SmtpCredential[]>;
  deactivateKey(user: string, key: string): Promise<void>;
  deleteKey(user: string, key: string): Promise<void>;
}
