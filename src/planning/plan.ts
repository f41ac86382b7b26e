import type { Check } from '../core/checks/check.ts';
import { type DnsRecord, sameData } from '../core/dns.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import { mergeRecords } from '../core/merge/merge.ts';
import { type Merged, merged } from '../core/merge/merge-change.ts';
import { isDmarc } from '../core/records/dmarc.ts';
import { isSpf } from '../core/records/spf.ts';
import type { Announced, Change, Claim, Conflict, DesiredRecord, Findings, Left } from '../core/resource.ts';
import { accountsOf } from './accounts.ts';
import { cutConflicts, recordChecks, zoneChecks } from './dns-checks.ts';
import type { Evidence } from './evidence.ts';
import { guardConflicts, zoneNotes } from './guards.ts';
import { planLeftovers } from './leftovers.ts';
import type { Survey } from './survey.ts';
import { readable, type ZoneView, zoneOf } from './zones.ts';

/** A system that could not be read. */
export interface Unknown {
  readonly system: string;
  readonly message: string;
  readonly fix?: string;
}

/** What one look at the world says is to be done. Pure data: printed, compared, approved, written down. */
export interface Plan {
  readonly domain: string;
  /** The account of each system, by its name. */
  readonly accounts: Readonly<Record<string, string>>;
  /** The accounts and zones that are about to be touched. */
  readonly about: readonly string[];
  readonly changes: readonly Change[];
  readonly later: readonly Announced[];
  readonly conflicts: readonly Conflict[];
  readonly checks: readonly Check[];
  /** All records that are wanted, live or not. */
  readonly records: readonly DesiredRecord[];
  /** What the zones hold of that when the plan is done: merged into what is published. */
  readonly published: readonly DnsRecord[];
  /** What else stands at the same names and types, and stays there. */
  readonly beside: readonly DnsRecord[];
  /** The zones that the records lie in, and who writes them. */
  readonly zones: readonly PlannedZone[];
  /** What killed runs of ours had made: ours, whatever anybody says now; null: gone from the world, and so from the ledger. */
  readonly recovered: Readonly<Record<string, Claim['value'] | null>>;
  /** Made by us and not taken back, with the reason (undo, --prune). */
  readonly left: readonly Left[];
  readonly unknown: readonly Unknown[];
}

/** A zone of a plan. */
export interface PlannedZone {
  readonly name: string;
  readonly provider: string;
  readonly by: 'us' | 'person';
  readonly nameServers: readonly string[];
  /** The lowest TTL that its provider takes, in seconds. */
  readonly minTtl: number;
}

/** What a plan is made of: what systems and profile want, and what one look showed. */
export interface PlanInput {
  readonly spec: DomainSpec;
  readonly survey: Survey;
  readonly findings: readonly Findings[];
  readonly records: readonly DesiredRecord[];
  readonly evidence: Evidence;
  readonly recovered: Plan['recovered'];
}

/** Merges what all systems want over what is live. Pure. */
export function planRound(input: PlanInput): Plan {
  const { spec, survey, findings, records, evidence } = input;
  const { main } = survey.zones;
  const all = gather(findings);
  const unknown = unreadSystems(survey);
  const plan = {
    domain: spec.domain,
    accounts: accountsOf(survey, findings),
    later: all.later,
    records,
    recovered: input.recovered,
  };
  if ('problem' in main) {
    const { code, kind, message, fix } = main.problem;
    // Who had too many requests can be asked again, like who did not answer.
    const later = kind === 'unknown' || kind === 'retry';
    if (later) unknown.push({ system: 'dns', message, ...(fix ? { fix } : {}) });
    return {
      ...plan,
      about: all.about,
      published: [],
      beside: [],
      zones: [],
      changes: [...all.changes, ...all.claims.map(claiming)],
      left: all.left,
      conflicts: [
        ...all.conflicts,
        ...(later
          ? []
          : [{ code, system: 'dns', name: spec.domain, message, fix: fix ?? 'Correct it, then run again.' }]),
      ],
      checks: all.checks,
      unknown,
    };
  }
  const wanted = new Set(records.map((want) => want.record.name));
  const silent = (survey.zones.unread ?? []).filter(({ name }) => wanted.has(name));
  for (const { problem } of new Map(silent.map((one) => [one.problem.message, one])).values()) {
    unknown.push({ system: 'dns', message: problem.message, ...(problem.fix ? { fix: problem.fix } : {}) });
  }
  const dns = mergeZones(input);
  const published = publishedAfter(records, dns.changes, evidence);
  const delegations = readable(survey.zones).map((view) => zoneChecks(spec, view));
  const leftovers = planLeftovers(input, unknown.length > 0);
  const claims = [...all.claims, ...dns.claims].map(claiming);
  const recovered = { ...input.recovered, ...leftovers.gone };
  const changes = [...all.changes, ...dns.changes, ...leftovers.changes, ...claims];
  return {
    ...plan,
    about: [...all.about, ...readable(survey.zones).map(aboutZone)],
    published,
    beside: besides(published, dns.changes, evidence),
    zones: readable(survey.zones).map(plannedZone),
    changes,
    recovered,
    left: [...all.left, ...leftovers.left],
    conflicts: [
      ...all.conflicts,
      ...cutConflicts(records, survey.zones, main),
      ...dns.conflicts,
      ...delegations.flatMap((one) => one.conflicts),
      ...guardConflicts(changes, survey.zones, spec),
    ],
    checks: [
      ...all.checks.map((one) => awaitingHosts(awaitingPerson(one, changes), changes, records)),
      ...delegations.flatMap((one) => one.checks),
      ...recordChecks(records, dns.changes, evidence),
      ...zoneNotes(spec.domain, records, dns.changes, survey.zones),
      ...leftovers.checks,
    ],
    unknown,
  };
}

/** What all systems found, together. */
function gather(findings: readonly Findings[]) {
  return {
    changes: findings.flatMap((one) => one.changes ?? []),
    claims: findings.flatMap((one) => one.claims ?? []),
    later: findings.flatMap((one) => one.later ?? []),
    conflicts: findings.flatMap((one) => one.conflicts ?? []),
    checks: findings.flatMap((one) => one.checks ?? []),
    about: findings.flatMap((one) => one.about ?? []),
    left: findings.flatMap((one) => one.left ?? []),
  };
}

/** What becomes ours without being touched: the ledger alone changes. */
function claiming(claim: Claim): Change {
  return {
    id: `ledger ${claim.id}`,
    system: 'ledger',
    verb: 'create',
    what: `${claim.id.replace(/^dns /, '')}: counted as ours (${claim.why})`,
    effect: 'nothing visible: only our own memory changes',
    after: claim.value,
    owns: { [claim.id]: claim.value },
    by: 'us',
    undo: 'inverse',
    marks: true,
  };
}

/** Each zone merges what lies in it. */
function mergeZones({ spec, survey, records, evidence }: PlanInput): Merged {
  const parts = readable(survey.zones).map((view) => {
    const desired = records.filter((want) => zoneOf(want.record.name, survey.zones) === view);
    const names = new Set(desired.map((want) => want.record.name));
    const isMeant = (name: string) => names.has(name) || names.has(name.slice(0, -view.zone.name.length - 1));
    return mergeRecords({
      desired,
      live: view.live.filter((record) => isMeant(record.name)),
      owned: survey.owned,
      limits: view.provider.limits,
      zone: view.zone.name,
      takeOverMx: spec.consents.takeOverMx,
      adopt: spec.consents.adopt,
      overwrite: spec.consents.overwrite,
      mergeSeveral: spec.consents.mergeSeveral,
      addReports: spec.dmarc.reports === 'add',
      ...(spec.consents.applyDmarc ? { raiseDmarc: spec.dmarc.policy } : {}),
      spfTree: evidence.spfTree,
    });
  });
  return merged({
    changes: parts.flatMap((part) => part.changes),
    conflicts: parts.flatMap((part) => part.conflicts),
    claims: parts.flatMap((part) => part.claims),
  });
}

/** What stands for each wanted record when the changes are made: the merged value, or what was there all the time. */
function publishedAfter(
  records: readonly DesiredRecord[],
  changes: readonly Change[],
  { live }: Evidence,
): readonly DnsRecord[] {
  return records.map(({ id, record }) => {
    const change = changes.find((one) => one.id === id && one.after !== undefined);
    if (change) return change.after as unknown as DnsRecord;
    const there = live.filter((one) => one.name === record.name && one.type === record.type);
    const alike = there.filter(
      ({ value }) => isSpf(value) === isSpf(record.value) && isDmarc(value) === isDmarc(record.value),
    );
    return there.find((one) => sameData(one, record)) ?? (record.type === 'TXT' ? alike[0] : undefined) ?? record;
  });
}

/** Values of others at the names and types of these records, but for those that a change takes away. */
function besides(
  published: readonly DnsRecord[],
  changes: readonly Change[],
  { live }: Evidence,
): readonly DnsRecord[] {
  const going = changes.flatMap((change) =>
    change.before === undefined ? [] : [change.before as unknown as DnsRecord],
  );
  return live
    .filter((record) => published.some((one) => one.name === record.name && one.type === record.type))
    .filter((record) => ![...published, ...going].some((one) => sameData(one, record)))
    .map(({ name, type, value, preference, ttl }) => ({
      name,
      type,
      value,
      ttl,
      ...(preference === undefined ? {} : { preference }),
    }));
}

export function plannedZone({ provider, zone }: ZoneView): PlannedZone {
  const { by, minTtl } = provider.limits;
  return { name: zone.name, provider: provider.name, by, nameServers: zone.nameServers, minTtl };
}

const NOTHING_TO_DO = '; nothing to do';

/** What is not set yet only because a person has to enter records first is on its way. By id: 'ses.mail-from' in a region is 'ses <region>/mail-from'. */
function awaitingPerson(one: Check, changes: readonly Change[]): Check {
  const open = changes.some((change) => change.by === 'person');
  if (open && one.status === 'pending' && one.next?.endsWith(NOTHING_TO_DO))
    return { ...one, next: one.next.slice(0, -NOTHING_TO_DO.length) };
  const id = `${one.system} ${one.region}/${one.id.split('.')[1]}`;
  const change = one.status === 'failed' ? changes.find((other) => other.id === id) : undefined;
  const first = changes.find((other) => other.by === 'person' && change?.waitsFor?.includes(other.id));
  if (!first) return one;
  const { fix: _fix, ...rest } = one;
  return { ...rest, status: 'pending', next: 'set by the run after its records have been entered' };
}

/** A host that refuses mail while the systems behind it have something left to do is not done yet. */
function awaitingHosts(one: Check, changes: readonly Change[], records: readonly DesiredRecord[]): Check {
  if (one.id !== 'mx.accepts' || one.status !== 'failed') return one;
  const systems = records.flatMap((want) => (want.firmness === 'mx' ? (want.waitsFor ?? []) : []));
  if (!changes.some((change) => systems.includes(change.system) && !change.sendsBy)) return one;
  const { fix: _fix, ...rest } = one;
  return { ...rest, status: 'pending', next: 'asked again when the mail hosts know the domain' };
}

/** The systems that could not be read, with the reason. */
export function unreadSystems(survey: Survey): Unknown[] {
  return [...survey.systems]
    .filter(([, system]) => system.problem !== undefined)
    .map(([system, { problem }]) => ({
      system,
      message: problem?.message ?? '',
      ...(problem?.fix ? { fix: problem.fix } : {}),
    }));
}

/** A plan's line about a zone: whose it is. */
export function aboutZone({ provider, zone }: ZoneView): string {
  if (provider.limits.by === 'person')
    return `DNS by hand, zone ${zone.name} at ${zone.nameServers.toSorted().join(', ')}`;
  return `DNS ${provider.name}, account ${zone.account}, zone ${zone.name}`;
}
