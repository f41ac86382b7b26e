import { type DnsRecord, relativeName } from '../dns.ts';
import { fromBytes } from '../records/txt.ts';
import { absolute, secondsOf, setsOf, type ZoneRecords } from './zone-records.ts';

/** octoDNS's YAML for config/<zone>.yaml. Semicolons in TXT are escaped, strings are split by octoDNS itself. Source: octodns docs (records). */
export function toOctodns({ zone, records }: ZoneRecords): string {
  const keyOf = ({ name }: DnsRecord) => (name === zone ? '' : relativeName(name, zone));
  const names = [...Map.groupBy(records, keyOf)].toSorted(([a], [b]) => compareNaturally(a, b));
  const entries = names.map(([key, ofName]) => `${quoted(key)}:\n${setsOf(ofName).map(toEntry).join('')}`);
  return `---\n# for ${zone}.yaml\n${entries.join('')}`;
}

/** The order that octoDNS insists on (natsort): runs of digits as numbers, everything else by code. */
function compareNaturally(a: string, b: string): number {
  const [one, two] = [a, b].map((text) => text.split(/(\d+)/));
  for (const [index, part] of (one ?? []).entries()) {
    const other = two?.[index];
    if (other === undefined) return 1;
    if (part === other) continue;
    const order = index % 2 === 1 ? Number(part) - Number(other) : part < other ? -1 : 1;
    if (order !== 0) return order;
  }
  return (one?.length ?? 0) - (two?.length ?? 0);
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
  return `  - ttl: ${first ? secondsOf(first) : 300}\n    type: ${type}\n${data}`;
}

function dataOf(record: DnsRecord): string {
  if (record.type === 'TXT') return fromBytes(record.value).replaceAll(';', '\\;');
  return record.type === 'CNAME' ? absolute(record.value) : record.value;
}

/** A YAML string in double quotes, which JSON's are. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
