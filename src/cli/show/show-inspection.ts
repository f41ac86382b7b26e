import pc from 'picocolors';
import type { Inspection, Recommendation } from '../../core/inspection.ts';
import { factLines } from './inspection-lines.ts';

const MARK: Readonly<Record<Recommendation['severity'], string>> = {
  error: pc.red('✗'),
  warning: pc.yellow('!'),
  advice: pc.dim('·'),
};
const WIDTH = 15;

/** The analysis for a terminal: each domain, then what they share, where they differ, what to do, and what could not be seen. */
export function showInspection(found: Inspection): string {
  const several = found.domains.length > 1;
  const lines = found.domains.flatMap((facts) => [
    '',
    pc.bold(facts.domain),
    ...factLines(facts).flatMap(({ title, words, unknown }) =>
      words.map(
        (text, index) =>
          `  ${pc.dim((index === 0 ? title : '').padEnd(WIDTH))} ${unknown ? pc.yellow(`? ${shorten(text)}`) : text}`,
      ),
    ),
  ]);
  if (several) lines.push('', pc.bold(`What they share (${found.domains.length} domains)`), ...sharedLines(found));
  if (several) lines.push('', pc.bold('Where they differ'), ...differenceLines(found));
  lines.push('', pc.bold('Recommendations'), ...recommendationLines(found));
  if (found.unseen.length > 0) lines.push('', pc.bold('What could not be seen'), ...unseenLines(found));
  return lines.slice(1).join('\n');
}

function sharedLines({ pattern }: Inspection): string[] {
  const there = pattern.filter(({ values }) => values.length > 0);
  const nowhere = pattern.filter(({ values }) => values.length === 0).map(({ title }) => title);
  const width = Math.max(...there.map(({ title }) => title.length), 4);
  return [
    ...there.map(
      ({ title, values, partial, unknown }) =>
        `  ${pc.green('=')} ${title.padEnd(width)}  ${values.join(', ')}${partial ? pc.yellow(', as far as it could be seen') : ''}${unknown.length > 0 ? pc.yellow(`  (not seen at ${unknown.join(', ')})`) : ''}`,
    ),
    ...(nowhere.length > 0 ? [`  ${pc.dim(`none of them: ${nowhere.join(', ')}`)}`] : []),
  ];
}

function differenceLines({ differences }: Inspection): string[] {
  if (differences.length === 0) return [pc.dim('  nowhere, as far as it could be seen')];
  return differences.flatMap(({ title, groups, unknown }) => [
    `  ${pc.yellow('≠')} ${title}`,
    ...groups.map(({ values, domains }) => {
      const width = Math.min(60, Math.max(...groups.map((group) => listed(group.values).length)));
      return `      ${listed(values).padEnd(width)}  ${pc.dim(shortened(domains))}`;
    }),
    ...(unknown.length > 0 ? [pc.yellow(`      ? ${shortened(unknown)}`)] : []),
  ]);
}

function listed(values: readonly string[]): string {
  return values.join(', ') || 'nothing';
}

function recommendationLines({ recommendations, domains }: Inspection): string[] {
  if (recommendations.length === 0) return [pc.dim('  none')];
  return recommendations.flatMap((one) => [
    `  ${MARK[one.severity]} ${one.what}${domains.length > 1 ? pc.dim(`  ${shortened(one.domains)}`) : ''}`,
    pc.dim(`      ${one.why}`),
    `      ${pc.dim('→')} ${one.fix}`,
  ]);
}

function unseenLines({ unseen }: Inspection): string[] {
  return unseen.map(
    ({ what, reason, domains }) =>
      `  ${pc.yellow('?')} ${what}${domains.length > 0 ? ` (${shortened(domains)})` : ''}: ${reason}`,
  );
}

/** Reasons are told whole at the end. */
function shorten(text: string): string {
  return text.length > 90 ? `${text.slice(0, 87)}…` : text;
}

function shortened(domains: readonly string[]): string {
  return domains.length > 6 ? `${domains.slice(0, 5).join(', ')} and ${domains.length - 5} more` : domains.join(', ');
}
