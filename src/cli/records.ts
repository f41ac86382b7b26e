import type { ArgsDef } from 'citty';
import { loadAsLast } from '../app/managed.ts';
import { openPlanner } from '../app/planner.ts';
import type { DnsRecord } from '../core/dns.ts';
import { nearest } from '../core/nearest.ts';
import { Problem } from '../core/problem.ts';
import { RECORD_FORMATS, type RecordFormat } from '../core/record-formats/index.ts';
import { look } from '../domains/look.ts';
import type { Plan } from '../planning/plan.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { readFlags } from './flags.ts';
import { writeResult } from './result-file.ts';
import { insteadOf } from './show/show-to-enter.ts';

const { json: _json, ...WISH } = DOMAIN_ARGS;

export const args = {
  domains: { type: 'positional', required: false, description: 'The domains' },
  ...WISH,
  format: { type: 'string', description: Object.keys(RECORD_FORMATS).join(', '), valueHint: 'FORMAT' },
  all: { type: 'boolean', description: 'Also the records that are there already' },
  out: { type: 'string', description: 'Write them to a file', valueHint: 'FILE' },
} as const satisfies ArgsDef;

/** Prints the DNS records that are to be published, in the form that a person or their tool takes. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const format = parseFormat(flags.text('format') ?? 'table');
  const { config, specs, state } = await loadAsLast(domainRequest(flags));
  const planner = await openPlanner(config, specs, { state, journal: 'none' });
  try {
    const looks = await look('plan', specs, planner.resources, planner.ground, () => {});
    const plans = looks.map(({ plan }) => plan);
    const zones = zonesOf(plans, flags.on('all'));
    const text = zones.map((zone) => RECORD_FORMATS[format](zone)).join('\n');
    const out = flags.text('out');
    if (out !== undefined) writeResult('--out', out, text);
    else if (text !== '') process.stdout.write(text);
    for (const line of plans.flatMap(remarks)) process.stderr.write(`${line}\n`);
    const whole = plans.every((plan) => plan.conflicts.length + plan.unknown.length + plan.later.length === 0);
    if (zones.length === 0 && whole) process.stderr.write('Nothing is to be entered: every record is there.\n');
    return plans.some((plan) => plan.conflicts.length > 0) ? 4 : plans.some((plan) => plan.unknown.length > 0) ? 3 : 0;
  } finally {
    await planner.close();
  }
}

function parseFormat(text: string): RecordFormat {
  if (Object.hasOwn(RECORD_FORMATS, text)) return text as RecordFormat;
  const meant = nearest(text, Object.keys(RECORD_FORMATS));
  throw new Problem('input', 'flag.format', `--format: "${text}" is none${meant ? `; did you mean ${meant}?` : '.'}`, {
    fix: `Write one of ${Object.keys(RECORD_FORMATS).join(', ')}.`,
  });
}

/** What each zone is to hold, of all domains together; without `all` only what is not there yet. */
function zonesOf(plans: readonly Plan[], all: boolean) {
  const zones = new Map(plans.flatMap((plan) => plan.zones).map((zone) => [zone.name, zone]));
  const records = plans.flatMap((plan) => (all ? plan.published : missing(plan)));
  const unique = [
    ...new Map(records.map((record) => [JSON.stringify([record.name, record.type, record.value]), record])).values(),
  ];
  const zoneOf = (name: string) =>
    [...zones.keys()]
      .filter((zone) => name === zone || name.endsWith(`.${zone}`))
      .toSorted((a, b) => b.length - a.length)[0];
  return [...Map.groupBy(unique, (record) => zoneOf(record.name))].flatMap(([name, ofZone]) =>
    name === undefined
      ? []
      : [
          {
            zone: name,
            nameServers: zones.get(name)?.nameServers ?? [],
            records: ofZone,
            beside: plans.flatMap((plan) => plan.beside),
          },
        ],
  );
}

function missing(plan: Plan): readonly DnsRecord[] {
  return plan.changes.flatMap((change) =>
    change.system === 'dns' && change.after !== undefined ? [change.after as unknown as DnsRecord] : [],
  );
}

/** What is no record to enter, but has to be known beside them: goes to stderr, so that the rest can be piped. */
function remarks(plan: Plan): string[] {
  return [
    ...plan.changes
      .filter((one) => one.system === 'dns' && one.verb === 'delete')
      .map((one) => `to be removed: ${one.what}`),
    ...plan.changes.flatMap((one) => (one.system === 'dns' ? (insteadOf(one) ?? []) : [])),
    ...plan.changes.flatMap((one) => (one.slip ? [`${one.slip.what} ${one.slip.fix}`] : [])),
    ...plan.later.map(
      (one) =>
        `not known yet: ${one.count} ${one.type} at or under ${one.under}, ${one.what} (mailwright up ${plan.domain})`,
    ),
    ...plan.unknown.map((one) => `${one.system}: ${one.message}`),
    ...plan.conflicts.map((one) => `${one.message} ${one.fix}`),
  ];
}
