import type { Problem } from '../../core/problem.ts';
import type { DkimKey } from '../../core/records/dkim.ts';

/** Verification states of SES (developer guide, GetEmailIdentity). */
export type SesStatus = 'PENDING' | 'SUCCESS' | 'FAILED' | 'TEMPORARY_FAILURE' | 'NOT_STARTED';

export type KeyLength = 'RSA_1024_BIT' | 'RSA_2048_BIT';

/** A domain identity in one region, as SES shows it. Times are milliseconds since the epoch. */
export interface IdentityState {
  readonly verified: boolean;
  readonly dkim: {
    readonly status: SesStatus;
    readonly signing: boolean;
    /** AWS_SES (own Easy DKIM), EXTERNAL (BYODKIM), or AWS_SES_<REGION> (a replica of that region's). */
    readonly origin: string;
    readonly tokens: readonly string[];
    readonly hostedZone: string;
    readonly keysMadeAt?: number;
    /** Of Easy DKIM: the length in use, and the one that SES makes next. */
    readonly keyLength?: KeyLength;
    readonly nextKeyLength?: KeyLength;
  };
  readonly mailFrom?: { readonly name: string; readonly status: SesStatus; readonly onMxFailure: string };
  readonly configurationSet?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly lastCheckedAt?: number;
  /** Why the last look failed: HOST_NOT_FOUND, REPLICATION_ACCESS_DENIED … */
  readonly error?: string;
}

/** One region of the account, as far as the domain is concerned. */
export interface RegionState {
  readonly region: string;
  readonly account: {
    readonly production: boolean;
    readonly enforcement: string;
    readonly sending: boolean;
    /** When it was read, milliseconds since the epoch: it may be some minutes old. */
    readonly readAt: number;
  };
  readonly identity?: IdentityState;
  /** Other identities whose names are above, below, or addresses of the domain. */
  readonly relatives: readonly { readonly name: string; readonly verified: boolean }[];
  /** All other identities of the region: who else may use what we made there. */
  readonly neighbours: readonly string[];
  /** The token of a TXT at _amazonses, where such are asked for and one was made. */
  readonly verificationToken?: string;
  /** The tenant asked for: absent where none is asked for. */
  readonly tenant?: { readonly exists: boolean; readonly resources: readonly string[] };
  /** The tags of configuration sets and tenants by name, null where there is none; only where the way back was asked for. */
  readonly closely?: {
    readonly configurationSets: ReadonlyMap<string, Readonly<Record<string, string>> | null>;
    readonly tenants: ReadonlyMap<string, Readonly<Record<string, string>> | null>;
  };
}

/** The key of one's own that is asked for, and what DNS publishes at its selector. */
export interface OwnKey extends DkimKey {
  readonly published: 'this' | 'other' | 'nothing' | 'unknown';
  /** The TXT data that publishes it, as it is written there. */
  readonly record?: string;
}

/** A name for a MAIL FROM: free (what nobody could tell counts as free, the merge looks again), free with SES's MX of a region, or why not. */
export type NameState = 'free' | { readonly serves: string } | { readonly taken: string };

/** What the planner knows of SES: a region that could not be read is its Problem. */
export interface SesState {
  readonly caller: { readonly account: string; readonly arn: string };
  /** When it was read, milliseconds since the epoch. */
  readonly at: number;
  readonly regions: ReadonlyMap<string, RegionState | Problem>;
  /** Names that a MAIL FROM could have. */
  readonly mailFromNames: ReadonlyMap<string, NameState>;
  /** Live MAIL FROM names that are hosts as well: their addresses, and the preference of their one MX. */
  readonly mailFromHosts: ReadonlyMap<string, { readonly addresses: readonly string[]; readonly preference: number }>;
  /** Absent where none is asked for. */
  readonly ownKey?: OwnKey;
}

/** The enum value that names a region as DKIM origin: us-east-1 -> AWS_SES_US_EAST_1. */
export function originOf(region: string): string {
  return `AWS_SES_${region.toUpperCase().replaceAll('-', '_')}`;
}

/** The region that a replica's origin names: AWS_SES_US_EAST_1 -> us-east-1. */
export function regionOf(origin: string): string | undefined {
  return origin.startsWith('AWS_SES_') ? origin.slice('AWS_SES_'.length).toLowerCase().replaceAll('_', '-') : undefined;
}

/** Whether an identity has DKIM at all: a domain that was verified by a TXT token alone has none. */
export function hasDkim({ dkim }: IdentityState): boolean {
  return dkim.origin !== 'AWS_SES' || dkim.tokens.length > 0 || dkim.status !== 'NOT_STARTED';
}
