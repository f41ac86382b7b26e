import type { KeyObject } from 'node:crypto';
import type { Answer, World } from '../world.ts';
import type { EventDestination } from './events/destination.ts';
import type { EventLog } from './events/event-log.ts';
import type { SentMessage } from './events/sent-message.ts';
import type { AccessKey } from './gate/keys.ts';
import type { IamUser } from './iam/users.ts';
import type { Delivered } from './sending/post.ts';
import type { Reason, Scope, SuppressionList, SuppressionOptions } from './suppression/list.ts';
import type { Switches } from './switches.ts';

/** A tag of any resource. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** DKIM, MAIL FROM and verification states of SES v2 (MAIL FROM never says NOT_STARTED). */
export type Status = 'NOT_STARTED' | 'PENDING' | 'SUCCESS' | 'FAILED' | 'TEMPORARY_FAILURE';

/** 'RSA_1024_BIT' or 'RSA_2048_BIT'. */
export type KeyLength = 'RSA_1024_BIT' | 'RSA_2048_BIT';

/** Something that SES looks for in DNS for at most 72 hours. Times are sandbox milliseconds. */
export interface Watched {
  status: Status;
  /** When the present search, or the present failure, began. */
  since: number;
  /** Seeded by a test: stays as it is, whatever DNS says. */
  readonly pinned?: boolean;
}

/** How an identity signs. */
export interface Dkim extends Watched {
  enabled: boolean;
  /** AWS_SES, EXTERNAL or AWS_SES_<REGION> */
  origin: string;
  /** Easy DKIM: three tokens of [a-z2-7]{32}; BYODKIM: the selector. A replica shows its parent's. */
  tokens: readonly string[];
  zone: string;
  current: KeyLength;
  next: KeyLength;
  generatedAt: number;
  /** The private key: BYODKIM's own at once, Easy DKIM's when it has been generated. */
  key: Promise<KeyObject>;
  /** For a replica: whether the caller was allowed to replicate the parent's key. */
  mayReplicate?: boolean;
}

/** A custom MAIL FROM domain. */
export interface MailFrom extends Watched {
  readonly domain: string;
  behavior: 'USE_DEFAULT_VALUE' | 'REJECT_MESSAGE';
}

/** An e-mail identity of one account and Region. */
export interface Identity {
  readonly name: string;
  readonly type: 'DOMAIN' | 'EMAIL_ADDRESS';
  readonly createdAt: number;
  tags: Tag[];
  configurationSet?: string | undefined;
  feedbackForwarding: boolean;
  /** VerificationStatus: of a domain it follows DKIM, except that a restart of DKIM leaves a verified domain verified. */
  verification: Status;
  dkim: Dkim;
  /** When the length of the signing key was last changed on request. */
  lengthChangedAt?: number;
  mailFrom?: MailFrom | undefined;
  lastChecked?: number;
  lastSuccess?: number;
  /** VerificationInfo.ErrorType of the last attempt. */
  errorType?: string | undefined;
  soa?: Answer['soa'];
  /** The token of SES v1's VerifyDomainIdentity, which a TXT at _amazonses answers. */
  legacyToken?: string;
}

/** A configuration set as far as it is modelled; other option groups are kept as given. */
export interface ConfigurationSet {
  readonly name: string;
  tags: Tag[];
  sendingEnabled: boolean;
  reputationMetrics: boolean;
  readonly options: SetOptions;
  readonly eventDestinations: Map<string, EventDestination>;
}

/** Groups of options of a configuration set, each as it was last put. */
export interface SetOptions {
  TrackingOptions?: unknown;
  DeliveryOptions?: unknown;
  SuppressionOptions?: SuppressionOptions | undefined;
  ArchivingOptions?: unknown;
  VdmOptions?: unknown;
}

/** Whether a tenant's owner, or AWS, lets it send. */
export type SendingStatus = 'ENABLED' | 'DISABLED' | 'REINSTATED';

/** One side's word on a tenant's sending. */
export interface StatusRecord {
  readonly status: SendingStatus;
  readonly at: number;
  readonly cause?: string | undefined;
}

/** A tenant and what is associated with it: resource ARN to the time of association. */
export interface Tenant {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly createdAt: number;
  tags: Tag[];
  customerStatus: StatusRecord;
  awsStatus: StatusRecord;
  /** 'standard', 'strict' or 'none' */
  policy: string;
  impact?: 'HIGH' | 'LOW' | undefined;
  suppression?: { readonly SuppressionScope: Scope; readonly SuppressedReasons: Reason[] } | undefined;
  readonly suppressed: SuppressionList;
  readonly resources: Map<string, number>;
}

/** A stored template. */
export interface Template {
  readonly name: string;
  readonly createdAt: number;
  tags: Tag[];
  content: TemplateContent;
}

/** Subject and bodies with Handlebars-like places. */
export interface TemplateContent {
  readonly Subject?: string | undefined;
  readonly Text?: string | undefined;
  readonly Html?: string | undefined;
}

/** What GetAccount says of one Region. */
export interface Account {
  productionAccess: boolean;
  sendingEnabled: boolean;
  enforcement: 'HEALTHY' | 'PROBATION' | 'SHUTDOWN';
  max24HourSend: number;
  maxSendRate: number;
  plan: string;
  details?: unknown;
  /** Absent in accounts from before November 2019 that never set it; an empty list is another thing. */
  suppressedReasons?: Reason[] | undefined;
  validation?: unknown;
}

/** Everything of one account in one Region. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
  readonly identities: Map<string, Identity>;
  readonly configurationSets: Map<string, ConfigurationSet>;
  readonly tenants: Map<string, Tenant>;
  readonly templates: Map<string, Template>;
  readonly suppressed: SuppressionList;
  readonly account: Account;
  /** Recipients accepted, with the time: the rolling 24 hours of the quota. */
  sent: { readonly at: number; readonly recipients: number }[];
  /** Times of control calls within the last second. */
  controlCalls: number[];
}

/** Makes RSA keys in the background, one at a time. */
export interface KeyMill {
  make(length: KeyLength): Promise<KeyObject>;
  close(): void;
}

/** Looks for the records of identities until they are there, and now and then afterwards. */
export interface Watch {
  /** Begins (again) to look, soon. */
  start(place: Place, identity: Identity): void;
  /** Looks now and waits for what comes of it. */
  look(place: Place, identity: Identity): Promise<void>;
  close(): void;
}

/** Hands messages to the receiving mail server. */
export interface Post {
  /** Never rejects: a delivery that fails is a row in the ledger, and an event. */
  deliver(region: string, raw: Buffer, envelope: { readonly from: string; readonly to: string[] }): Promise<Delivered>;
  close(): void;
}

/** The stand-in's whole memory. */
export interface Aws {
  readonly world: World;
  readonly post: Post;
  switches: Switches;
  /** Keys that open the gate, by id; those made inactive are their users' alone. */
  readonly keys: Map<string, AccessKey>;
  /** IAM's users, by account and name. */
  readonly users: Map<string, IamUser>;
  readonly mill: KeyMill;
  readonly watch: Watch;
  /** The second signature of every message: d=amazonses.com. */
  readonly amazonDkim: Pick<Dkim, 'tokens' | 'zone' | 'key'>;
  readonly places: Map<string, Place>;
  /** What was told of messages. */
  readonly events: EventLog;
  /** Messages that were taken on lately, by id. */
  readonly messages: Map<string, SentMessage>;
  /** What SNS signs notifications with, made when it is first needed. */
  snsKey(): Promise<KeyObject>;
}

/** The account's state in a Region, made when it is first looked at: us-east-1 has production access, the others are SES sandboxes. */
export function placeOf(aws: Aws, accountId: string, region: string): Place {
  const id = `${accountId}/${region}`;
  const known = aws.places.get(id);
  if (known) return known;
  const productionAccess = region === 'us-east-1';
  const place: Place = {
    accountId,
    region,
    identities: new Map(),
    configurationSets: new Map(),
    tenants: new Map(),
    templates: new Map(),
    suppressed: new Map(),
    account: {
      productionAccess,
      sendingEnabled: true,
      enforcement: 'HEALTHY',
      max24HourSend: productionAccess ? 50_000 : 200,
      maxSendRate: productionAccess ? 14 : 1,
      plan: 'ESSENTIALS',
      suppressedReasons: ['BOUNCE', 'COMPLAINT'],
    },
    sent: [],
    controlCalls: [],
  };
  aws.places.set(id, place);
  return place;
}

/** ARN of a resource of this place: kind 'identity', 'configuration-set', 'template', 'tenant'. */
export function arnOf(place: Pick<Place, 'region' | 'accountId'>, kind: string, name: string): string {
  return `arn:aws:ses:${place.region}:${place.accountId}:${kind}/${name}`;
}
