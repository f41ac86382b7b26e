import pc from 'picocolors';
import type { DnsRecord } from '../core/dns.ts';
import { toTable } from '../core/record-formats/table.ts';
import type { RunReport } from '../core/report.ts';

/** A change that a person makes: of a plan, or of a report. */
interface ToEnter {
  readonly what: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What a person is to do at the DNS host, in the form that they copy from. */
export function showToEnter(
  domain: string,
  zones: readonly { name: string; by: RunReport['zones'][number]['by']; nameServers: readonly string[] }[],
  changes: readonly ToEnter[],
): string[] {
  const lines: string[] = [];
  for (const { name, nameServers } of zones.filter((zone) => zone.by === 'person')) {
    const here = changes.filter((one) => isIn(dataOf(one).name, name));
    if (here.length === 0) continue;
    const enter = here.flatMap((one) => (one.after === undefined ? [] : [dataOf(one)]));
    const remove = here.filter((one) => one.after === undefined);
    lines.push(pc.bold(`To be entered by hand at the DNS host of ${name} (${nameServers.join(', ')})`));
    if (enter.length > 0) {
      const [, ...rows] = toTable({ zone: name, nameServers, records: enter }).trimEnd().split('\n');
      lines.push(...rows.map((row) => `  ${row}`));
    }
    lines.push(...remove.map((one) => `  ${pc.red('-')} to be removed: ${one.what}`));
  }
  lines.push(
    pc.dim(`  for your tool: mailwright records ${domain} --format zone (csv, json, dnscontrol, octodns, terraform)`),
  );
  return lines;
}

function dataOf(change: ToEnter): DnsRecord {
  return (change.after ?? change.before) as DnsRecord;
}

function isIn(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}
