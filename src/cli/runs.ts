import type { ArgsDef } from 'citty';
import pc from 'picocolors';
import { openRuns } from '../app/runs.ts';
import { describeUndo } from '../core/describe-undo.ts';
import { Problem } from '../core/problem.ts';
import { type RunSummary, readRuns, summarise } from '../domains/runs.ts';
import { type Flags, readFlags } from './flags.ts';
import { printResult } from './result-file.ts';

export const args = {
  run: { type: 'positional', required: false, description: 'A run, to see what it did' },
  domain: { type: 'string', description: 'Only runs of this domain', valueHint: 'DOMAIN' },
  all: { type: 'boolean', description: 'All runs, not only the last twenty' },
  state: { type: 'string', description: 'Folder of journals, ownership and locks', valueHint: 'DIR' },
  json: { type: 'string', description: 'Print them as JSON; =FILE writes it', valueHint: '[=FILE]' },
} as const satisfies ArgsDef;

/** Lists what was done, newest first, or shows one run. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const [id] = flags.words;
  return id === undefined ? listRuns(flags) : showRun(flags, id);
}

async function listRuns(flags: Flags): Promise<number> {
  const ground = await openRuns(flags.text('state'));
  const limit = flags.on('all') ? {} : { limit: 20 };
  const runs = await readRuns(ground, { domain: flags.text('domain'), ...limit });
  const json = flags.text('json');
  if (json !== undefined) {
    printResult(json, runs);
    return 0;
  }
  if (runs.length === 0) console.log(`No runs in ${ground.folder}.`);
  for (const one of runs) console.log(showLine(one));
  if (runs.some((one) => one.status === 'unfinished'))
    console.log(
      pc.dim('\nunfinished: killed, or still at work. `mailwright up` finishes it, `mailwright undo` takes it back.'),
    );
  return 0;
}

function showLine(one: RunSummary): string {
  const done = one.changes.filter(({ outcome }) => outcome?.status === 'done').length;
  const domains =
    one.domains.length > 2 ? `${one.domains[0]} and ${one.domains.length - 1} more` : one.domains.join(', ');
  const more = one.undoneBy ? `undone by ${one.undoneBy}` : one.undoes ? `of ${one.undoes}` : '';
  return `${one.run}  ${pc.dim(one.at.slice(0, 16).replace('T', ' '))}  ${one.verb.padEnd(6)}  ${colour(one.status)}  ${String(done).padStart(3)} changes  ${domains}  ${pc.dim(more)}`;
}

function colour(status: string): string {
  const text = status.padEnd(10);
  if (status === 'done') return pc.green(text);
  return ['failed', 'conflict', 'unfinished'].includes(status) ? pc.red(text) : pc.yellow(text);
}

async function showRun(flags: Flags, id: string): Promise<number> {
  const ground = await openRuns(flags.text('state'));
  const found = summarise(id, (await ground.runs.read(id)) ?? []);
  if (!found) {
    throw new Problem('input', 'runs.missing', `There is no run "${id}" in ${ground.folder}.`, {
      fix: '`mailwright runs` lists them; --state names another folder.',
    });
  }
  const json = flags.text('json');
  if (json !== undefined) {
    printResult(json, found);
    return 0;
  }
  console.log(`${pc.bold(`${found.verb} ${found.domains.join(', ')}`)}  ${found.at}  ${colour(found.status)}`);
  for (const { domain, change, outcome } of found.changes) {
    const mark = outcome
      ? { done: pc.green('✓'), kept: pc.dim('='), failed: pc.red('✗') }[outcome.status]
      : pc.yellow('?');
    const where = found.domains.length > 1 ? pc.dim(` (${domain})`) : '';
    console.log(`${mark} ${change.verb} ${change.what}${where}${pc.dim(` · undo: ${describeUndo(change)}`)}`);
    if (outcome?.status === 'failed') console.log(`    ${outcome.problem.message}`);
    if (!outcome) console.log(pc.dim('    begun; nobody knows how it went: the next run finds out by looking'));
  }
  console.log(pc.dim(`\nTo take it back, as far as nobody changed it since: mailwright undo ${found.run}`));
  return 0;
}
