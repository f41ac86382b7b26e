import pc from 'picocolors';
import type { RunReport, RunStatus } from '../core/report.ts';
import type { Sent } from '../domains/send-test.ts';

const MARK = { ok: pc.green('✓'), pending: pc.yellow('…'), failed: pc.red('✗'), unknown: pc.yellow('?') } as const;
const END: Readonly<Record<RunStatus, string>> = {
  done: pc.green('✓ Everything is as it should be.'),
  failed: pc.red('✗ Something needs you: see above.'),
  usage: pc.red('✗ Not run.'),
  pending: pc.yellow('… On its way. Run again later, or use --wait.'),
  conflict: pc.red('✗ Stopped before anything was touched.'),
  waiting: pc.yellow('Changes wait for approval: run `mailwright up`.'),
};
const ORDER = { failed: 0, unknown: 1, pending: 2, ok: 3 } as const;

/**
 * What is true now, worst first, and how the run ended. Where the plan was shown and nothing was done, it has said everything already:
 * only the end is told.
 */
export function showReport(report: RunReport, planShown: boolean): string {
  const lines: string[] = [];
  const untouched = report.operations.every((operation) => operation.outcome === 'planned');
  if (planShown && untouched && (report.status === 'conflict' || report.status === 'waiting'))
    return END[report.status];
  const checks = report.checks.toSorted((a, b) => ORDER[a.status] - ORDER[b.status]);
  lines.push(...showGood(checks));
  for (const check of checks.filter((one) => one.status !== 'ok')) {
    const mark =
      check.status === 'failed' && check.severity !== 'blocker' && check.severity !== 'error'
        ? pc.yellow('!')
        : MARK[check.status];
    lines.push(`${mark} ${where(check)} ${check.id.padEnd(23)} ${check.name ?? ''}  ${pc.dim(seen(check))}`);
    if (check.status === 'failed') lines.push(`    expected ${check.expected}. ${check.why}`);
    if (check.fix) lines.push(`    ${pc.dim('→')} ${check.fix}`);
    if (check.next) lines.push(`    ${pc.dim('→')} ${check.next}`);
  }
  for (const operation of report.operations.filter((one) => one.outcome === 'held')) {
    lines.push(`${pc.yellow('…')} ${operation.what}: ${operation.waitsFor ?? 'not yet'}`);
  }
  for (const { what, why } of report.left) lines.push(`${pc.dim('=')} stays: ${what}: ${why}`);
  for (const sent of report.sent as unknown as Sent[]) lines.push(...showSent(sent));
  for (const error of report.errors) {
    lines.push(`${pc.red('✗')} ${error.message}`);
    if (error.fix) lines.push(`    ${pc.dim('→')} ${error.fix}`);
  }
  const done = report.operations.some((operation) => operation.outcome === 'done');
  lines.push(
    '',
    report.status === 'conflict' && done ? pc.red('✗ Stopped at a conflict; what is done stays.') : end(report),
  );
  return lines.join('\n');
}

function end({ command, status, left }: RunReport): string {
  if (status !== 'done') return END[status];
  if (command === 'adopt') return pc.green('✓ Ours from now; nothing that mail could notice was changed.');
  if (command !== 'undo') return END.done;
  return left.length > 0 ? pc.green('✓ Taken back, but for what stays.') : pc.green('✓ Taken back whole.');
}

/** What is well, one line for each kind: '✓ dns  dkim.cname  3 names'. */
function showGood(checks: readonly ReportCheck[]): string[] {
  const kinds = Map.groupBy(
    checks.filter((check) => check.status === 'ok'),
    (check) => `${check.system} ${check.region ?? ''} ${check.id}`,
  );
  return [...kinds.values()].flatMap((alike) => {
    const [first] = alike;
    if (!first) return [];
    const names = [...new Set(alike.map((check) => check.name))];
    const name = names.length > 1 ? `${names.length} names` : (first.name ?? '');
    const said = names.length > 1 ? names.join(', ') : seen(first);
    return [`${MARK.ok} ${where(first)} ${first.id.padEnd(23)} ${name}  ${pc.dim(shorten(said))}`];
  });
}

/** A test message: the receiver's verdict, or a forecast that says that it is one. */
function showSent(sent: Sent): string[] {
  if (sent.error) return [];
  const { spf, dkim, dmarc } = sent.verdict ?? sent.forecast ?? { spf: '?', dkim: '?', dmarc: '?' };
  const colour = (result: string) => (result === 'pass' ? pc.green(result) : pc.yellow(result));
  const said = `SPF ${colour(spf)}, DKIM ${colour(dkim)}, DMARC ${colour(dmarc)}`;
  const source = sent.verdict ? 'the receiver says' : 'forecast from published records and SES, not a receiver’s word:';
  return [
    `${pc.green('✉')} ${pc.dim(`ses ${sent.region}`.padEnd(15))} to ${sent.to}: ${source} ${said}`,
    pc.dim(`    SES message id ${sent.messageId}`),
  ];
}

type ReportCheck = RunReport['checks'][number];

function where(check: ReportCheck): string {
  return pc.dim((check.region ? `${check.system} ${check.region}` : check.system).padEnd(15));
}

function seen(check: ReportCheck): string {
  return shorten([...new Set(check.seen.map((one) => one.value))].join(' / '));
}

function shorten(text: string): string {
  return text.length > 90 ? `${text.slice(0, 87)}…` : text;
}
