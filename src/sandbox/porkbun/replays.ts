import type { Clock } from '../clock.ts';
import type { Reply } from '../http.ts';
import { Refusal } from './refusal.ts';

const DAY_MS = 86_400_000;
const LONGEST_KEY = 255;

/** Answers kept by Idempotency-Key, for a day of the sandbox's time. */
export class Replays {
  readonly #clock: Clock;
  readonly #kept = new Map<string, { at: number; request: string; reply: Reply }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer that was given to the same request of `who` with the same key. @throws Refusal 409 where the request was another */
  find(who: string, key: string, request: string): Reply | undefined {
    if (key.length > LONGEST_KEY)
      throw new Refusal(400, undefined, `Idempotency-Key is longer than ${LONGEST_KEY} characters.`);
    const kept = this.#kept.get(`${who} ${key}`);
    if (!kept || kept.at + DAY_MS < this.#clock.now()) return undefined;
    if (kept.request !== request)
      throw new Refusal(409, 'IDEMPOTENCY_KEY_MISMATCH', 'This Idempotency-Key was used with another request.');
    return { ...kept.reply, headers: { ...kept.reply.headers, 'idempotent-replayed': 'true' } };
  }

  keep(who: string, key: string, request: string, reply: Reply): void {
    this.#kept.set(`${who} ${key}`, { at: this.#clock.now(), request, reply });
  }
}
