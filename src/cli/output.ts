import { fleetReport, type RunReport, type RunStatus, STATUS_CODES } from '../core/report.ts';
import { refusedReport } from '../domains/report.ts';
import type { RoundEvent } from '../planning/events.ts';
import type { Flags } from './flags.ts';
import { problemsOf, showProblems } from './problems.ts';
import { toJson, writeResult } from './result-file.ts';
import { showProgress } from './show/progress.ts';
import { showFleet } from './show/show-fleet.ts';
import { showReport, showStopped } from './show/show-report.ts';

interface Ending {
  /** Nothing is said to people. */
  readonly quiet?: boolean;
  /** The run was interrupted; how to go on. */
  readonly stopped?: string | undefined;
}

/** Where a run's words go: to people on stdout, or, with --json, the report on stdout and the words on stderr. */
export function openOutput(flags: Flags, shows: { plan: boolean } = { plan: true }) {
  const json = flags.text('json');
  const toStdout = json === '-' || json === 'lines';
  // A report that can't be written is told before anything is done.
  if (json !== undefined && !toStdout) writeResult('--json', json, '');
  const write = (line: string) => (toStdout ? process.stderr : process.stdout).write(`${line}\n`);
  const progress = showProgress(write);
  const lines = (event: RoundEvent) => {
    if (json === 'lines') process.stdout.write(`${toJson({ ...event, at: new Date().toISOString() })}\n`);
  };
  return {
    say: write,
    emit(event: RoundEvent) {
      lines(event);
      progress(event);
    },
    /** For commands that show no plan: only what is waited for. */
    progress(event: RoundEvent) {
      lines(event);
      if (event.kind === 'waiting') progress(event);
    },
    /** One domain's report as such, several as one. The answer is the exit status. */
    finish(reports: readonly RunReport[], { quiet = false, stopped }: Ending = {}): number {
      const [only, second] = reports;
      const whole = only !== undefined && second === undefined ? only : fleetReport(reports);
      print(json, whole);
      if (stopped !== undefined) write(`\n${showStopped(reports, stopped)}`);
      else if (!quiet) write(`\n${only && !second ? showReport(only, shows.plan) : showFleet(reports)}`);
      if (json !== undefined && !toStdout && !quiet) write(`Report: ${json}`);
      return whole.exit;
    },
  };
}

/** Runs a command; with --json also a refusal (wrong input or account, a lock) is a report. The answer is the exit status. */
export async function withReport(
  flags: Flags,
  command: RunReport['command'],
  act: () => Promise<number>,
): Promise<number> {
  try {
    return await act();
  } catch (error) {
    const problems = problemsOf(error);
    const exit = showProblems(problems);
    const json = flags.text('json');
    if (json !== undefined) {
      const status = (Object.keys(STATUS_CODES) as RunStatus[]).find((one) => STATUS_CODES[one] === exit) ?? 'failed';
      const errors = problems.map(({ code, message, fix }) => ({
        code,
        message,
        ...(fix === undefined ? {} : { fix }),
      }));
      print(json, refusedReport(command, flags.words[0] ?? flags.text('domain') ?? '', status, errors, Date.now));
    }
    return exit;
  }
}

function print(json: string | undefined, report: object): void {
  if (json === 'lines') process.stdout.write(`${toJson({ kind: 'done', report })}\n`);
  else if (json === '-') process.stdout.write(`${toJson(report, 2)}\n`);
  else if (json !== undefined) writeResult('--json', json, `${toJson(report, 2)}\n`);
}
