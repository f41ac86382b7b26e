import { AwsError } from '../aws/gate/errors.ts';
import { type AccessKey, callerArn } from '../aws/gate/keys.ts';
import type { Permission } from '../aws/gate/policy.ts';
import type { Editor } from './editor.ts';
import { noSuchHostedZone } from './errors.ts';
import type { HostedZones } from './hosted-zones.ts';
import type { XmlElement } from './read-xml.ts';
import type { HostedZone } from './state.ts';

/** One signed call. */
export interface Call {
  readonly zones: HostedZones;
  readonly editor: Editor;
  readonly key: AccessKey;
  /** The parts of the path that vary, in order. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  /** The document of a call that has one. */
  readonly document: XmlElement | undefined;
}

/** What became of a call. */
export interface Answered {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Name of the document's root. */
  readonly root: string;
  /** XML inside it. */
  readonly body: string;
  readonly effect: boolean;
}

/** A call after its input is read: what IAM is asked, and how it is done. */
export interface Prepared {
  readonly permissions: readonly Permission[];
  /** What the ledger shows of the body. */
  readonly shape?: unknown;
  /** Whether this very input is what Mailwright must never ask. */
  readonly forbidden?: boolean;
  run(): Answered;
}

/** ARN of a hosted zone or a change: they have neither Region nor account. */
export function arnOf(kind: 'hostedzone' | 'change', id: string): string {
  return `arn:aws:route53:::${kind}/${id}`;
}

/** Asks IAM for one action. */
export function ask(action: string, resource = '*', keys: Permission['keys'] = {}): readonly Permission[] {
  return [{ action: `route53:${action}`, resource, keys: { 'aws:requestedregion': 'us-east-1', ...keys } }];
}

/** The caller's zone of a path. @throws AwsError NoSuchHostedZone, AccessDenied for another account's */
export function readZone({ zones, key, parts }: Call): HostedZone {
  const id = parts[0] ?? '';
  const zone = zones.findZone(id);
  if (!zone) throw noSuchHostedZone(id);
  if (zone.account !== key.account)
    throw new AwsError('AccessDenied', 403, `User: ${callerArn(key)} is not authorized to access this resource`);
  return zone;
}
