/** A Porkbun account with its one pair of API keys. */
export interface Account {
  readonly name: string;
  /** 'pk1_…' */
  readonly apiKey: string;
  /** 'sk1_…' */
  readonly secretApiKey: string;
  /** Domains that the keys are limited to. */
  readonly keyDomains: 'all' | readonly string[];
}

/** What a record says, after validation. */
export interface Draft {
  /** Full, lower case, no trailing dot. */
  readonly name: string;
  readonly type: string;
  /** TXT: the text itself, without quotes; hosts without trailing dot; SRV 'weight port target'. */
  readonly content: string;
  /** Seconds. */
  readonly ttl: number;
  readonly prio: number | null;
  readonly notes: string | null;
}

/** A record as stored. */
export interface StoredRecord extends Draft {
  /** Digits. */
  readonly id: string;
}

/** Records by id; a new map for every committed change, so that a snapshot is just a reference. */
export type RecordTable = ReadonlyMap<string, StoredRecord>;

/** A registered domain. */
export interface Domain {
  readonly name: string;
  readonly account: Account;
  /** Sandbox milliseconds. */
  readonly createdAt: number;
  /** From then on. */
  readonly expiresInDays: number;
  readonly autoRenew: boolean;
  /** Whether the owner opted the domain in to the API. */
  apiAccess: boolean;
  records: RecordTable;
  /** SOA serial: grows with every change. */
  serial: number;
  /** The newest serial that the name servers were brought. */
  shownSerial: number;
}
