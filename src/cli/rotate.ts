import type { ArgsDef } from 'citty';
import { loadDomains } from '../app/load-domain.ts';
import { openPlanner } from '../app/planner.ts';
import { Problem } from '../core/problem.ts';
import { rotateDkim } from '../domains/rotate.ts';
import { askPerson } from './ask.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { type Flags, readFlags } from './flags.ts';
import { openOutput, withReport } from './output.ts';
import { stopOnSignal } from './stop.ts';

const { domain, profile, file, from, dns, state, json } = DOMAIN_ARGS;

export const args = {
  word: { type: 'positional', required: true, description: 'dkim, then the domains' },
  domain,
  profile,
  file,
  from,
  'ses-regions': DOMAIN_ARGS['ses-regions'],
  dns,
  yes: { type: 'boolean', description: 'Approve the new keys' },
  state,
  json,
} as const satisfies ArgsDef;

/** Renews what signs or proves: today the Easy DKIM keys of 1024 bits. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  return withReport(flags, 'rotate', () => runRotate(flags));
}

async function runRotate(flags: Flags): Promise<number> {
  const [what, ...words] = flags.words;
  if (what !== 'dkim') {
    throw new Problem(
      'input',
      'rotate.what',
      what === undefined ? 'It is not said what to rotate.' : `"${what}" can’t be rotated.`,
      {
        fix: 'Write mailwright rotate dkim example.com.',
      },
    );
  }
  const { config, specs, state } = loadDomains(domainRequest({ ...flags, words }));
  const output = openOutput(flags);
  const planner = await openPlanner(config, specs, { state, journal: 'file' });
  const interruption = stopOnSignal(() => output.say('\nStopping after the call under way.'));
  try {
    const reports = await rotateDkim(specs, planner.resources, planner.ground, {
      ask: askPerson({ yes: flags.on('yes'), say: output.say }),
      approvedBy: flags.on('yes') ? 'flag' : 'person',
      waitMs: 0,
      emit: output.emit,
      stop: interruption.signal,
    });
    return output.finish(reports);
  } finally {
    interruption.end();
    await planner.close();
  }
}
