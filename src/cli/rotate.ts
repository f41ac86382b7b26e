import type { ArgsDef } from 'citty';
import { loadDomains } from '../app/load-domain.ts';
import { Problem } from '../core/problem.ts';
import { rotateDkim } from '../domains/rotate.ts';
import { commandLine } from './command-line.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { type Flags, readFlags } from './flags.ts';
import { withReport } from './output.ts';
import { perform } from './perform.ts';

const { domain, profile, file, from, dns, state, json } = DOMAIN_ARGS;

export const args = {
  dkim: { type: 'positional', required: true, description: 'dkim, then the domains' },
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
  return withReport(flags, 'rotate', () => runRotate(flags, rawArgs));
}

async function runRotate(flags: Flags, rawArgs: readonly string[]): Promise<number> {
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
  const loaded = loadDomains(domainRequest({ ...flags, words }));
  const { exit } = await perform({
    flags,
    loaded,
    goOn: commandLine('rotate', rawArgs),
    act: (planner, options) => rotateDkim(loaded.specs, planner.resources, planner.ground, options),
  });
  return exit;
}
