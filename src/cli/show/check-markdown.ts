import { RECEIVERS } from '../../core/checks/compliance.ts';
import { groupChecks } from '../../core/checks/groups.ts';
import { withOneReason } from '../../core/checks/one-reason.ts';
import { escapeControls } from '../../core/records/txt.ts';
import type { RunReport } from '../../core/report.ts';

const MARK = { ok: '✅', failed: '❌', pending: '⏳', unknown: '❔', unseen: '➖' } as const;

/** What is true of domains, as Markdown: by standard, worst first, with what large receivers ask. */
export function checkMarkdown(reports: readonly RunReport[]): string {
  return `${reports.map(oneDomain).join('\n')}\n`;
}

function oneDomain(report: RunReport): string {
  const lines = [`# ${report.domain}`, '', `Status: **${report.status}**`];
  for (const error of report.errors)
    lines.push('', `❌ ${text(error.message)}${error.fix ? ` *${text(error.fix)}*` : ''}`);
  for (const [title, checks] of groupChecks(withOneReason(report.checks))) {
    lines.push('', `## ${title}`, '', '| | check | where | seen | what to do |', '|---|---|---|---|---|');
    for (const { id, status, severity, name, region, seen, why, fix, next } of checks) {
      const isRemark = status === 'failed' && severity !== 'blocker' && severity !== 'error';
      const word = isRemark ? (severity === 'info' ? 'ℹ️' : '⚠️') : MARK[status];
      const mark = status === 'failed' ? `${word} ${severity}` : word;
      const todo = status === 'ok' ? '' : [why, fix, next].filter((one) => one !== undefined).join(' ');
      lines.push(
        row(mark, code(id), code(region ?? name ?? ''), seen.map(({ value }) => code(value)).join(', '), text(todo)),
      );
    }
  }
  const { compliance = [], spf = [] } = report;
  if (spf.length > 0) lines.push('', '## SPF, look-up by look-up', '', ...spf.map(spfLine));
  if (compliance.length > 0) {
    lines.push(
      '',
      '## What receivers ask of bulk senders',
      '',
      `| | requirement | ${RECEIVERS.join(' | ')} | told by |`,
      '|---|---|---|---|---|---|',
    );
    for (const { what, status, demands, evidence } of compliance)
      lines.push(row(MARK[status], ...[what, ...RECEIVERS.map((one) => demands[one] ?? ''), evidence].map(text)));
  }
  return `${lines.join('\n')}\n`;
}

function spfLine({ depth, domain, term, record, state, lookups }: NonNullable<RunReport['spf']>[number]): string {
  // The term that leads there is a look-up itself, as it is counted in the findings.
  const cost = lookups + (term === undefined ? 0 : 1);
  return `${'  '.repeat(depth)}- ${code(term ?? domain)} (${cost}): ${record === undefined ? state : code(record)}`;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Sentences: nothing in them is Markdown or HTML. */
function text(value: string): string {
  return escapeControls(value).replace(/[\\`*[\]<>|~&]/g, '\\$&');
}

/** What a zone holds, letter by letter: no cell ends early, and no link, picture or name that is notified begins. */
function code(value: string): string {
  if (value === '') return '';
  // A bar in a table needs a backslash also here, and a backslash before it another.
  const shown = escapeControls(value).replace(/\\+\|?|\|/g, (run) =>
    run.endsWith('|') ? `${run.slice(0, -1).repeat(2)}\\|` : run,
  );
  const ticks = shown.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...ticks.map((run) => run.length)) + 1);
  const gap = ticks.length > 0 ? ' ' : '';
  return `${fence}${gap}${shown}${gap}${fence}`;
}
