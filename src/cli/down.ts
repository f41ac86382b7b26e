import type { ArgsDef } from 'citty';
import type { Loaded } from '../app/load-domain.ts';
import { loadAsLast } from '../app/managed.ts';
import { openPlanner } from '../app/planner.ts';
import { Problem } from '../core/problem.ts';
import { down, planDown } from '../domains/down.ts';
import { commandLine } from './command-line.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { type Flags, parseDuration, readFlags } from './flags.ts';
import { openOutput, withReport } from './output.ts';
import { perform } from './perform.ts';
import { RUN_ARGS } from './up.ts';

const { domain, profile, file, from, dns, state, json } = DOMAIN_ARGS;

export const args = {
  domains: { type: 'positional', required: false, description: 'The domains' },
  domain,
  profile,
  file,
  from,
  dns,
  ...RUN_ARGS,
  'dry-run': { type: 'boolean', description: 'Only say what would be removed, and what stays' },
  now: { type: 'boolean', description: 'Do not keep for seven days what proves mail that is under way' },
  'deactivate-mailboxes': {
    type: 'boolean',
    description: 'Deactivate the domain at Mailcow: nobody logs in, everything is kept',
  },
  'delete-mailboxes': {
    type: 'boolean',
    description: 'Remove our mailboxes with all that they hold; asks for the domain’s name',
  },
  'keep-going': { type: 'boolean', description: 'Go on with the other domains where one fails or is in conflict' },
  state,
  json,
} as const satisfies ArgsDef;

/** Takes domains down: what is ours of them, in the order that loses no letter. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  return withReport(flags, 'down', () => runDown(flags, rawArgs));
}

async function runDown(flags: Flags, rawArgs: readonly string[]): Promise<number> {
  const fate = fateOf(flags);
  const last = await loadAsLast(domainRequest(flags));
  const specs = last.specs.map((spec) => ({
    ...spec,
    consents: { ...spec.consents, ...(fate === undefined ? {} : { mailboxes: fate }) },
  }));
  const loaded = { ...last, specs };
  const now = flags.on('now');
  if (flags.on('dry-run')) return dryRun(flags, loaded, now);
  const wait = flags.text('wait');
  const { exit } = await perform({
    flags,
    loaded,
    goOn: commandLine('down', rawArgs),
    options: {
      waitMs: wait === undefined ? 0 : parseDuration(wait),
      keepGoing: flags.on('keep-going'),
    },
    act: (planner, options) => down(loaded.specs, planner.resources, planner.ground, options, { now }),
  });
  return exit;
}

function fateOf(flags: Flags): 'delete' | 'deactivate' | undefined {
  const [deletes, deactivates] = [flags.on('delete-mailboxes'), flags.on('deactivate-mailboxes')];
  if (deletes && deactivates)
    throw new Problem('input', 'flag.mailboxes', 'Mailboxes are either deactivated or deleted.', {
      fix: 'Leave out one of --deactivate-mailboxes and --delete-mailboxes.',
    });
  return deletes ? 'delete' : deactivates ? 'deactivate' : undefined;
}

async function dryRun(flags: Flags, { config, specs, state }: Loaded, now: boolean): Promise<number> {
  const output = openOutput(flags);
  const planner = await openPlanner(config, specs, { state, journal: 'none' });
  try {
    const looks = await planDown(specs, planner.resources, planner.ground, output.emit, { now });
    return output.finish(looks.map(({ report }) => report));
  } finally {
    await planner.close();
  }
}
