import { type DnsRecord, relativeName } from '../dns.ts';
import { encodeTxt } from '../records/txt.ts';
import { absolute, secondsOf, type ZoneRecords } from './zone-records.ts';

/** A zone file (RFC 1035 5), to be appended to the zone's or imported: absolute targets, strings of at most 255 bytes. */
export function toZoneFile({ zone, records }: ZoneRecords): string {
  const lines = records.map((record) => {
    const name = relativeName(record.name, zone);
    return `${name.padEnd(40)} ${secondsOf(record)} IN ${record.type.padEnd(5)} ${dataOf(record)}`;
  });
  return `$ORIGIN ${absolute(zone)}\n${lines.join('\n')}\n`;
}

function dataOf(record: DnsRecord): string {
  if (record.type === 'TXT') return encodeTxt(record.value);
  if (record.type === 'MX') return `${record.preference ?? 0} ${absolute(record.value)}`;
  if (record.type === 'CNAME') return absolute(record.value);
  return record.value;
}
