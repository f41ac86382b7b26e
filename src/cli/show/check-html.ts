import { RECEIVERS } from '../../core/checks/compliance.ts';
import { groupChecks } from '../../core/checks/groups.ts';
import { withOneReason } from '../../core/checks/one-reason.ts';
import { escapeControls } from '../../core/records/txt.ts';
import type { RunReport } from '../../core/report.ts';

const STYLE = `
:root { color-scheme: light dark; --ok: #1a7f37; --bad: #b3261e; --warn: #8a5a00; --soft: #666; --line: #8884 }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line) }
table.checks { table-layout: fixed } .checks th:nth-child(1) { width: 6.5rem } .checks th:nth-child(2) { width: 12rem } .checks th:nth-child(3) { width: 16rem } .checks td { overflow-wrap: anywhere } td:first-child { white-space: nowrap }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere } small { color: var(--soft) }
.ok { color: var(--ok) } .failed { color: var(--bad) } .warning, .advice, .info, .pending, .unknown { color: var(--warn) } .unseen { color: var(--soft) }
@media (prefers-color-scheme: dark) { :root { --ok: #57c278; --bad: #ff8a80; --warn: #e0b050; --soft: #aaa } }
`;
const WORD = {
  ok: '✓ ok',
  failed: '✗ failed',
  pending: '… pending',
  unknown: '? unknown',
  unseen: '– not visible',
} as const;
const LINE = 30;

/** What is true of domains, as one file that needs nothing else: by standard, the worst first, with a drawing of the SPF tree. */
export function checkHtml(reports: readonly RunReport[]): string {
  const title = reports.length === 1 ? (reports[0]?.domain ?? '') : `${reports.length} domains`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(title)}: mail authentication</title><style>${STYLE}</style></head>
<body>${reports.map(oneDomain).join('\n')}</body></html>
`;
}

function oneDomain(report: RunReport): string {
  const { spf = [], compliance = [], timings } = report;
  const groups = groupChecks(withOneReason(report.checks)).map(
    ([title, checks]) =>
      `<h2>${text(title)}</h2><table class="checks"><thead><tr><th>State</th><th>Check</th><th>Where</th><th>Seen, and what to do</th></tr></thead><tbody>${checks.map(checkRow).join('')}</tbody></table>`,
  );
  const errors = report.errors.map(
    ({ message, fix = '' }) => `<p class="failed">✗ ${text(message)} <small>${text(fix)}</small></p>`,
  );
  return [
    `<h1>${text(report.domain)}</h1><p>${text(tally(report.checks))} <small>seen ${text(timings.endedAt)}</small></p>`,
    ...errors,
    ...groups,
    spf.length > 0 ? `<h2>SPF tree</h2>${spfTree(spf)}` : '',
    compliance.length > 0 ? `<h2>What receivers ask of bulk senders</h2>${complianceTable(compliance)}` : '',
  ].join('\n');
}

/** '2 failed, 1 to look at, 1 to know, 12 ok' */
function tally(checks: RunReport['checks']): string {
  const isBad = ({ severity }: { severity: string }) => severity === 'blocker' || severity === 'error';
  const failed = checks.filter(({ status }) => status === 'failed');
  const counts = [
    [failed.filter(isBad).length, 'failed'],
    [failed.filter((one) => !isBad(one) && one.severity !== 'info').length, 'to look at'],
    [checks.filter(({ status }) => status === 'pending').length, 'on their way'],
    [checks.filter(({ status }) => status === 'unknown').length, 'could not be seen'],
    [failed.filter(({ severity }) => severity === 'info').length, 'to know'],
    [checks.filter(({ status }) => status === 'ok').length, 'ok'],
  ] as const;
  return counts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])).join(', ');
}

function checkRow({ id, status, severity, name, region, seen, why, fix, next }: RunReport['checks'][number]): string {
  const isBad = severity === 'blocker' || severity === 'error';
  const mark = isBad ? '✗' : severity === 'info' ? '·' : '!';
  const word = status === 'failed' ? `${mark} ${severity}` : WORD[status];
  const style = status === 'failed' && !isBad ? 'warning' : status;
  const words =
    status === 'ok'
      ? ''
      : `<br><small>${text(why)}</small>${[fix, next].map((one) => (one === undefined ? '' : `<br>→ ${text(one)}`)).join('')}`;
  const value = seen.map((one) => text(one.value)).join('<br>');
  return `<tr><td class="${style}">${word}</td><td><code>${text(id)}</code></td><td>${text(region ?? name ?? '')}</td><td><code>${value}</code>${words}</td></tr>`;
}

/** The record and what it draws in, each below what leads to it, with what it costs. */
function spfTree(lines: NonNullable<RunReport['spf']>): string {
  const rows = lines.map(({ depth, domain, term, lookups, state }, at) => {
    const [x, y] = [depth * 28 + 10, at * LINE + 18];
    const parent = lines.slice(0, at).findLastIndex((one) => one.depth === depth - 1);
    const way =
      parent < 0
        ? ''
        : `<path d="M${x - 22} ${parent * LINE + 24}V${y}H${x - 6}" fill="none" stroke="currentColor" opacity=".4"/>`;
    const colour = state === 'there' || state === 'macro' ? 'var(--ok)' : 'var(--bad)';
    // The term that leads there is a look-up itself, as it is counted in the findings.
    const cost = lookups + (term === undefined ? 0 : 1);
    const label = `${term ?? domain}  ${cost} ${cost === 1 ? 'look-up' : 'look-ups'}${state === 'there' ? '' : `, ${state}`}`;
    return `${way}<circle cx="${x}" cy="${y}" r="5" fill="${colour}"/><text x="${x + 12}" y="${y + 5}" fill="currentColor" font-size="14">${text(label)}</text>`;
  });
  const record = lines[0]?.record;
  return `${record === undefined ? '' : `<p><code>${text(record)}</code></p>`}<svg role="img" aria-label="SPF tree" width="100%" height="${lines.length * LINE + 10}">${rows.join('')}</svg>`;
}

function complianceTable(rows: NonNullable<RunReport['compliance']>): string {
  const body = rows.map(
    ({ what, status, demands, evidence }) =>
      `<tr><td class="${status}">${WORD[status]}</td><td>${text(what)}</td>${RECEIVERS.map((one) => `<td>${text(demands[one] ?? '')}</td>`).join('')}<td><small>${text(evidence)}</small></td></tr>`,
  );
  return `<table><thead><tr><th>State</th><th>Requirement</th>${RECEIVERS.map((one) => `<th>${one}</th>`).join('')}<th>Told by</th></tr></thead><tbody>${body.join('')}</tbody></table>`;
}

/** Whatever a zone holds stays text. */
function text(value: string): string {
  return escapeControls(value).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
