import type { Clock } from '../clock.ts';
import { Refusal } from './refusal.ts';

/** How much one user may ask: 1,200 requests in five minutes, then nothing for five minutes. */
export class RateLimit {
  requests = 1200;
  readonly windowSeconds = 300;
  readonly #clock: Clock;
  readonly #windows = new Map<string, { started: number; count: number; blockedUntil: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a request of `who`; answers the headers that every answer has, throws 429 (971) while blocked. */
  count(who: string): Record<string, string> {
    const now = this.#clock.now();
    const windowMs = this.windowSeconds * 1000;
    const known = this.#windows.get(who);
    const isFresh = known !== undefined && now < known.started + windowMs;
    const window = isFresh || (known && now < known.blockedUntil) ? known : { started: now, count: 0, blockedUntil: 0 };
    this.#windows.set(who, window);
    window.count += 1;
    if (window.count > this.requests && window.blockedUntil <= now) window.blockedUntil = now + windowMs;
    if (window.blockedUntil > now) throw this.#blocked(Math.ceil((window.blockedUntil - now) / 1000));
    return this.#headers(this.requests - window.count, Math.ceil((window.started + windowMs - now) / 1000));
  }

  /** Starts everybody's count anew. */
  reset(): void {
    this.#windows.clear();
  }

  #headers(left: number, seconds: number): Record<string, string> {
    return {
      ratelimit: `"default";r=${left};t=${seconds}`,
      'ratelimit-policy': `"default";q=${this.requests};w=${this.windowSeconds}`,
    };
  }

  #blocked(seconds: number): Refusal {
    const headers = { ...this.#headers(0, seconds), 'retry-after': String(seconds) };
    return new Refusal(
      429,
      [{ code: 971, message: 'Please wait and consider throttling your request speed' }],
      headers,
    );
  }
}
