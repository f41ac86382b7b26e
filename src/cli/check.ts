import type { ArgsDef } from 'citty';
import { loadAsLast, loadManaged } from '../app/managed.ts';
import { openPlanner } from '../app/planner.ts';
import { SEVERITIES } from '../core/checks/check.ts';
import { checkDomains } from '../domains/check.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { parseFailOn } from './fail-on.ts';
import { type Flags, readFlags, refuseWords } from './flags.ts';
import { openOutput, withReport } from './output.ts';

export const args = {
  domains: { type: 'positional', required: false, description: 'The domains' },
  ...DOMAIN_ARGS,
  all: { type: 'boolean', description: 'Every domain of which something is ours, each by the wish of its last run' },
  against: {
    type: 'string',
    description: 'Compare with what these domains have alike, instead of with a wish',
    valueHint: 'DOMAIN,DOMAIN',
  },
  'fail-on': {
    type: 'string',
    description: 'Exit with 1 from this severity on; error without it',
    valueHint: SEVERITIES.join('|'),
  },
  message: { type: 'string', description: 'Explain a received message (an .eml file) instead', valueHint: 'FILE' },
  ip: {
    type: 'string',
    description: 'With --message: the host that handed it in; else its own headers say it',
    valueHint: 'ADDRESS',
  },
  helo: { type: 'string', description: 'With --message and --ip: how that host greeted', valueHint: 'NAME' },
  from: {
    type: 'string',
    description: 'A file with one domain on each line (- reads stdin); with --message the envelope sender',
    valueHint: 'FILE|ADDRESS',
  },
  resolver: { type: 'string', description: 'With --message: ask this resolver alone', valueHint: 'HOST:PORT' },
} as const satisfies ArgsDef;

/** Looks at domains again and says what is true. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  if (flags.text('message') !== undefined) return (await import('./check-message.ts')).runCheckMessage(flags);
  if (flags.text('against') !== undefined) return (await import('./check-against.ts')).runCheckAgainst(flags);
  return withReport(flags, 'check', () => runCheck(flags));
}

async function runCheck(flags: Flags): Promise<number> {
  if (flags.on('all')) refuseWords(flags, '--all checks every domain of which something is ours.');
  const failOn = parseFailOn(flags);
  const request = domainRequest(flags);
  const { config, specs, state } = flags.on('all') ? await loadManaged(request) : await loadAsLast(request);
  const output = openOutput(flags, { plan: false });
  const planner = await openPlanner(config, specs, { state, journal: 'none' });
  try {
    const { resources, ground } = planner;
    return output.finish(
      await checkDomains(specs, resources, ground, output.progress, { failOn, allowPrivate: config.dns.allowPrivate }),
    );
  } finally {
    await planner.close();
  }
}
