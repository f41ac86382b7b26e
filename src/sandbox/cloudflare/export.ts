import type { CloudZone } from './state.ts';

const NAMES_IN_CONTENT = new Set(['CNAME', 'MX', 'NS', 'PTR', 'SRV']);

/** A zone as BIND text, with comments where records have them. */
export function exportZone(zone: CloudZone, now: string): string {
  const lines = [
    ';;',
    `;; Domain:     ${zone.name}.`,
    `;; Exported:   ${now}`,
    ';;',
    `${zone.name}.\t3600\tIN\tSOA\t${zone.account.nameServers[0]}. dns.cloudflare.com. ${zone.serial} 10000 2400 604800 3600`,
    '',
  ];
  for (const { name, type, content, ttl, priority, comment } of zone.records.values()) {
    const dot = NAMES_IN_CONTENT.has(type) && content !== '.' ? '.' : '';
    const prefix = priority === undefined ? '' : `${priority} `;
    const note = comment === null ? '' : ` ; ${comment}`;
    lines.push(`${name}.\t${ttl}\tIN\t${type}\t${prefix}${content}${dot}${note}`);
  }
  return `${lines.join('\n')}\n`;
}
