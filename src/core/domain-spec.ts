import type { DkimKey } from './dkim.ts';

/** DMARC policy (RFC 9989 4.7), weakest first. */
export const DMARC_POLICIES = ['none', 'quarantine', 'reject'] as const;
export type DmarcPolicy = (typeof DMARC_POLICIES)[number];

/** A host that receives mail for the domain. */
export interface MxHost {
  readonly host: string;
  readonly preference: number;
}

/** What Amazon SES should know of the domain. */
export interface SesSpec {
  /** The AWS account that must be the caller's, 12 digits. */
  readonly account?: string;
  /** In order of preference: the first becomes the DKIM parent of a new domain. */
  readonly regions: readonly string[];
  readonly tenant?: string;
  /** Whether the profile names the tenant: only then does --yes create one that no region knows. */
  readonly tenantFromProfile: boolean;
  readonly configurationSet?: string;
  readonly dkim: 'replicated' | 'per-region' | 'byodkim';
  /** dkim+txt: every region's v1 token is published at _amazonses, too. */
  readonly verification?: 'dkim' | 'dkim+txt';
  readonly mailFrom: 'per-region' | 'shared' | 'none';
  /** Absent: a live MAIL FROM keeps its own, a new one uses SES's default. */
  readonly onMxFailure?: 'USE_DEFAULT_VALUE' | 'REJECT_MESSAGE';
}

/** What a person allows beyond what is safe by default. */
export interface Consents {
  /** Replace MX records that are not ours. */
  readonly takeOverMx: boolean;
  /** Raise a published DMARC policy that is weaker than the profile's. */
  readonly applyDmarc: boolean;
  /** Write a zone that the parent does not delegate to (before its move). */
  readonly zoneNotLive: boolean;
  /** Take over what another installation keeps, and mark as ours what is as we would make it. */
  readonly adopt: boolean;
  /** Change the DKIM method of a live identity to the profile's, in safe steps. */
  readonly migrateDkim: boolean;
  /** Let SES make longer keys for Easy DKIM. */
  readonly rotateDkim?: boolean;
  /** Remove what is ours and no longer asked for. */
  readonly prune: boolean;
  /** Write over what was ours and was changed by somebody. */
  readonly overwrite: boolean;
  /** Change or delete more than a third of a zone's foreign records. */
  readonly force: boolean;
  /** Lower the TTL of what is to change now, change it when the old value has expired everywhere. */
  readonly ttlFirst: boolean;
}

export const NO_CONSENTS: Consents = {
  takeOverMx: false,
  applyDmarc: false,
  zoneNotLive: false,
  adopt: false,
  migrateDkim: false,
  prune: false,
  overwrite: false,
  force: false,
  ttlFirst: false,
};

/** Everything wanted for one domain: profile, environment and flags, resolved and normalised. */
export interface DomainSpec {
  readonly domain: string;
  /** The MAIL FROM name asked for, full; absent where the default is taken. */
  readonly mailFrom?: string;
  readonly dmarc: {
    readonly policy: DmarcPolicy;
    /** Report addresses, without mailto:. Empty: dmarc@<domain>. */
    readonly rua: readonly string[];
    readonly ruf: readonly string[];
    readonly fo?: string;
    /** add: our report addresses go into a record of somebody else, beside theirs. */
    readonly reports: 'keep' | 'add';
  };
  readonly spf: { readonly root: 'keep' | 'merge' | 'create'; readonly include: readonly string[] };
  readonly ses?: SesSpec;
  /** The key of one's own that ses.dkim: byodkim signs with. */
  readonly dkim?: Pick<DkimKey, 'selector' | 'keyFile'>;
  /** Inbound hosts; absent: inbound mail is not our business. */
  readonly mx?: readonly MxHost[];
  /** Where mailboxes live; its name can be no MAIL FROM. */
  readonly mailHost?: string;
  readonly dns: {
    /** Who serves zones: one, several to choose among, or auto for all that are configured. */
    readonly provider: string | readonly string[];
    readonly account?: string;
    /** The zone's id, where several have its name. */
    readonly zone?: string;
  };
  /** Seconds, for every record we write. */
  readonly ttl: number;
  readonly consents: Consents;
}
