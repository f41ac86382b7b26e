import { type Check, check } from '../core/checks/check.ts';
import { type LiveRecord, MARKER, showValue } from '../core/dns.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import { mailService } from '../core/mail-service.ts';
import type { Change, Conflict, DesiredRecord } from '../core/resource.ts';
import { readable, type Zones, type ZoneView, zoneOf } from './zones.ts';

/** A plan that touches more than this share of a zone's foreign records is refused, where the zone has this many. */
const SHARE = 1 / 3;
const MANY = 10;

/** What no plan may do, whatever asked for it: rewrite much of somebody's zone unasked, or touch what holds a zone up. */
export function guardConflicts(changes: readonly Change[], zones: Zones, spec: DomainSpec): Conflict[] {
  return readable(zones).flatMap((view) => {
    const here = changes.filter((change) => change.system === 'dns' && zoneOf(nameOf(change), zones) === view);
    return [...apexConflicts(here, view), ...(spec.consents.force ? [] : shareConflicts(here, view))];
  });
}

/** The name of a DNS change's record. */
export function nameOf(change: Change): string {
  return ((change.after ?? change.before) as { name?: string } | undefined)?.name ?? '';
}

/** How much of somebody's zone is touched, whatever domains it is for. */
export function shareConflicts(changes: readonly Change[], view: ZoneView): Conflict[] {
  const touched = changes.filter((change) => change.foreign && change.before !== undefined);
  const isMarked = (record: { comment?: string } | undefined) => record?.comment?.includes(MARKER) ?? false;
  // Ours without a mark (a provider without room for one) are known by the changes that are not foreign.
  const ours = changes.filter(
    (change) => !change.foreign && change.before !== undefined && !isMarked(change.before as { comment?: string }),
  ).length;
  const foreign = view.live.filter((record) => !isMarked(record)).length - ours;
  if (foreign < MANY || touched.length <= foreign * SHARE) return [];
  return [
    {
      code: 'dns.too-many',
      system: 'dns',
      name: view.zone.name,
      message: `The plan would change or delete ${touched.length} of ${foreign} records in ${view.zone.name} that are not ours, more than a third.`,
      fix: 'Look at the plan; if it is meant, run with --force.',
    },
  ];
}

function apexConflicts(changes: readonly Change[], view: ZoneView): Conflict[] {
  const held = changes.filter((change) => {
    const { type } = (change.before ?? change.after) as { type?: string };
    return (type === 'NS' || type === 'SOA') && nameOf(change) === view.zone.name;
  });
  return held.map((change) => ({
    code: 'dns.apex',
    system: 'dns',
    name: view.zone.name,
    message: `${change.what}: the NS and SOA records of a zone are never touched.`,
    fix: 'Please report this plan.',
  }));
}

/** What is worth knowing of the zone beside the plan: wildcards that stop answering, parked mail. */
export function zoneNotes(
  domain: string,
  records: readonly DesiredRecord[],
  changes: readonly Change[],
  zones: Zones,
): Check[] {
  return readable(zones).flatMap((view) => {
    const here = records.filter((want) => zoneOf(want.record.name, zones) === view);
    return [...wildcardNotes(here, changes, view), ...parkingNotes(here, view), ...otherToolNotes(domain, view)];
  });
}

/** Marks that tools which own a whole zone leave in it: their next run deletes what their configuration does not name. */
const TOOLS: readonly (readonly [RegExp, tool: string])[] = [
  [/octodns/i, 'octoDNS'],
  [/dnscontrol/i, 'dnscontrol'],
  [/terraform|opentofu/i, 'Terraform'],
  [/pulumi/i, 'Pulumi'],
  [/external-dns/i, 'external-dns'],
];

function otherToolNotes(domain: string, view: ZoneView): Check[] {
  const traces = view.live.map((record) => ({
    record,
    text: `${record.comment ?? ''} ${record.type === 'TXT' ? `${record.name} ${record.value}` : ''}`,
  }));
  return TOOLS.flatMap(([pattern, tool]) => {
    const trace = traces.find(({ text }) => pattern.test(text));
    if (!trace) return [];
    return [
      check('dns.other-tool', {
        status: 'failed',
        system: 'dns',
        name: view.zone.name,
        expected: 'nobody else writes the whole zone',
        seen: [{ by: 'DNS provider', value: `${trace.record.name} ${trace.record.type} is marked by ${tool}` }],
        fix: `Put the records into ${tool}’s configuration: mailwright records ${domain} --all --format ${FORMATS[tool] ?? 'json'}.`,
      }),
    ];
  });
}

const FORMATS: Readonly<Record<string, string>> = {
  octoDNS: 'octodns',
  dnscontrol: 'dnscontrol',
  Terraform: 'terraform',
};

/** `*.example.com` makes names look present, and stops answering at and below a name that is created (RFC 4592 2.2). */
function wildcardNotes(records: readonly DesiredRecord[], changes: readonly Change[], view: ZoneView): Check[] {
  return view.live
    .filter((record) => record.name.startsWith('*.'))
    .flatMap((wildcard) => {
      const under = wildcard.name.slice(2);
      const made = changes.filter(
        (change) =>
          change.verb === 'create' &&
          records.some((want) => want.id === change.id) &&
          nameOf(change).endsWith(`.${under}`),
      );
      const names = [...new Set(made.map(nameOf))].filter((name) => !view.live.some((record) => record.name === name));
      if (names.length === 0) return [];
      return [
        check('dns.wildcard', {
          status: 'failed',
          system: 'dns',
          name: wildcard.name,
          expected: 'nobody relies on it for the new names',
          seen: [{ by: 'DNS provider', value: `${wildcard.type} ${showValue(wildcard)}` }],
          fix: `It no longer answers at ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''} once these exist.`,
        }),
      ];
    });
}

function parkingNotes(records: readonly DesiredRecord[], view: ZoneView): Check[] {
  const names = new Set(records.map((want) => want.record.name.replace(/^_dmarc\./, '')));
  const parked = (record: LiveRecord) =>
    record.type === 'MX' && names.has(record.name) && /parking|null MX|Email Routing/.test(mailService(record.value));
  return view.live.filter(parked).map((record) =>
    check('mx.parked', {
      status: 'failed',
      system: 'dns',
      name: record.name,
      expected: 'MX hosts with mailboxes',
      seen: [{ by: 'DNS provider', value: `${showValue(record)}${mailService(record.value)}` }],
    }),
  );
}
