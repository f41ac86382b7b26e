import type { DnsRecord } from '../dns.ts';

/** Records of one zone, as a person or their tool is to publish them. */
export interface ZoneRecords {
  readonly zone: string;
  /** Names of the servers that answer for the zone: they tell whose it is. */
  readonly nameServers: readonly string[];
  readonly records: readonly DnsRecord[];
  /** What else stands at the same names and types: forms that know only whole sets need it. */
  readonly beside?: readonly DnsRecord[];
}

/** Sets of records: the values of one name and type, for forms that know no single values. */
export function setsOf(records: readonly DnsRecord[]): readonly (readonly DnsRecord[])[] {
  return [...Map.groupBy(records, (record) => `${record.name} ${record.type}`).values()];
}

/** A TTL in seconds; providers that choose one mostly take five minutes. */
export function secondsOf(record: DnsRecord): number {
  return record.ttl === 'auto' ? 300 : record.ttl;
}

/** A host as zone files write it, absolute with its last dot; the null MX is the root. */
export function absolute(host: string): string {
  return `${host}.`;
}
