import { writeFileSync } from 'node:fs';
import type { RunReport } from '../core/report.ts';
import type { RoundEvent } from '../planning/events.ts';
import type { Flags } from './flags.ts';
import { showProgress } from './progress.ts';
import { showReport } from './show-report.ts';

/** Where a run's words go: to people on stdout, or, with --json, the report on stdout and the words on stderr. */
export function openOutput(flags: Flags, shows: { plan: boolean } = { plan: true }) {
  const json = flags.text('json');
  const toStdout = json === '-' || json === 'lines';
  const write = (line: string) => (toStdout ? process.stderr : process.stdout).write(`${line}\n`);
  const progress = showProgress(write);
  return {
    say: write,
    emit(event: RoundEvent) {
      if (json === 'lines') process.stdout.write(`${JSON.stringify({ ...event, at: new Date().toISOString() })}\n`);
      progress(event);
    },
    finish(report: RunReport): number {
      if (json === 'lines') process.stdout.write(`${JSON.stringify({ kind: 'done', report })}\n`);
      else if (json === '-') process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      else if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
      write(`\n${showReport(report, shows.plan)}`);
      if (json !== undefined && !toStdout) write(`Report: ${json}`);
      return report.exit;
    },
  };
}
