import type { ArgsDef } from 'citty';
import { loadDomain } from '../app/load-domain.ts';
import { openPlanner } from '../app/planner.ts';
import { look } from '../domains/look.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { type Flags, readFlags } from './flags.ts';
import { openOutput, withReport } from './output.ts';

export const args = {
  word: { type: 'positional', required: false, description: 'The domain' },
  ...DOMAIN_ARGS,
} as const satisfies ArgsDef;

/** Looks at a domain again and says what is true. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  return withReport(flags, 'check', () => runCheck(flags));
}

async function runCheck(flags: Flags): Promise<number> {
  const { config, spec, state } = loadDomain(domainRequest(flags));
  const output = openOutput(flags, { plan: false });
  const planner = await openPlanner(config, spec, { state, journal: 'none' });
  try {
    const { report } = await look('check', spec, planner.resources, planner.ground, () => {});
    return output.finish(report);
  } finally {
    await planner.close();
  }
}
