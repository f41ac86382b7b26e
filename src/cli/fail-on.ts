import { SEVERITIES, type Severity } from '../core/checks/check.ts';
import { Problem } from '../core/problem.ts';
import type { Flags } from './flags.ts';

/** From which severity on a finding makes the exit status 1; error without the flag. */
export function parseFailOn(flags: Flags): Severity {
  const text = (flags.text('fail-on') ?? 'error') as Severity;
  if (SEVERITIES.includes(text)) return text;
  throw new Problem('input', 'flag.fail-on', `--fail-on: "${text}" is no severity.`, {
    fix: `Write one of ${SEVERITIES.join(', ')}.`,
  });
}
