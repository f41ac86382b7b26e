import { showText } from './records/txt.ts';

/** Record types that Mailwright writes; others are read, kept and named. */
export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'MX' | 'TXT';

/**
 * One DNS record: one value. Names and host values are lower case, A-labels, without trailing dot.
 * TXT values are byte strings (txt.ts), MX values the host alone with the preference beside it.
 */
export interface DnsRecord {
  readonly name: string;
  /** A RecordType, or another type's name as it was read. */
  readonly type: string;
  readonly value: string;
  /** MX preference (RFC 5321 calls it so; providers say priority). */
  readonly preference?: number;
  /** Seconds; 'auto' where the provider chooses. */
  readonly ttl: number | 'auto';
}

/** A record as its provider shows it. */
export interface LiveRecord extends DnsRecord {
  /** The provider's id; absent where it knows only sets. */
  readonly id?: string;
  /** The note on it (Cloudflare's comment, Porkbun's notes), in which ownership is written. */
  readonly comment?: string;
  /** Why the provider lets nobody edit it ('managed by Cloudflare Email Routing'). */
  readonly readOnly?: string;
  /** Cloudflare answers its own addresses instead of this value. */
  readonly proxied?: boolean;
}

/** The comment by which a record is known as ours, in every system that has room for one. */
export const MARKER = 'managed-by=mailwright';

/** Whether two records hold the same data (TTL and notes apart). */
export function sameData(a: DnsRecord, b: DnsRecord): boolean {
  return (
    a.name === b.name && a.type === b.type && a.value === b.value && (a.type !== 'MX' || a.preference === b.preference)
  );
}

/** What a record says after its type, for people: '10 mx.example.com', '"v=spf1 ~all"'. */
export function showValue(record: Pick<DnsRecord, 'type' | 'value' | 'preference'>): string {
  if (record.type === 'MX') return `${record.preference ?? 0} ${record.value || '.'}`;
  if (record.type === 'TXT') return `"${showText(record.value)}"`;
  return record.value;
}

/** A name as its zone's editor shows it: '@' for the zone itself, else without the zone. */
export function relativeName(name: string, zone: string): string {
  return name === zone ? '@' : name.endsWith(`.${zone}`) ? name.slice(0, -zone.length - 1) : name;
}
