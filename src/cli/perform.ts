import type { Loaded } from '../app/load-domain.ts';
import { openPlanner, type Planner } from '../app/planner.ts';
import type { RunReport } from '../core/report.ts';
import type { RunOptions } from '../domains/task.ts';
import { askPerson, askSecret } from './ask.ts';
import type { Flags } from './flags.ts';
import { openOutput } from './output.ts';
import { tellPasswords } from './passwords.ts';
import { makeSecretFile } from './secret-file.ts';
import { stopOnSignal } from './stop.ts';

/** What a command that makes a run says for itself. */
interface Performance {
  readonly flags: Flags;
  readonly loaded: Loaded;
  /** How to go on after Ctrl-C: a command, or words for one. */
  readonly goOn: string;
  readonly options?: Partial<RunOptions>;
  readonly act: (planner: Planner, options: RunOptions) => Promise<readonly RunReport[]>;
  /** Said after the report. */
  readonly afterwards?: (say: (line: string) => void) => void;
}

/** Opens what a run needs, shows it as it goes, ends it well on Ctrl-C, and prints the reports. The answer has the exit status. */
export async function perform({ flags, loaded, goOn, options, act, afterwards }: Performance) {
  const output = openOutput(flags);
  const path = flags.text('passwords-to');
  // Made before anything is done: one that can't be is told first.
  const passwords = path === undefined ? undefined : makeSecretFile('--passwords-to', path);
  const planner = await openPlanner(loaded.config, loaded.specs, {
    state: loaded.state,
    journal: 'file',
    askSecret: askSecret(),
  }).catch((error: unknown) => {
    passwords?.discard();
    throw error;
  });
  const interruption = stopOnSignal(() => output.say('\nStopping after the calls under way…'));
  try {
    const reports = await act(planner, {
      ask: askPerson({ yes: flags.on('yes'), say: output.say }),
      approvedBy: flags.on('yes') ? 'flag' : 'person',
      waitMs: 0,
      emit: output.emit,
      stop: interruption.signal,
      ...options,
    });
    const exit = output.finish(reports, { stopped: interruption.signal.aborted ? goOn : undefined });
    // To people alone: no report holds a password.
    await tellPasswords(planner, loaded.specs, reports, { file: passwords, path, say: output.say });
    afterwards?.(output.say);
    return { exit, reports };
  } finally {
    interruption.end();
    passwords?.discard();
    await planner.close();
  }
}
