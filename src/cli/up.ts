import type { ArgsDef } from 'citty';
import { loadDomain } from '../app/load-domain.ts';
import { openPlanner } from '../app/planner.ts';
import { up } from '../domains/up.ts';
import { askPerson } from './ask.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { parseDuration, readFlags } from './flags.ts';
import { openOutput } from './output.ts';
import { run as runPlan } from './plan.ts';

export const args = {
  word: { type: 'positional', required: false, description: 'The domain' },
  ...DOMAIN_ARGS,
  yes: { type: 'boolean', description: 'Approve the plan and what it announces' },
  'dry-run': { type: 'boolean', description: 'Only plan (same as mailwright plan)' },
  wait: {
    type: 'string',
    description: 'Keep looking until SES and DNS agree (30m unless given)',
    valueHint: '[=DURATION]',
  },
} as const satisfies ArgsDef;

/** Brings a domain up. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  if (flags.on('dry-run'))
    return runPlan(rawArgs.filter((arg) => arg !== '--dry-run' && arg !== '--yes' && !arg.startsWith('--wait')));
  const { config, spec, state } = loadDomain(domainRequest(flags));
  const wait = flags.text('wait');
  const output = openOutput(flags);
  const planner = await openPlanner(config, spec, { state, journal: 'file' });
  const stop = new AbortController();
  const interrupted = () => {
    output.say(`\nStopping after the call under way. What is done stays; to go on: mailwright up ${spec.domain}`);
    stop.abort();
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    const report = await up(spec, planner.resources, planner.ground, {
      ask: askPerson({ yes: flags.on('yes'), say: output.say }),
      waitMs: wait === undefined ? 0 : parseDuration(wait),
      emit: output.emit,
      stop: stop.signal,
    });
    return output.finish(report);
  } finally {
    process.removeListener('SIGINT', interrupted);
    process.removeListener('SIGTERM', interrupted);
    await planner.close();
  }
}
