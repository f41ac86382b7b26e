import { randomBytes } from 'node:crypto';

/** A Cloudflare account; every account hands out its own pair of name servers. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly createdOn: string;
  readonly nameServers: readonly string[];
}

/** What a record says, after validation: names full and lower case, content as it is read back. */
export interface Draft {
  readonly name: string;
  readonly type: string;
  readonly content: string;
  /** Seconds; 1 is automatic. */
  readonly ttl: number;
  readonly proxied: boolean;
  readonly priority?: number;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly comment: string | null;
  readonly tags: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A record as stored. */
export interface StoredRecord extends Draft {
  readonly id: string;
  readonly createdOn: string;
  readonly modifiedOn: string;
  readonly commentModifiedOn?: string;
  readonly tagsModifiedOn?: string;
  /** Managed by Cloudflare itself: can't be edited or deleted. */
  readonly readOnly: boolean;
  /** Made by Email Routing: goes when that is switched off. */
  readonly emailRouting: boolean;
}

/** Records by id; a new map for every committed change, so that a snapshot is just a reference. */
export type RecordTable = ReadonlyMap<string, StoredRecord>;

export type Plan = 'free' | 'pro' | 'business' | 'enterprise';

/** A zone. */
export interface CloudZone {
  readonly id: string;
  readonly name: string;
  readonly account: Account;
  readonly createdOn: string;
  readonly originalNameServers: readonly string[];
  plan: Plan;
  /** How many records it may have. */
  recordQuota: number;
  status: 'pending' | 'active' | 'moved';
  modifiedOn: string;
  activatedOn: string | null;
  emailRouting: boolean;
  flattenAllCnames: boolean;
  records: RecordTable;
  /** SOA serial: grows with every change. */
  serial: number;
}

export const PERMISSIONS = ['zone:read', 'zone:edit', 'dns:read', 'dns:edit', 'dns_settings:read'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** An API token. */
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
  /** User tokens and account-owned tokens are verified at different addresses. */
  readonly family: 'user' | 'account';
  /** The account it is limited to (always set for the account family). */
  readonly account?: string;
  readonly zones: 'all' | readonly string[];
  readonly permissions: readonly Permission[];
  status: 'active' | 'disabled' | 'expired';
}

/** An object id: 32 hexadecimal digits. */
export function newId(): string {
  return randomBytes(16).toString('hex');
}
