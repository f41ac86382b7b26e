import type { Secrets } from '../../../core/ground.ts';
import { type Json, Problem } from '../../../core/problem.ts';
import type { Change } from '../../../core/resource.ts';
import type { MailcowClient } from '../client.ts';
import type { ReadNeeds } from '../read.ts';

/** One change about to be made, and with what. */
export interface Deed {
  readonly change: Change;
  /** `after`, of a deletion `before`. */
  readonly data: Json;
  readonly client: MailcowClient;
  readonly secrets: Secrets;
  readonly readCredentials: ReadNeeds['readCredentials'];
  /** Webmail learns of new domains with this one. */
  readonly restartSogo: boolean;
}

/** What was written is not there: nobody knows why, so it counts as not known. */
export function unconfirmed(host: string, what: string): Problem {
  return new Problem(
    'unknown',
    'mailcow.unconfirmed',
    `Mailcow ${host}: ${what} was made, by its own word, and is not to be seen.`,
    {
      fix: 'Run again: what was done is found by looking.',
      retry: {},
    },
  );
}

/** Whether a refusal says that the thing is there already. */
export function isThere(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Problem && codes.some((code) => error.code === `mailcow.${code}`);
}

/** Works on all of them, so many at once. */
export async function inTurns<T>(all: readonly T[], atOnce: number, work: (one: T) => Promise<unknown>): Promise<void> {
  const waiting = [...all];
  const turn = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: atOnce }, turn));
}
