import { relativeName } from '../dns.ts';
import { fromBytes } from '../records/txt.ts';
import { absolute, secondsOf, type ZoneRecords } from './zone-records.ts';

/** dnscontrol's JavaScript: extends the domain of dnsconfig.js, so that its next push keeps the records. Source: docs.dnscontrol.org (D_EXTEND). */
export function toDnscontrol({ zone, records }: ZoneRecords): string {
  const lines = records.map((record) => {
    const value = record.type === 'TXT' ? fromBytes(record.value) : hostOrAddress(record.type, record.value);
    const fields = [
      relativeName(record.name, zone),
      ...(record.type === 'MX' ? [record.preference ?? 0] : []),
      value,
    ].map((field) => JSON.stringify(field));
    return `  ${record.type}(${fields.join(', ')}, TTL(${secondsOf(record)})),\n`;
  });
  return `D_EXTEND(${JSON.stringify(zone)},\n${lines.join('')});\n`;
}

function hostOrAddress(type: string, value: string): string {
  return type === 'CNAME' || type === 'MX' ? absolute(value) : value;
}
