import type { Clock } from '../clock.ts';
import type { Switches } from './switches.ts';

/** Netfilter's memory: who failed to log in how often, and who is shut out from all ports for it. */
export class Bans {
  readonly #clock: Clock;
  readonly #rule: () => Switches['ban'];
  readonly #failures = new Map<string, number[]>();
  readonly #until = new Map<string, number>();

  constructor(clock: Clock, rule: () => Switches['ban']) {
    this.#clock = clock;
    this.#rule = rule;
  }

  /** Counts a failed login of an address. */
  fail(address: string): void {
    const { attempts, withinSeconds, seconds } = this.#rule();
    if (attempts === 0) return;
    const now = this.#clock.now();
    const recent = [...(this.#failures.get(address) ?? []), now].filter((at) => at > now - withinSeconds * 1000);
    this.#failures.set(address, recent);
    if (recent.length < attempts) return;
    this.#until.set(address, now + seconds * 1000);
    this.#failures.delete(address);
  }

  /** Whether an address is shut out now. */
  holds(address: string): boolean {
    return (this.#until.get(address) ?? 0) > this.#clock.now();
  }

  /** Addresses that are shut out, each with its end in sandbox time. */
  list(): { address: string; until: string }[] {
    return [...this.#until]
      .filter(([address]) => this.holds(address))
      .map(([address, until]) => ({ address, until: new Date(until).toISOString() }));
  }

  clear(): void {
    this.#failures.clear();
    this.#until.clear();
  }
}
