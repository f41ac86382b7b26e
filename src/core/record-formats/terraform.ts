import { type DnsRecord, relativeName } from '../dns.ts';
import { encodeTxt, fromBytes } from '../records/txt.ts';
import { absolute, secondsOf, setsOf, type ZoneRecords } from './zone-records.ts';

/**
 * Terraform: resources of the provider that serves the zone, by its name servers (Cloudflare v5, Route 53); for any other a list to
 * loop over with that provider's own resource. Source: registry.terraform.io (cloudflare_dns_record, aws_route53_record).
 */
export function toTerraform(zone: ZoneRecords): string {
  const isAt = (pattern: RegExp) => zone.nameServers.some((server) => pattern.test(server));
  if (isAt(/\.ns\.cloudflare\.com$/)) return cloudflare(zone);
  if (isAt(/\.awsdns-/)) return route53(zone);
  return list(zone);
}

function cloudflare({ zone, records }: ZoneRecords): string {
  return records
    .map((record, index) => {
      const fields = [
        `zone_id = var.zone_id # of ${zone}`,
        `name    = ${quoted(record.name)}`,
        `type    = ${quoted(record.type)}`,
        `content = ${quoted(record.type === 'TXT' ? encodeTxt(record.value) : record.value || '.')}`,
        `ttl     = ${record.ttl === 'auto' ? 1 : record.ttl}`,
        ...(record.type === 'MX' ? [`priority = ${record.preference ?? 0}`] : []),
        ...(['A', 'AAAA', 'CNAME'].includes(record.type) ? ['proxied = false'] : []),
      ];
      return resource('cloudflare_dns_record', label(record, zone, index), fields);
    })
    .join('\n');
}

function route53({ zone, records, beside = [] }: ZoneRecords): string {
  return setsOf(records)
    .map((own, index) => {
      const [first] = own;
      if (!first) return '';
      const set = [...beside.filter((one) => one.name === first.name && one.type === first.type), ...own];
      const fields = [
        `zone_id = var.zone_id # of ${zone}`,
        `name    = ${quoted(first.name)}`,
        `type    = ${quoted(first.type)}`,
        `ttl     = ${secondsOf(first)}`,
        `records = [${set.map((record) => quoted(route53Value(record))).join(', ')}]`,
      ];
      return resource('aws_route53_record', label(first, zone, index), fields);
    })
    .join('\n');
}

/** The AWS provider quotes TXT values itself; strings of a longer one are parted by "". */
function route53Value(record: DnsRecord): string {
  if (record.type === 'MX') return `${record.preference ?? 0} ${absolute(record.value)}`;
  if (record.type !== 'TXT') return record.value;
  return encodeTxt(record.value).slice(1, -1).replaceAll('" "', '""');
}

function list({ zone, records }: ZoneRecords): string {
  const rows = records.map((record) => {
    const value = record.type === 'TXT' ? fromBytes(record.value) : record.value;
    const priority = record.type === 'MX' ? `, priority = ${record.preference ?? 0}` : '';
    return `    { name = ${quoted(relativeName(record.name, zone))}, type = ${quoted(record.type)}, ttl = ${secondsOf(record)}${priority}, value = ${quoted(value)} },\n`;
  });
  return `# Loop over these with your provider's record resource (for_each).\nlocals {\n  mail_records_of_${word(zone)} = [\n${rows.join('')}  ]\n}\n`;
}

function resource(type: string, name: string, fields: readonly string[]): string {
  return `resource "${type}" "${name}" {\n${fields.map((field) => `  ${field}\n`).join('')}}\n`;
}

/** A resource's name: of the record's name and type; the number keeps several apart. */
function label(record: DnsRecord, zone: string, index: number): string {
  return word(`mail_${relativeName(record.name, zone)}_${record.type}_${index + 1}`).toLowerCase();
}

function word(text: string): string {
  return text.replace(/[^A-Za-z0-9_]+/g, '_');
}

/** A string of HCL, in which ${ and %{ would begin a template. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[$%](?=\{)/g, (sign) => sign + sign);
}
