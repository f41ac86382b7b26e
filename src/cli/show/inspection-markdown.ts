import type { Inspection } from '../../core/inspection.ts';
import { factLines } from './inspection-lines.ts';

/** The analysis for a wiki or a pull request. */
export function inspectionMarkdown(found: Inspection): string {
  const { domains, pattern, differences, recommendations, unseen } = found;
  const lines = ['# Inspection', ''];
  if (domains.length > 1) {
    lines.push('## What they share', '', '| aspect | all of them | not seen at |', '|---|---|---|');
    for (const one of pattern)
      lines.push(
        row(
          one.title,
          `${code(one.values)}${one.partial ? ', as far as it could be seen' : ''}`,
          one.unknown.join(', '),
        ),
      );
    lines.push('', '## Where they differ', '');
    if (differences.length === 0) lines.push('Nowhere, as far as it could be seen.');
    else lines.push('| aspect | value | domains |', '|---|---|---|');
    for (const { title, groups, unknown } of differences) {
      for (const { values, domains } of groups) lines.push(row(title, code(values), domains.join(', ')));
      if (unknown.length > 0) lines.push(row(title, 'unknown', unknown.join(', ')));
    }
    lines.push('');
  }
  lines.push('## Recommendations', '');
  if (recommendations.length === 0) lines.push('None.');
  for (const one of recommendations)
    lines.push(`- **${one.severity}**: ${one.what} (${one.domains.join(', ')}). ${one.why} *${one.fix}*`);
  if (unseen.length > 0) lines.push('', '## What could not be seen', '');
  for (const { what, reason, domains } of unseen)
    lines.push(`- ${what}${domains.length > 0 ? ` (${domains.join(', ')})` : ''}: ${reason}`);
  for (const facts of domains) {
    lines.push('', `## ${facts.domain}`, '', '| | |', '|---|---|');
    for (const { title, words, unknown } of factLines(facts))
      lines.push(row(title, unknown ? words.join(' ') : words.map((word) => `\`${word}\``).join('<br>')));
  }
  return `${lines.join('\n')}\n`;
}

function code(values: readonly string[]): string {
  return values.length > 0 ? values.map((value) => `\`${value}\``).join('<br>') : 'none';
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
