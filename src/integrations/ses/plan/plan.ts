import { type Check, check } from '../../../core/checks/check.ts';
import { showValue } from '../../../core/dns.ts';
import type { DomainSpec, SesSpec } from '../../../core/domain-spec.ts';
import { Problem } from '../../../core/problem.ts';
import type { Announced, Change, Conflict, DesiredRecord, Findings } from '../../../core/resource.ts';
import { sesChecks } from './checks.ts';
import { chooseParent, planIdentity } from './identity.ts';
import { planMailFrom } from './mail-from.ts';
import { effectiveSet, planTenant } from './tenant.ts';
import type { RegionState, SesState } from '../state.ts';

/** What one region's planners share. */
export interface RegionPlan {
  readonly spec: DomainSpec;
  readonly ses: SesSpec;
  readonly state: SesState;
  readonly region: RegionState;
  /** 'ses us-east-1' */
  readonly id: string;
  readonly account: string;
  /** The installation that tags what it makes. */
  readonly home: string;
}

/** Compares what is wanted of SES with what every region shows. Pure. */
export function planSes(spec: DomainSpec, state: SesState, home: string): Findings {
  const { ses } = spec;
  if (!ses) return {};
  const changes: Change[] = [];
  const records: DesiredRecord[] = [];
  const later: Announced[] = [];
  const checks: Check[] = [];
  const conflicts: Conflict[] = [];
  const parent = chooseParent(ses, state);
  if ('conflict' in parent) conflicts.push(parent.conflict);

  for (const name of ses.regions) {
    const region = state.regions.get(name);
    if (!region || region instanceof Problem) {
      checks.push(unreadable(spec, name, region));
      continue;
    }
    const plan: RegionPlan = { spec, ses, state, region, id: `ses ${name}`, account: state.caller.account, home };
    const foreignHome = region.identity?.tags['mailwright:home'];
    if (foreignHome !== undefined && foreignHome !== home) {
      conflicts.push({
        code: 'ses.home',
        system: 'ses',
        name: spec.domain,
        message: `SES ${name}: the identity ${spec.domain} is kept by another Mailwright installation (${foreignHome}).`,
        fix: 'Run there, or share its state folder or database with this one.',
      });
      continue;
    }
    const parts = [planTenant(plan), planIdentity(plan, parent), planMailFrom(plan)];
    for (const part of parts) {
      changes.push(...(part.changes ?? []));
      records.push(...(part.records ?? []));
      later.push(...(part.later ?? []));
      checks.push(...(part.checks ?? []));
      conflicts.push(...(part.conflicts ?? []));
    }
    checks.push(...sesChecks(spec, region));
  }
  conflicts.push(...clashes(records));
  return {
    changes: changes.toSorted(byOrder),
    records: unique(records),
    later,
    checks,
    conflicts: unique(conflicts),
    about: about(spec, state),
  };
}

/** Two different records under one id: only one could be, so neither is chosen silently. */
function clashes(records: readonly DesiredRecord[]): Conflict[] {
  return records.flatMap((record, index) => {
    const other = records
      .slice(0, index)
      .find((one) => one.id === record.id && showValue(one.record) !== showValue(record.record));
    if (!other) return [];
    return [
      {
        code: 'ses.record-clash',
        system: 'ses',
        name: record.record.name,
        message: `${record.record.name} would need ${record.record.type} ${showValue(other.record)} for ${other.purpose} and ${showValue(record.record)} for ${record.purpose} at once.`,
        fix: 'Give each region a MAIL FROM name of its own (ses.mailFrom: per-region), or use ses.mailFrom: shared.',
      },
    ];
  });
}

/** The order in which a person would do it. */
const ORDER = [
  'configuration-set',
  'tenant',
  'identity',
  'identity/configuration-set',
  'dkim-restart',
  'tenant/identity',
  'tenant/configuration-set',
  'mail-from',
];

function byOrder(a: Change, b: Change): number {
  const [regionA = '', whatA = ''] = split(a.id);
  const [regionB = '', whatB = ''] = split(b.id);
  return regionA === regionB ? ORDER.indexOf(whatA) - ORDER.indexOf(whatB) : 0;
}

function split(id: string): [string, string] {
  const at = id.indexOf('/');
  return [id.slice(0, at), id.slice(at + 1)];
}

/** Replicas want the records of their parent: each is wanted once. */
function unique<T extends object>(all: readonly T[]): T[] {
  const seen = new Set<string>();
  return all.filter((one) => {
    const key = 'id' in one ? String(one.id) : JSON.stringify(one);
    return seen.has(key) ? false : seen.add(key);
  });
}

function unreadable(spec: DomainSpec, region: string, problem: Problem | undefined): Check {
  return check('ses.identity', {
    system: 'ses',
    region,
    name: spec.domain,
    status: 'unknown',
    expected: 'verified for sending',
    seen: [{ by: 'SES', value: problem?.message ?? 'not read' }],
    ...(problem?.fix === undefined ? {} : { next: problem.fix }),
  });
}

function about(spec: DomainSpec, state: SesState): string[] {
  const regions = (spec.ses?.regions ?? []).map((name) => {
    const region = state.regions.get(name);
    if (!region || region instanceof Problem) return `${name} (not readable)`;
    return `${name} (${region.account.production ? 'production' : 'SES sandbox: can write to verified addresses only'})`;
  });
  const set = spec.ses ? effectiveSet(spec.ses) : undefined;
  return [
    `AWS account ${state.caller.account} as ${state.caller.arn}`,
    `SES ${regions.join(', ')}`,
    ...(spec.ses?.tenant ? [`SES tenant ${spec.ses.tenant}${set ? `, configuration set ${set}` : ''}`] : []),
  ];
}
