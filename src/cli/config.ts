import type { ArgsDef } from 'citty';
import pc from 'picocolors';
import { readConfiguration } from '../app/configuration.ts';
import { readFlags } from './flags.ts';

export const args = { check: { type: 'positional', required: false, description: 'check' } } as const satisfies ArgsDef;

/** Checks the configuration and shows it, secrets masked. */
export async function run(rawArgs: string[]): Promise<number> {
  readFlags(rawArgs, args);
  for (const { name, value, title } of readConfiguration())
    console.log(`${name.padEnd(36)} ${value.padEnd(28)} ${pc.dim(title)}`);
  return 0;
}
