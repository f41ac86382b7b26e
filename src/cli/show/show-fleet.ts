import pc from 'picocolors';
import type { RunReport } from '../../core/report.ts';

const MARK: Readonly<Record<RunReport['status'], string>> = {
  failed: pc.red('✗'),
  conflict: pc.red('✗'),
  usage: pc.red('✗'),
  pending: pc.yellow('…'),
  waiting: pc.yellow('±'),
  done: pc.green('✓'),
};
const ORDER: readonly RunReport['status'][] = ['failed', 'conflict', 'usage', 'pending', 'waiting', 'done'];

/** Domains in the order in which somebody has to look at them. */
export function worstFirst(reports: readonly RunReport[]): readonly RunReport[] {
  return reports.toSorted(
    (a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || a.domain.localeCompare(b.domain),
  );
}

/** Several domains, worst first, one line each with what matters most; then how many of each. */
export function showFleet(reports: readonly RunReport[]): string {
  const sorted = worstFirst(reports);
  const width = Math.min(40, Math.max(...sorted.map((report) => report.domain.length)));
  const lines = sorted.map(
    (report) =>
      `${MARK[report.status]} ${report.domain.padEnd(width)}  ${report.status.padEnd(8)}  ${pc.dim(reasonOf(report, reports))}`,
  );
  const counts = ORDER.map((status) => ({ status, n: reports.filter((one) => one.status === status).length }));
  const summary = counts.filter(({ n }) => n > 0).map(({ status, n }) => `${n} ${status}`);
  return [...lines, '', `${reports.length} domains: ${summary.join(', ')}.`].join('\n');
}

/** The one thing about a domain that a person should know: its first error, else what failed, else what is awaited. */
function reasonOf(report: RunReport, all: readonly RunReport[]): string {
  const [error] = report.errors;
  if (error) return shorten(error.message);
  const stopper = all.find((one) => one.status === 'conflict' || one.status === 'failed');
  const begun = report.operations.some((one) => one.outcome !== 'planned');
  if (report.status === 'waiting' && report.command !== 'plan' && stopper && !begun)
    return `not begun: ${stopper.domain} ${stopper.status === 'failed' ? 'failed' : 'is in conflict'}`;
  const of = (wanted: string) => report.checks.filter(({ severity }) => severity === wanted);
  const serious = [...of('blocker'), ...of('error')];
  const failed = serious.find((check) => check.status === 'failed') ?? serious.find((check) => check.status !== 'ok');
  const changes = report.operations.filter((one) => one.outcome === 'planned' || one.outcome === 'held').length;
  if (report.status === 'waiting' && changes > 0) return count(changes, 'change');
  if (failed) {
    const where = failed.region ? `${failed.system} ${failed.region}` : (failed.name ?? failed.system);
    return shorten(`${where}: ${failed.id} ${failed.status}, ${failed.seen.map((seen) => seen.value).join(', ')}`);
  }
  const warnings = report.warnings.length;
  if (changes > 0) return count(changes, 'change');
  return warnings > 0 ? `${count(warnings, 'warning')}: ${shorten(report.warnings[0]?.message ?? '')}` : '';
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 97)}…` : text;
}
