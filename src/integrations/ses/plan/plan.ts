import { type Check, check } from '../../../core/checks/check.ts';
import { showValue } from '../../../core/dns.ts';
import type { DomainSpec, SesSpec } from '../../../core/domain-spec.ts';
import { Problem } from '../../../core/problem.ts';
import { dkimName } from '../../../core/records/dkim.ts';
import type { Announced, Change, Conflict, DesiredRecord, Findings, Owned } from '../../../core/resource.ts';
import type { RegionState, SesState } from '../state.ts';
import { sesChecks } from './checks.ts';
import { planDkim } from './dkim.ts';
import { OWN_KEY_CHANGE, planIdentity } from './identity.ts';
import { planLeftovers } from './leftovers.ts';
import { planMailFrom } from './mail-from.ts';
import { foreignHome, planMarks } from './marks.ts';
import { withWrittenKey } from './own-key.ts';
import { chooseParent } from './parent.ts';
import { planRotation } from './rotation.ts';
import { effectiveSet, planTenant } from './tenant.ts';
import { planVerification } from './verification.ts';

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
  /** What is ours already. */
  readonly owned: Owned;
}

/** Compares what is wanted of SES with what every region shows. Pure. */
export function planSes(spec: DomainSpec, seen: SesState, home: string, owned: Owned): Findings {
  const { ses } = spec;
  if (!ses) return {};
  const state = withWrittenKey(spec, seen, owned);
  const parts: Findings[] = [];
  const parent = chooseParent(spec, state);
  if ('conflict' in parent) parts.push({ conflicts: [parent.conflict] });

  for (const name of ses.regions) {
    const region = state.regions.get(name);
    if (!region || region instanceof Problem) {
      parts.push({ checks: [unreadable(spec, name, region)], partial: true });
      continue;
    }
    const plan: RegionPlan = {
      spec,
      ses,
      state,
      region,
      id: `ses ${name}`,
      account: state.caller.account,
      home,
      owned,
    };
    const foreign = foreignHome(plan);
    if (foreign) {
      parts.push({ conflicts: [foreign], partial: true });
      continue;
    }
    const found = [
      planTenant(plan),
      planIdentity(plan, parent),
      planDkim(plan, parent),
      planRotation(plan),
      planVerification(plan),
      planMailFrom(plan),
    ];
    parts.push(...found, planMarks(plan, found), { checks: sesChecks(spec, region, home, state.at) });
  }
  const all = <K extends 'changes' | 'records' | 'later' | 'checks' | 'conflicts' | 'claims'>(kind: K) =>
    parts.flatMap((part) => (part[kind] ?? []) as NonNullable<Findings[K]>[number][]);
  const changes = all('changes');
  const key = changes.some((change) => change.waitsFor?.includes(OWN_KEY_CHANGE)) ? [makesKey(spec)] : [];
  const records = unique(all('records'));
  const leftovers = planLeftovers(spec, state, owned, records);
  return {
    changes: [...key.flatMap((one) => one.changes), ...changes.toSorted(byOrder)],
    records,
    later: [...all('later'), ...key.flatMap((one) => one.later)],
    checks: [...all('checks'), ...(leftovers.checks ?? [])],
    conflicts: unique([...all('conflicts'), ...(leftovers.conflicts ?? []), ...clashes(all('records'))]),
    claims: all('claims'),
    holds: leftovers.holds ?? [],
    wanted: leftovers.wanted ?? [],
    // A region that was left and can't be read may use what is left over, too.
    ...(parts.some((part) => part.partial) || [...state.regions.values()].some((one) => one instanceof Problem)
      ? { partial: true as const }
      : {}),
    about: about(spec, state),
    account: state.caller.account,
  };
}

/** The key file that something of the plan waits for, and its record, whose value is known only then. */
function makesKey(spec: DomainSpec): { changes: readonly Change[]; later: readonly Announced[] } {
  const { selector = '', keyFile = '' } = spec.dkim ?? {};
  return {
    changes: [
      {
        id: OWN_KEY_CHANGE,
        system: 'ses',
        verb: 'create',
        what: `DKIM key of 2048 bits in ${keyFile} (kept when the run is undone)`,
        effect: 'nothing visible; keep a copy of the file where you keep secrets',
        after: { keyFile },
        by: 'us',
        undo: 'keep',
        owns: {},
      },
    ],
    later: [
      {
        verb: 'create',
        what: 'named once its key is made',
        type: 'TXT',
        under: dkimName(selector, spec.domain),
        count: 1,
      },
    ],
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
  'identity/marks',
  'identity/configuration-set',
  'dkim',
  'dkim-restart',
  'dkim-signing',
  'dkim-rotate',
  'verification-token',
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
