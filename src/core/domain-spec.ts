import type { DkimKey } from './records/dkim.ts';

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

/** How a host is reached by SSH; what is absent, ~/.ssh/config and the user's own keys say. */
export interface SshSpec {
  /** The address or name to connect to, where it is not the host's own. */
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  /** Private key, an absolute path. */
  readonly keyFile?: string;
  /** The host key as OpenSSH prints it: 'SHA256:…'. Absent: known_hosts is believed. */
  readonly hostKey?: string;
  /** How root's work is done there: as root, by sudo, by the helper that `relay install-helper` prints, or whichever of them there is. */
  readonly privilege: 'auto' | 'root' | 'sudo' | 'helper';
}

/** A Postfix host that takes the domain's mail and passes it on to the host with the mailboxes. */
export interface RelaySpec {
  readonly host: string;
  /** false: nothing is read or changed there; only what it says to RCPT TO counts. */
  readonly managed: boolean;
  readonly ssh: SshSpec;
  /** 'HOST' or 'HOST:PORT', without brackets; absent: the mail host. */
  readonly nextHop?: string;
  /** list: only the profile's addresses · any: every address, so what the mail host refuses later comes back to the sender. */
  readonly recipients: 'list' | 'any';
  /** Of the Postfix instance; absent: the host's default. */
  readonly configDirectory?: string;
}

/** A mailbox that should be there; one that is there already is never changed. */
export interface MailboxSpec {
  readonly local: string;
  readonly name?: string | undefined;
  /** MiB; absent: the domain's default. */
  readonly quota?: number | undefined;
  /** File with its first password, an absolute path; absent: one is made up and shown once. */
  readonly passwordFile?: string;
}

/** What Mailcow should know of the domain. */
export interface MailcowSpec {
  /** Its own name, which MX and client records point at. */
  readonly host: string;
  /** Limits of a new domain; absent ones are Mailcow's own (its template's). Quotas in MiB. */
  readonly limits: {
    readonly mailboxes?: number | undefined;
    readonly aliases?: number | undefined;
    readonly defaultQuota?: number | undefined;
    readonly maxQuota?: number | undefined;
    readonly quota?: number | undefined;
  };
  readonly mailboxes: readonly MailboxSpec[];
  /** Local parts ('' for every other address) and where they go, as full addresses. */
  readonly aliases: readonly { readonly local: string; readonly goto: readonly string[] }[];
  /** publish: Mailcow's own DKIM key gets its record, beside those of SES. */
  readonly dkim: 'publish' | 'none';
  /** Publish autodiscover and autoconfig, by which mail programs find the host. */
  readonly clientRecords: boolean;
  /** Tell Mailcow that the relays forward mail, so that it judges who sent it to them (the spam filter stays on); ask: not unasked. */
  readonly forwardingHosts: 'yes' | 'ask' | 'no';
}

/** How the mail that our own hosts send for the domain leaves. */
export type OutboundSpec =
  | {
      readonly by: 'ses';
      /** File of SMTP passwords, an absolute path. What is in it is in no wish, plan, journal or ledger. */
      readonly credentials: string;
    }
  | {
      readonly by: 'direct';
      /** The hosts that send, as the root SPF names them. */
      readonly hosts: readonly string[];
    };

/** What a person allows beyond what is safe by default. */
export interface Consents {
  /** Replace MX records that are not ours. */
  readonly takeOverMx: boolean;
  /** Raise a published DMARC policy that is weaker than the profile's. */
  readonly applyDmarc: boolean;
  /** Where a name has several SPF or DMARC records, make them one and delete the others. */
  readonly mergeSeveral: boolean;
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
  /** Publish MX hosts that could not be asked whether they take the domain's mail. */
  readonly mxUnproved?: boolean;
  /** When the domain goes: what becomes of its mailboxes; absent: they stay as they are. */
  readonly mailboxes?: 'deactivate' | 'delete';
}

export const NO_CONSENTS: Consents = {
  takeOverMx: false,
  applyDmarc: false,
  mergeSeveral: false,
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
  /** Postfix hosts in front of it. */
  readonly relays?: readonly RelaySpec[];
  readonly mailcow?: MailcowSpec;
  /** Absent: outbound mail is not our business. */
  readonly outbound?: OutboundSpec;
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
