import { RECEIVERS } from '../../core/checks/compliance.ts';
import { groupChecks } from '../../core/checks/groups.ts';
import type { RunReport } from '../../core/report.ts';
import { escapeControls } from '../../core/txt.ts';

const MARK = { ok: '✅', failed: '❌', pending: '⏳', unknown: '❔', unseen: '➖' } as const;

/** What is true of domains, as Markdown: by standard, worst first, with what large receivers ask. */
export function checkMarkdown(reports: readonly RunReport[]): string {
  return `${reports.map(oneDomain).join('\n')}\n`;
}

function oneDomain(report: RunReport): string {
  const lines = [`# ${report.domain}`, '', `Status: **${report.status}**`];
  for (const error of report.errors)
    lines.push('', `❌ ${text(error.message)}${error.fix ? ` *${text(error.fix)}*` : ''}`);
  for (const [title, checks] of groupChecks(report.checks)) {
    lines.push('', `## ${title}`, '', '| | check | where | seen | what to do |', '|---|---|---|---|---|');
    for (const { id, status, severity, name, region, seen, why, fix, next } of checks) {
      const mark = status === 'failed' && severity !== 'blocker' && severity !== 'error' ? '⚠️' : MARK[status];
      const todo = status === 'ok' ? '' : [why, fix, next].filter((one) => one !== undefined).join(' ');
      lines.push(row(mark, `\`${id}\``, region ?? name ?? '', seen.map(({ value }) => value).join(', '), todo));
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
      lines.push(row(MARK[status], what, ...RECEIVERS.map((one) => demands[one] ?? ''), evidence));
  }
  return `${lines.join('\n')}\n`;
}

function spfLine({ depth, domain, term, record, state, lookups }: NonNullable<RunReport['spf']>[number]): string {
  const said = record === undefined ? state : `\`${text(record)}\``;
  return `${'  '.repeat(depth)}- ${term === undefined ? `**${domain}**` : `\`${text(term)}\``} (${lookups}): ${said}`;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(text).join(' | ')} |`;
}

/** Whatever a zone holds stays text: no cell ends early, no line, and no HTML begins. */
function text(value: string): string {
  return escapeControls(value).replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}
