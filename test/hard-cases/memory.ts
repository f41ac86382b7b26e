import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Stage } from '../journeys/stage.ts';

/** Kills the program at a step (KILL_AT), when Node loads it before the program. */
export const PRELOAD = pathToFileURL(join(import.meta.dirname, '../journeys/kill-at.mjs')).href;

/** A run as `mailwright runs --json` lists it. */
export interface ListedRun {
  readonly run: string;
  readonly verb: string;
  readonly status: string;
  readonly changes: readonly unknown[];
  readonly undoneBy?: string;
}

/** What a zone and a state folder hold, in the shortest form that tests compare. */
export function memoryOf(stage: () => Stage) {
  return {
    async show(zone: string): Promise<string[]> {
      const records = await stage().zoneRecords(zone);
      return records.map((one) => `${one.name} ${one.type} ${one.priority ?? ''} ${one.content}`).toSorted();
    },
    async runs(domain: string, state = stage().state): Promise<ListedRun[]> {
      const ran = await stage().run(['runs', '--json', '--all', '--domain', domain, '--state', state]);
      return JSON.parse(ran.stdout) as ListedRun[];
    },
    owned(domain: string, state = stage().state): Record<string, unknown> {
      const path = join(state, 'owned', `${domain}.json`);
      return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>) : {};
    },
    open: (state: string): string[] => readdirSync(join(state, 'runs')).filter((one) => one.endsWith('.open.jsonl')),
  };
}
