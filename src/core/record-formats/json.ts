import { relativeName } from '../dns.ts';
import { fromBytes } from '../records/txt.ts';
import { secondsOf, type ZoneRecords } from './zone-records.ts';

/** JSON: full name, name within the zone, and the value as text, for tools of one's own. */
export function toJson({ zone, records }: ZoneRecords): string {
  const all = records.map((record) => ({
    zone,
    fullName: record.name,
    name: relativeName(record.name, zone),
    type: record.type,
    ttl: secondsOf(record),
    ...(record.type === 'MX' ? { priority: record.preference ?? 0 } : {}),
    value: record.type === 'TXT' ? fromBytes(record.value) : record.value,
  }));
  return `${JSON.stringify(all, null, 2)}\n`;
}
