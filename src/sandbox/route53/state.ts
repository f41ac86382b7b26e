/** Where an alias set points. */
export interface AliasTarget {
  readonly hostedZoneId: string;
  /** As `RecordSet.name`. */
  readonly dnsName: string;
  readonly evaluateTargetHealth: boolean;
}

/** A resource record set. Alias sets have `alias` and neither `ttl` nor values. */
export interface RecordSet {
  /** Lower case, escapes read, no trailing dot. */
  readonly name: string;
  readonly type: string;
  readonly setIdentifier?: string;
  readonly ttl?: number;
  /** As they were written. */
  readonly values: readonly string[];
  readonly alias?: AliasTarget;
  /** Weight, Region, Failover, MultiValueAnswer and HealthCheckId, where given, as texts. */
  readonly routing: Readonly<Record<string, string>>;
}

/** Sets by `keyOf`; a new map for every change, so that a snapshot is just a reference. */
export type SetTable = ReadonlyMap<string, RecordSet>;

/** A hosted zone. */
export interface HostedZone {
  /** 'Z' and 20 capitals and digits. */
  readonly id: string;
  readonly name: string;
  /** 12 digits. */
  readonly account: string;
  readonly isPrivate: boolean;
  readonly comment: string;
  readonly callerReference: string;
  /** The delegation set; private zones have none of their own. */
  readonly nameServers: readonly string[];
  readonly vpc?: { readonly id: string; readonly region: string };
  tags: Readonly<Record<string, string>>;
  sets: SetTable;
  serial: number;
  /** What the name servers have, and of when. */
  served: SetTable | undefined;
  servedSerial: number;
  /** Real time (ms) until which the last change keeps the zone busy. */
  busyUntil: number;
}

/** A change on its way to the name servers. */
export interface Change {
  readonly id: string;
  readonly account: string;
  readonly submittedAt: string;
  readonly comment: string | undefined;
  status: 'PENDING' | 'INSYNC';
}

/** What tells a set from others. */
export function keyOf({ name, type, setIdentifier = '' }: Pick<RecordSet, 'name' | 'type' | 'setIdentifier'>): string {
  return `${name} ${type} ${setIdentifier}`;
}
