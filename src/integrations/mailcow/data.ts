import type { RelayhostName } from './state.ts';

/**
 * The data of Mailcow changes (`after`, of a deletion `before`): everything that a call needs, so that another process can make it.
 * Never a password. Each names its host.
 */
export interface DomainData {
  readonly host: string;
  readonly domain: string;
  /** Absent ones are those of Mailcow's template. Quotas in MiB. */
  readonly limits: {
    readonly mailboxes?: number;
    readonly aliases?: number;
    readonly defaultQuota?: number;
    readonly maxQuota?: number;
    readonly quota?: number;
  };
  /** The key that is made with it; null: none, or the one of an earlier life stays. */
  readonly dkim: { readonly selector: string; readonly bits: number } | null;
  readonly tags: readonly string[];
  /** false: it takes no mail and lets nobody in, and keeps everything. Absent: active. */
  readonly active?: boolean;
}

export interface MailboxData {
  readonly host: string;
  readonly domain: string;
  /** The whole address. */
  readonly mailbox: string;
  readonly name?: string;
  /** MiB; absent: the domain's default. */
  readonly quota?: number;
  /** 'generated', or the file that holds it. */
  readonly password: string;
  /** Of a removal: how many messages it held when that was planned. */
  readonly messages?: number;
  readonly tags: readonly string[];
}

export interface AliasData {
  readonly host: string;
  readonly domain: string;
  readonly address: string;
  readonly goto: readonly string[];
  readonly comment: string;
}

export interface DkimData {
  readonly host: string;
  readonly domain: string;
  readonly selector: string;
  readonly bits: number;
}

/** The same for every domain that needs it, so that it is made once. */
export interface ForwardingData {
  readonly host: string;
  readonly address: string;
}

/** A relay host, the same for every domain that leaves by it. */
export interface RelayhostData extends RelayhostName {
  readonly host: string;
  /** The SES region that it is in, by which its password is found. */
  readonly region: string;
  /** File with its password, an absolute path. */
  readonly credentials: string;
}

/** Which relay host a domain's mail leaves by; null: none. */
export interface OutboundData {
  readonly host: string;
  readonly domain: string;
  readonly relayhost: RelayhostName | null;
}

/** Whether two are one relay host. */
export function sameRelayhost(a: RelayhostName | null | undefined, b: RelayhostName | null | undefined): boolean {
  return a?.hostname === b?.hostname && a?.username === b?.username;
}

/** Whether two aliases lead to the same addresses. */
export function sameGoto(a: readonly string[], b: readonly string[]): boolean {
  const plain = (all: readonly string[]) => [...new Set(all.map((one) => one.toLowerCase()))].toSorted().join(',');
  return plain(a) === plain(b);
}
