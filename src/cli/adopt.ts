import type { ArgsDef } from 'citty';
import pc from 'picocolors';
import { loadDomains } from '../app/load-domain.ts';
import { openPlanner } from '../app/planner.ts';
import { adopt } from '../domains/adopt.ts';
import { askPerson } from './ask.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { type Flags, readFlags } from './flags.ts';
import { openOutput, withReport } from './output.ts';
import { stopOnSignal } from './stop.ts';

export const args = {
  word: { type: 'positional', required: false, description: 'The domains' },
  ...DOMAIN_ARGS,
  yes: { type: 'boolean', description: 'Approve the marks' },
} as const satisfies ArgsDef;

/** Makes live domains ours: marks and memory only, nothing that mail could notice; says what `up` would change. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  return withReport(flags, 'adopt', () => runAdopt(flags));
}

async function runAdopt(flags: Flags): Promise<number> {
  const { config, specs, state } = loadDomains(domainRequest(flags));
  const output = openOutput(flags, { plan: false });
  const planner = await openPlanner(config, specs, { state, journal: 'file' });
  const interruption = stopOnSignal(() => output.say('\nStopping after the call under way.'));
  try {
    const { reports, later } = await adopt(specs, planner.resources, planner.ground, {
      ask: askPerson({ yes: flags.on('yes'), say: output.say }),
      approvedBy: flags.on('yes') ? 'flag' : 'person',
      waitMs: 0,
      keepGoing: true,
      emit: output.emit,
      stop: interruption.signal,
    });
    const exit = output.finish(reports);
    for (const [domain, changes] of later) {
      if (changes.length === 0) continue;
      output.say(`\n${pc.bold(`mailwright up ${domain}`)} would change, when you want it:`);
      for (const change of changes) output.say(pc.dim(`  ${change.what} · ${change.effect}`));
    }
    return exit;
  } finally {
    interruption.end();
    await planner.close();
  }
}
