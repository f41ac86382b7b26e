import type { ArgsDef } from 'citty';
import { loadReviewed } from '../app/load-domain.ts';
import { openRuns } from '../app/runs.ts';
import { Problem } from '../core/problem.ts';
import { readRuns, undo } from '../domains/undo.ts';
import { commandLine } from './command-line.ts';
import { type Flags, readFlags } from './flags.ts';
import { withReport } from './output.ts';
import { perform } from './perform.ts';

export const args = {
  run: { type: 'positional', required: true, description: 'The run, or several (mailwright runs lists them)' },
  domain: { type: 'string', description: 'Only this one of its domains', valueHint: 'DOMAIN' },
  yes: { type: 'boolean', description: 'Approve the way back' },
  state: { type: 'string', description: 'Folder of journals, ownership and locks', valueHint: 'DIR' },
  json: {
    type: 'string',
    description: 'Print the report as JSON; =FILE writes it, =lines prints every event',
    valueHint: '[=FILE]',
  },
} as const satisfies ArgsDef;

/** Takes runs back: what still is as they left it; the rest is named. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  return withReport(flags, 'undo', () => runUndo(flags, rawArgs));
}

async function runUndo(flags: Flags, rawArgs: readonly string[]): Promise<number> {
  const ids = flags.words;
  if (ids.length === 0) {
    throw new Problem('input', 'flag.words', 'Name the run that is to be undone.', {
      fix: '`mailwright runs` lists them, newest first.',
    });
  }
  const runs = await openRuns(flags.text('state'));
  const wanted = flags.text('domain');
  const undoables = (await readRuns(runs, ids)).filter(({ spec }) => wanted === undefined || spec.domain === wanted);
  if (undoables.length === 0)
    throw new Problem('input', 'runs.domain', `${ids.join(', ')} did nothing to ${wanted ?? 'any domain'}.`);
  const loaded = loadReviewed(
    undoables.map(({ spec }) => spec),
    flags.text('state'),
  );
  const { exit } = await perform({
    flags,
    loaded,
    goOn: commandLine('undo', rawArgs),
    act: (planner, options) => undo(ids, undoables, planner.resources, planner.ground, options),
  });
  return exit;
}
