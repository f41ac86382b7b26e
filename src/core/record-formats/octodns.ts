import { type DnsRecord, relativeName } from '../dns.ts';
import { fromBytes } from '../txt.ts';
import { absolute, secondsOf, setsOf, type ZoneRecords } from './zone-records.ts';

/** octoDNS's YAML for config/<zone>.yaml. Semicolons in TXT are escaped, strings are split by octoDNS itself. Source: octodns docs (records). */
export function toOctodns({ zone, records }: ZoneRecords): string {
  const names = [...Map.groupBy(records, (record) => record.name)].toSorted(([a], [b]) => a.localeCompare(b));
  const entries = names.map(([name, ofName]) => {
    const key = name === zone ? '' : relativeName(name, zone);
    return `${quoted(key)}:\n${setsOf(ofName).map(toEntry).join('')}`;
  });
  return `---\n# for ${zone}.yaml\n${entries.join('')}`;
}

function toEntry(set: readonly DnsRecord[]): string {
  const [first] = set;
  const type = first?.type ?? '';
  const values = set.map((record) =>
    type === 'MX'
      ? `{exchange: ${quoted(absolute(record.value))}, preference: ${record.preference ?? 0}}`
      : quoted(dataOf(record)),
  );
  const data =
    values.length === 1
      ? `    value: ${values[0]}\n`
      : `    values:\n${values.map((one) => `    - ${one}\n`).join('')}`;
  return `  - type: ${type}\n    ttl: ${first ? secondsOf(first) : 300}\n${data}`;
}

function dataOf(record: DnsRecord): string {
  if (record.type === 'TXT') return fromBytes(record.value).replaceAll(';', '\\;');
  return record.type === 'CNAME' ? absolute(record.value) : record.value;
}

/** A YAML string in double quotes, which JSON's are. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
