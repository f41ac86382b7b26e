import type { ArgsDef } from 'citty';
import pc from 'picocolors';
import { loadDomains } from '../app/load-domain.ts';
import type { Change } from '../core/resource.ts';
import { adopt } from '../domains/adopt.ts';
import { commandLine } from './command-line.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { type Flags, readFlags } from './flags.ts';
import { withReport } from './output.ts';
import { perform } from './perform.ts';

export const args = {
  domains: { type: 'positional', required: false, description: 'The domains' },
  ...DOMAIN_ARGS,
  yes: { type: 'boolean', description: 'Approve the marks' },
} as const satisfies ArgsDef;

/** Makes live domains ours: marks and memory only, nothing that mail could notice; says what `up` would change. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  return withReport(flags, 'adopt', () => runAdopt(flags, rawArgs));
}

async function runAdopt(flags: Flags, rawArgs: readonly string[]): Promise<number> {
  const loaded = loadDomains(domainRequest(flags));
  let wouldChange: ReadonlyMap<string, readonly Change[]> = new Map();
  const { exit } = await perform({
    flags,
    loaded,
    goOn: commandLine('adopt', rawArgs),
    options: { keepGoing: true },
    async act(planner, options) {
      const { reports, later } = await adopt(loaded.specs, planner.resources, planner.ground, options);
      wouldChange = later;
      return reports;
    },
    afterwards(say) {
      for (const [domain, changes] of wouldChange) {
        if (changes.length === 0) continue;
        say(`\n${pc.bold(`mailwright up ${domain}`)} would change, when you want it:`);
        for (const change of changes) say(pc.dim(`  ${change.what} · ${change.effect}`));
      }
    },
  });
  return exit;
}
