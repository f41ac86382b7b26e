import pc from 'picocolors';
import { ENTER_IT } from '../../core/by-hand.ts';
import type { CheckId } from '../../core/checks/check.ts';
import { groupChecks } from '../../core/checks/groups.ts';
import { withOneReason } from '../../core/checks/one-reason.ts';
import { CHECKS } from '../../core/checks/table.ts';
import type { RunReport } from '../../core/report.ts';
import { isBad } from '../../domains/prove.ts';
import type { Sent } from '../../domains/send-test.ts';
import { showToEnter } from './show-to-enter.ts';

const MARK = { ok: pc.green('✓'), pending: pc.yellow('…'), failed: pc.red('✗'), unknown: pc.yellow('?') } as const;
/** Longer than any honest record. */
const MOST_SEEN = 2000;
const ORDER = { failed: 0, unknown: 1, pending: 2, ok: 3 } as const;

/**
 * What is true now, worst first, and how the run ended. Where the plan was shown and nothing was done, it has said everything already:
 * only the end is told.
 */
export function showReport(report: RunReport, planShown: boolean): string {
  const lines: string[] = [];
  const untouched = report.operations.every((operation) => operation.outcome === 'planned');
  if (planShown && untouched && (report.status === 'conflict' || report.status === 'waiting')) return end(report);
  const checks = withOneReason(report.checks).toSorted((a, b) => ORDER[a.status] - ORDER[b.status]);
  const width = Math.max(15, ...checks.map((one) => placeOf(one).length));
  lines.push(...showGood(checks, width));
  const byHand = report.operations.filter((one) => one.by === 'person' && one.outcome === 'planned');
  const open = checks.filter((one) => one.status !== 'ok' && one.next !== ENTER_IT);
  // A check is a page, by standard; after a run it is the worst that counts.
  const isPage = report.command === 'check' && open.length > 1;
  for (const [title, some] of isPage ? groupChecks(open) : [['', open] as const]) {
    if (title !== '') lines.push('', pc.bold(title));
    lines.push(...some.flatMap((check) => showOpen(check, width)));
  }
  lines.push(...showHeld(report.operations.filter((one) => one.outcome === 'held')));
  for (const { what, why } of report.left) lines.push(`${pc.dim('=')} stays: ${what}: ${why}`);
  for (const sent of report.sent as unknown as Sent[]) lines.push(...showSent(sent));
  for (const proof of report.proofs ?? []) lines.push(...showProof(proof));
  for (const error of report.errors) {
    lines.push(`${pc.red('✗')} ${error.message}`);
    if (error.fix) lines.push(`    ${pc.dim('→')} ${error.fix}`);
  }
  if (byHand.length > 0) lines.push('', ...showToEnter(report.domain, report.zones, byHand));
  lines.push('', end(report));
  return lines.join('\n');
}

/** What is not well: what was seen, why it matters, and the way out. */
function showOpen(check: RunReport['checks'][number], width: number): string[] {
  const isRemark = check.status === 'failed' && check.severity !== 'blocker' && check.severity !== 'error';
  // What is only good to know is not counted among what is worth a look.
  const remark = check.severity === 'info' ? pc.dim('·') : pc.yellow('!');
  // Whoever is to put it right needs all of it: a record's fault may stand at its end.
  const seen = shorten(said(check), MOST_SEEN);
  return [
    `${isRemark ? remark : MARK[check.status]} ${where(check, width)} ${check.id.padEnd(23)} ${check.name ?? ''}  ${pc.dim(seen)}`,
    ...(check.status === 'failed' ? [`    ${wanted(check)}${check.why}`] : []),
    ...(check.fix ? [`    ${pc.dim('→')} ${check.fix}`] : []),
    ...(check.next ? [`    ${pc.dim('→')} ${check.next}`] : []),
  ];
}

/** What was expected, where that is more than what the check asks. */
function wanted({ id, expected }: RunReport['checks'][number]): string {
  const { title } = CHECKS[id as CheckId] ?? {};
  return expected === title ? '' : `expected ${expected}. `;
}

/** How a message travelled, and what its receiver found. */
function showProof(proof: NonNullable<RunReport['proofs']>[number]): string[] {
  const { direction, through, to, seconds, hops = [], folder, by, spf, dkim, dmarc, error } = proof;
  if (error) return [];
  const way = direction === 'in' ? `${through} → ${to}` : `${through} → ${to} (out)`;
  const verdict =
    by === undefined ? 'its receiver wrote no verdict' : `SPF ${spf}, DKIM ${dkim}, DMARC ${dmarc}, says ${by}`;
  const mark = isBad(proof) ? pc.red('✗') : pc.green('✓');
  const where = folder === undefined || folder === 'INBOX' ? '' : pc.yellow(` (in ${folder})`);
  return [
    `${mark} ${way}${where}  ${pc.dim(`${seconds} s`)}  ${verdict}`,
    ...(hops.length > 0 ? [pc.dim(`    by ${hops.join(' → ')}`)] : []),
  ];
}

/** What waits: several things that wait for the same are named under it. */
function showHeld(held: RunReport['operations']): string[] {
  const groups = Map.groupBy(held, (one) => one.waitsFor ?? 'not yet');
  return [...groups].flatMap(([reason, all]) =>
    all.length < 3
      ? all.map(({ what }) => `${pc.yellow('…')} ${what}: ${reason}`)
      : [
          `${pc.yellow('…')} ${all.length} things: ${reason}`,
          ...all.map(({ verb, what }) => pc.dim(`    ${SIGNS[verb]} ${what}`)),
        ],
  );
}

const SIGNS = { create: '+', update: '~', delete: '-' } as const;

/** A run that was interrupted: what it saw before is no news; what it made, and how to go on, is. */
export function showStopped(reports: readonly RunReport[], goOn: string): string {
  const all = reports.flatMap((report) => report.operations);
  const made = all.filter((one) => one.outcome === 'done' || one.outcome === 'kept').length;
  const lines = all.flatMap((one) => (one.error ? [`${pc.red('✗')} ${one.what}: ${one.error.message}`] : []));
  return [
    ...lines,
    pc.yellow(`Stopped by you: ${made} of ${all.length} changes made. What is done stays.`),
    `${pc.dim('→')} to go on: ${goOn}`,
    ...(made > 0 ? [`${pc.dim('→')} to take it back: mailwright undo ${reports[0]?.run ?? ''}`] : []),
  ].join('\n');
}

/** How it ended, and what to do next. */
function end(report: RunReport): string {
  const { command, status } = report;
  const begun = report.operations.some((operation) => operation.outcome === 'done');
  switch (status) {
    case 'done':
      return pc.green(`✓ ${endOfDone(report)}`);
    case 'failed':
      return pc.red('✗ Something needs you: see above.');
    case 'usage':
      return pc.red('✗ Not run.');
    case 'pending':
      return pc.yellow(`… ${endOfPending(report)}`);
    case 'conflict':
      if (command === 'check') return pc.red('✗ Something stands in the way of `mailwright up`: see above.');
      return pc.red(begun ? '✗ Stopped at a conflict; what is done stays.' : '✗ Stopped before anything was touched.');
    case 'waiting':
      if (command === 'plan') return pc.yellow('Nothing was touched. To do it: mailwright up.');
      if (command === 'down' && !begun)
        return pc.yellow(`Nothing was touched. To do it: mailwright down ${report.domain}.`);
      return pc.yellow(
        begun
          ? 'What is done stays; the rest waits for approval: run again.'
          : 'Nothing was touched: the changes wait for approval (at a terminal, or --yes).',
      );
  }
}

function endOfDone({ command, left, warnings, operations, checks }: RunReport): string {
  if (command === 'adopt') return 'Ours from now; nothing that mail could notice was changed.';
  if (command === 'undo') return left.length > 0 ? 'Taken back, but for what stays.' : 'Taken back whole.';
  if (command === 'down')
    return left.length > 0 ? 'Down, but for what stays.' : 'Down: nothing of it is ours any more.';
  if (command === 'rotate' && operations.length === 0) return 'Nothing to rotate: every key is long already.';
  // What the wish is not about leaves a run done.
  const beside = checks.filter(
    ({ status, severity }) => status === 'failed' && ['blocker', 'error'].includes(severity),
  );
  if (beside.length > 0)
    return `What was asked for works; beside it ${beside.length > 1 ? `${beside.length} things need` : 'something needs'} you (✗).`;
  if (warnings.length === 0) return 'Everything is as it should be.';
  return `Everything works; ${warnings.length} ${warnings.length > 1 ? 'things are' : 'thing is'} worth a look (!).`;
}

function endOfPending({ command, operations, domain, checks }: RunReport): string {
  if (command === 'down') return `The rest goes when its time has come: run \`mailwright down ${domain}\` again then.`;
  if (command !== 'undo' && operations.some((one) => one.by === 'person' && one.outcome === 'planned'))
    return `Enter these records at the DNS host; then run again: mailwright up ${domain}. With --wait it watches for them.`;
  if (command === 'undo') return 'Not all could be taken back yet: run again later.';
  if (command === 'up') return 'On its way. Run again later, or use --wait.';
  if (command === 'check' && !checks.some(({ status }) => status === 'pending'))
    return 'Not all could be looked at: what is marked ? says why.';
  return 'On its way. `mailwright check` says when all is there.';
}

/** What is well, one line for each kind: '✓ dns  dkim.cname  3 names'. */
function showGood(checks: readonly ReportCheck[], width: number): string[] {
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
    return [`${MARK.ok} ${where(first, width)} ${first.id.padEnd(23)} ${name}  ${pc.dim(shorten(said))}`];
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

function where(check: ReportCheck, width: number): string {
  return pc.dim(placeOf(check).padEnd(width));
}

function placeOf({ system, region }: ReportCheck): string {
  return region ? `${system} ${region}` : system;
}

function said(check: ReportCheck): string {
  return [...new Set(check.seen.map((one) => one.value))].join(' / ');
}

function seen(check: ReportCheck): string {
  return shorten(said(check));
}

function shorten(text: string, most = 90): string {
  return text.length > most ? `${text.slice(0, most - 3)}…` : text;
}
