import { type Check, SEVERITIES, type Severity, worstStatus } from '../core/checks/check.ts';
import { compliance } from '../core/checks/compliance.ts';
import { describeUndo } from '../core/describe-undo.ts';
import { showValue } from '../core/dns.ts';
import { type Operation, type Proof, type RunReport, type RunStatus, STATUS_CODES } from '../core/report.ts';
import type { Change, Outcome } from '../core/resource.ts';
import type { RoundEvent } from '../planning/events.ts';
import type { Plan } from '../planning/plan.ts';
import { isBad } from './prove.ts';
import type { Sent } from './send-test.ts';

/** Collects what a run tells and makes its report. */
export function openReport(run: string, command: RunReport['command'], domain: string, now: () => number) {
  const startedAt = now();
  const operations = new Map<string, Operation & { began?: number }>();
  const lostAnswers = new Set<string>();
  let plan: Plan | undefined;
  let rounds = 0;

  return {
    take(event: RoundEvent): void {
      if (event.kind === 'planned') {
        plan = event.plan;
        rounds += 1;
      } else if (event.kind === 'applying') {
        operations.set(event.change.id, {
          ...toOperation(event.change),
          outcome: 'held',
          startedAt: new Date(now()).toISOString(),
          began: now(),
        });
      } else if (event.kind === 'settled') {
        const { outcome } = event;
        if (outcome.status === 'failed' && outcome.problem.kind === 'unknown') lostAnswers.add(event.change.id);
        operations.set(event.change.id, settled(event.change, event.outcome, operations.get(event.change.id), now()));
      }
    },
    held(reasons: ReadonlyMap<string, string>): void {
      for (const change of plan?.changes ?? []) {
        const reason = reasons.get(change.id);
        if (reason !== undefined)
          operations.set(change.id, { ...toOperation(change), outcome: 'held', waitsFor: reason });
      }
    },
    /** The last plan. */
    plan: () => plan,
    finish(status: RunStatus, more: { errors?: RunReport['errors']; sent?: RunReport['sent'] } = {}): RunReport {
      const endedAt = now();
      for (const change of plan?.changes ?? []) {
        if (!operations.has(change.id)) operations.set(change.id, { ...toOperation(change), outcome: 'planned' });
      }
      // An answer that was lost is found by looking: what the last plan no longer asks for is done.
      for (const [id, one] of operations) {
        const lost = one.error?.code !== undefined && lostAnswers.has(id);
        if (!lost || plan?.changes.some((change) => change.id === id)) continue;
        const { error: _lost, ...rest } = one;
        operations.set(id, { ...rest, outcome: 'done' });
      }
      const all = [...operations.values()].map(({ began: _began, ...operation }) => operation);
      return {
        version: 1,
        run,
        command,
        domain,
        status,
        exit: STATUS_CODES[status],
        about: [...(plan?.about ?? [])],
        zones: (plan?.zones ?? []).map(({ minTtl: _min, ...zone }) => ({
          ...zone,
          nameServers: [...zone.nameServers],
        })),
        operations: all,
        announced: [...(plan?.later ?? [])],
        records: all.filter((one) => one.system === 'dns' && one.outcome === 'done').map(toRecord),
        left: [...(plan?.left ?? [])],
        checks: [...(plan?.checks ?? [])] as RunReport['checks'],
        warnings: remarks(plan?.checks ?? []),
        errors: [
          ...(more.errors ?? []),
          ...(status === 'conflict' && !more.errors ? unanswered(plan) : []),
          ...errors(plan, all),
        ],
        sent: more.sent ?? [],
        timings: {
          startedAt: new Date(startedAt).toISOString(),
          endedAt: new Date(endedAt).toISOString(),
          ms: Math.round(endedAt - startedAt),
          rounds,
        },
      };
    },
  };
}

/** The report of a run that was refused before it could look: wrong input or account, a lock, a bug. */
export function refusedReport(
  command: RunReport['command'],
  domain: string,
  status: RunStatus,
  errors: RunReport['errors'],
  now: () => number,
): RunReport {
  return openReport('', command, domain, now).finish(status, { errors });
}

/** The report with what became of the test messages: one that was refused, or that a receiver did not pass, is a failure. */
export function withSent(report: RunReport, sent: readonly Sent[]): RunReport {
  const bad = sent.filter(
    (one) => one.error !== undefined || (one.verdict !== undefined && one.verdict.dmarc !== 'pass'),
  );
  const status = bad.length > 0 && report.status === 'done' ? 'failed' : report.status;
  const errors = sent.flatMap((one) => (one.error ? [one.error] : []));
  return {
    ...report,
    status,
    exit: STATUS_CODES[status],
    errors: [...report.errors, ...errors],
    sent: JSON.parse(JSON.stringify(sent)) as RunReport['sent'],
  };
}

/** How a run stands when nothing is left that it could do by itself. */
export function statusOf(plan: Plan, failed: boolean): RunStatus {
  if (failed) return 'failed';
  const checks = worstStatus(plan.checks);
  if (checks === 'failed') return 'failed';
  if (plan.changes.some((change) => change.by === 'person')) return 'pending';
  if (plan.unknown.length > 0 || checks !== 'ok') return 'pending';
  return 'done';
}

/** The report with what became of messages that were to prove the way. */
export function withProofs(report: RunReport, proofs: readonly Proof[]): RunReport {
  const bad = proofs.some(isBad);
  const status = bad && report.status === 'done' ? 'failed' : report.status;
  const errors = proofs.flatMap((one) => (one.error ? [one.error] : []));
  return { ...report, status, exit: STATUS_CODES[status], errors: [...report.errors, ...errors], proofs: [...proofs] };
}

/** The report with what an audit found beside the plan; `failOn`: from which severity on a finding is a failure, without it none is. */
export function withAudit(report: RunReport, found: readonly Check[], failOn: Severity | undefined): RunReport {
  const checks = [...report.checks, ...(found as RunReport['checks'])];
  const bad = failOn === undefined ? [] : SEVERITIES.slice(0, SEVERITIES.indexOf(failOn) + 1);
  const isBad = checks.some((one) => one.status === 'failed' && bad.includes(one.severity));
  const worst = worstStatus(found);
  const settled = failOn && report.status === 'done' && worst === 'unknown' ? 'pending' : report.status;
  // What stopped the look is said first.
  const status = ['conflict', 'usage'].includes(report.status) ? report.status : isBad ? 'failed' : settled;
  return {
    ...report,
    status,
    exit: STATUS_CODES[status],
    checks,
    warnings: [...report.warnings, ...remarks(found)],
    compliance: compliance(checks as readonly Check[]),
  };
}

function toOperation(change: Change): Operation {
  const { id, system, verb, what, effect, by, slip, before, after } = change;
  return {
    id,
    system,
    verb,
    what,
    effect,
    by,
    ...(slip === undefined ? {} : { slip }),
    ...(before === undefined ? {} : { before: before as Operation['before'] }),
    ...(after === undefined ? {} : { after: after as Operation['after'] }),
    undo: describeUndo(change),
    outcome: 'planned',
  };
}

function settled(
  change: Change,
  outcome: Outcome,
  running: (Operation & { began?: number }) | undefined,
  now: number,
): Operation {
  return {
    ...toOperation(change),
    outcome: outcome.status,
    ...(running?.startedAt === undefined ? {} : { startedAt: running.startedAt }),
    ...(running?.began === undefined ? {} : { ms: Math.round(now - running.began) }),
    ...(outcome.status === 'failed' ? { error: outcome.problem } : {}),
    ...(outcome.status !== 'failed' && outcome.learnt !== undefined
      ? { learnt: outcome.learnt as Operation['learnt'] }
      : {}),
  };
}

function toRecord(operation: Operation): RunReport['records'][number] {
  const data = (operation.after ?? operation.before) as unknown as {
    name: string;
    type: string;
    value: string;
    preference?: number;
  };
  return { name: data.name, type: data.type, value: showValue(data), verb: operation.verb };
}

function remarks(checks: readonly Check[]): RunReport['warnings'] {
  return checks
    .filter((check) => check.status === 'failed' && (check.severity === 'warning' || check.severity === 'advice'))
    .map((check) => ({
      code: check.id,
      message: `${check.region ? `${check.system} ${check.region}` : (check.name ?? check.system)}: ${check.seen.map((seen) => seen.value).join(', ')}. ${check.why}`,
      ...(check.fix ? { fix: check.fix } : {}),
    }));
}

/** What a blanket yes does not answer: where nothing else stopped a run, that did. */
function unanswered(plan: Plan | undefined): RunReport['errors'] {
  if (!plan || plan.conflicts.length > 0) return [];
  const questions = [...new Set(plan.changes.flatMap((change) => change.ask ?? []))];
  const typed = plan.changes.filter((change) => change.typed !== undefined);
  const open: RunReport['errors'] = [
    ...questions.map((message) => ({
      code: 'approval.question',
      message,
      fix: 'Run it at a terminal, without --yes, and answer.',
    })),
    ...typed.map(({ what }) => ({
      code: 'approval.typed',
      message: `${what}: not without a person.`,
      fix: 'Run it at a terminal, without --yes: the domain’s name is to be typed.',
    })),
  ];
  if (open.length > 0) return open;
  const message = 'The world changed on the way: there are changes now that were not in the approved plan.';
  return [{ code: 'approval.changed', message, fix: 'Run again to see and approve the new plan.' }];
}

function errors(plan: Plan | undefined, operations: readonly Operation[]): RunReport['errors'] {
  const conflicts = (plan?.conflicts ?? []).map(({ code, message, fix }) => ({ code, message, fix }));
  const failed = operations.flatMap((one) =>
    one.error ? [{ ...one.error, message: `${one.what}: ${one.error.message}` }] : [],
  );
  const unknown = (plan?.unknown ?? []).map((one) => ({
    code: `${one.system}.unknown`,
    message: one.message,
    ...(one.fix ? { fix: one.fix } : {}),
  }));
  return [...conflicts, ...failed, ...unknown];
}
