import type { Check } from '../core/checks/check.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import { mergeRecords } from '../core/merge.ts';
import type { Announced, Change, Conflict, DesiredRecord } from '../core/resource.ts';
import { cutConflicts, recordChecks, zoneChecks } from './dns-checks.ts';
import type { Evidence, Survey, Wanted } from './survey.ts';

/** What one look at the world says is to be done. Pure data: printed, compared, approved, written down. */
export interface Plan {
  readonly domain: string;
  /** The accounts and zones that are about to be touched. */
  readonly about: readonly string[];
  readonly changes: readonly Change[];
  readonly later: readonly Announced[];
  readonly conflicts: readonly Conflict[];
  readonly checks: readonly Check[];
  /** All records that are wanted, live or not. */
  readonly records: readonly DesiredRecord[];
  /** Systems that could not be read, by name. */
  readonly unknown: readonly { readonly system: string; readonly message: string; readonly fix?: string }[];
}

/** Merges what all systems want over what is live. Pure. */
export function planRound(spec: DomainSpec, survey: Survey, wanted: Wanted, evidence: Evidence): Plan {
  const systemChanges = wanted.findings.flatMap((findings) => findings.changes ?? []);
  const conflicts = wanted.findings.flatMap((findings) => findings.conflicts ?? []);
  const checks = wanted.findings.flatMap((findings) => findings.checks ?? []);
  const { zone } = survey;
  const unknown = [...survey.systems]
    .filter(([, system]) => system.problem !== undefined)
    .map(([system, { problem }]) => ({
      system,
      message: problem?.message ?? '',
      ...(problem?.fix ? { fix: problem.fix } : {}),
    }));
  if ('problem' in zone) {
    const { code, kind, message, fix } = zone.problem;
    if (kind === 'unknown') unknown.push({ system: 'dns', message, ...(fix ? { fix } : {}) });
    else conflicts.push({ code, system: 'dns', name: spec.domain, message, fix: fix ?? 'Correct it, then run again.' });
    return {
      domain: spec.domain,
      about: about(wanted),
      changes: systemChanges,
      later: later(wanted),
      conflicts,
      checks,
      records: wanted.records,
      unknown,
    };
  }
  const merged = mergeRecords({
    desired: wanted.records,
    live: evidence.live,
    owned: survey.owned,
    limits: zone.provider.limits,
    zone: zone.zone.name,
    takeOverMx: spec.consents.takeOverMx,
    ...(spec.consents.applyDmarc ? { raiseDmarc: spec.dmarc.policy } : {}),
    spfTree: evidence.spfTree,
  });
  const delegated = zoneChecks(spec, zone.zone, zone.delegation, zone.provider.name);
  return {
    domain: spec.domain,
    about: [...about(wanted), `DNS ${zone.provider.name}, account ${zone.zone.account}, zone ${zone.zone.name}`],
    changes: [...systemChanges, ...merged.changes],
    later: later(wanted),
    conflicts: [
      ...conflicts,
      ...cutConflicts(wanted.records, zone.zone, zone.live),
      ...merged.conflicts,
      ...delegated.conflicts,
    ],
    checks: [...checks, ...delegated.checks, ...recordChecks(wanted.records, merged.changes, evidence)],
    records: wanted.records,
    unknown,
  };
}

function about(wanted: Wanted): readonly string[] {
  return wanted.findings.flatMap((findings) => findings.about ?? []);
}

function later(wanted: Wanted): readonly Announced[] {
  return wanted.findings.flatMap((findings) => findings.later ?? []);
}
