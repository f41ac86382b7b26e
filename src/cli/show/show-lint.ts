import pc from 'picocolors';
import type { LintReport } from '../../core/lint-report.ts';
import { escapeControls } from '../../core/records/txt.ts';

const MARK = {
  blocker: pc.red('✗ blocker'),
  error: pc.red('✗ error  '),
  warning: pc.yellow('! warning'),
  advice: pc.yellow('! advice '),
  info: pc.dim('· info   '),
} as const;

/** The findings, worst first, each with why and the way out. */
export function showLint({ findings, valid }: LintReport): string {
  const lines = findings.flatMap(({ id, severity, seen, why, fix }) => [
    `${MARK[severity]} ${id}: ${escapeControls(seen[0]?.value ?? '')}`,
    `            ${pc.dim(why)}`,
    ...(fix === undefined ? [] : [`          ${pc.dim('→')} ${fix}`]),
  ]);
  const end = valid
    ? `${pc.green('✓')} The record is valid${findings.length > 0 ? ', with remarks' : ''}.`
    : `${pc.red('✗')} The record is not valid.`;
  return [...lines, ...(lines.length > 0 ? [''] : []), end].join('\n');
}
