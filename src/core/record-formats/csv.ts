import { relativeName } from '../dns.ts';
import { fromBytes } from '../records/txt.ts';
import { secondsOf, type ZoneRecords } from './zone-records.ts';

/** Comma-separated values (RFC 4180) with a header; names relative to the zone, @ for the zone itself. */
export function toCsv({ zone, records }: ZoneRecords): string {
  const rows = records.map((record) => [
    zone,
    relativeName(record.name, zone),
    record.type,
    String(secondsOf(record)),
    record.type === 'MX' ? String(record.preference ?? 0) : '',
    record.type === 'TXT' ? fromBytes(record.value) : record.value,
  ]);
  return [['zone', 'name', 'type', 'ttl', 'priority', 'value'], ...rows]
    .map((row) => `${row.map(quoted).join(',')}\r\n`)
    .join('');
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
