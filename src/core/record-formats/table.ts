import { type DnsRecord, relativeName } from '../dns.ts';
import { showText } from '../records/txt.ts';
import { secondsOf, type ZoneRecords } from './zone-records.ts';

/** A table as people copy from: the name as the DNS host's form wants it, the value without quotation marks. */
export function toTable({ zone, records }: ZoneRecords): string {
  const rows = records.map((record) => [
    relativeName(record.name, zone),
    record.type,
    String(secondsOf(record)),
    dataOf(record),
  ]);
  const head = ['NAME', 'TYPE', 'TTL', 'VALUE'];
  const width = (column: number) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0));
  const widths = head.map((_title, column) => width(column));
  const line = (row: readonly string[]) =>
    row
      .map((field, column) => field.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return `Zone ${zone}\n${[head, ...rows].map(line).join('\n')}\n`;
}

function dataOf(record: DnsRecord): string {
  if (record.type === 'MX') return `${record.value || '.'}  (priority ${record.preference ?? 0})`;
  return record.type === 'TXT' ? showText(record.value) : record.value;
}
