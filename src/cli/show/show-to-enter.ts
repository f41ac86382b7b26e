import pc from 'picocolors';
import { type DnsRecord, showValue } from '../../core/dns.ts';
import { toTable } from '../../core/record-formats/table.ts';
import type { RunReport } from '../../core/report.ts';

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
    const here = changes.filter((one) => nearest(dataOf(one).name, zones) === name);
    if (here.length === 0) continue;
    const enter = here.flatMap((one) => (one.after === undefined ? [] : [dataOf(one)]));
    const remove = here.filter((one) => one.after === undefined);
    lines.push(pc.bold(`To be entered by hand at the DNS host of ${name} (${nameServers.join(', ')})`));
    if (enter.length > 0) {
      const [, ...rows] = toTable({ zone: name, nameServers, records: enter }).trimEnd().split('\n');
      lines.push(...rows.map((row) => `  ${row}`));
    }
    for (const one of here) {
      const old = insteadOf(one);
      if (old) lines.push(`  ${pc.yellow('!')} ${old}`);
    }
    lines.push(...remove.map((one) => `  ${pc.red('-')} to be removed: ${one.what}`));
  }
  lines.push(
    pc.dim(`  for your tool: mailwright records ${domain} --format zone (csv, json, dnscontrol, octodns, terraform)`),
  );
  return lines;
}

/** What a new value takes the place of: entered beside it, it would be a second record. */
export function insteadOf({ before, after }: Pick<ToEnter, 'before' | 'after'>): string | undefined {
  if (before === undefined || after === undefined) return undefined;
  const [old, record] = [before as DnsRecord, after as DnsRecord];
  return `${record.name} ${record.type}: instead of, not beside, ${old.type === record.type ? '' : `${old.type} `}${showValue(old)}`;
}

function dataOf(change: ToEnter): DnsRecord {
  return (change.after ?? change.before) as DnsRecord;
}

/** The zone that a name lies in: the longest. */
function nearest(name: string, zones: readonly { name: string }[]): string | undefined {
  const holding = zones.filter((zone) => name === zone.name || name.endsWith(`.${zone.name}`));
  return holding.toSorted((a, b) => b.name.length - a.name.length)[0]?.name;
}
