import type { Diagnosis } from './diagnosis.ts';
import type { LiveRecord } from './dns.ts';
import type { Change, Report } from './resource.ts';

/** A zone at a provider. */
export interface Zone {
  readonly id: string;
  readonly name: string;
  /** The account that holds it, for people: 'Example Estate (0123…)'. */
  readonly account: string;
  /** The name servers that the provider serves it from; a delegation elsewhere means that nobody sees what we write. */
  readonly nameServers: readonly string[];
  /** How many operations one batch may hold here, where that depends on the zone's plan. */
  readonly batch?: number;
}

/** How a provider is read and written, and what it can't do, as data: plans are checked against it before anything is sent. */
export interface Limits {
  /** person: somebody enters what we say; nothing is ever written by us. */
  readonly by: 'us' | 'person';
  /** record: each value is edited by itself · set: all values at a name and type are one thing with one TTL (Route 53). */
  readonly unit: 'record' | 'set';
  /** zone: `records` lists the whole zone in one go, whatever the names · names: it asks for the given names. */
  readonly reads: 'zone' | 'names';
  readonly minTtl: number;
  readonly maxTtl: number;
  /** Bytes of one TXT value. */
  readonly txtBytes: number;
  /** Operations in one call. */
  readonly batch: number;
  /** flattened: a CNAME at the zone's apex is answered as addresses, so other records may stand beside it. */
  readonly apexCname: 'flattened' | 'refused';
  /** Where ownership can be written beside a record; none: only the ledger knows. */
  readonly marker: 'comment' | 'none';
}

/** A DNS host that can be read and written. One file each in integrations/dns. */
export interface DnsProvider {
  readonly name: string;
  readonly limits: Limits;
  /** The zone that holds `name`, longest suffix first. Throws a Problem: no such zone, no rights, dead token, several of one name. */
  findZone(name: string): Promise<Zone>;
  /** Every zone that the credentials see (of one account, where the settings name one). */
  zones(): Promise<readonly Zone[]>;
  /** All live records: of the whole zone where `limits.reads` says so, else of every type at `names`. */
  records(zone: Zone, names: readonly string[]): Promise<readonly LiveRecord[]>;
  /** Applies record changes (before/after are LiveRecord data), batched as the provider can; reports each. */
  apply(zone: Zone, changes: readonly Change[], report: Report): Promise<void>;
  /**
   * For `mailwright doctor`: whether the credentials are good and whose they are, and each permission that a run over these names needs, as
   * proved, refused, or only provable by a write. Reads only; what the provider refuses is a line, never thrown.
   */
  examine?(names: readonly string[]): Promise<readonly Diagnosis[]>;
}
