import type { Switches } from './switches.ts';

/** The webmail, which reads the list of domains when it starts and not later. */
export class Sogo {
  readonly #switches: () => Switches;
  readonly #domains: () => Iterable<string>;
  #known: ReadonlySet<string>;
  restarts = 0;

  constructor(domains: () => Iterable<string>, switches: () => Switches) {
    this.#domains = domains;
    this.#switches = switches;
    this.#known = new Set(domains());
  }

  /** Whether it came back. */
  restart(): boolean {
    this.restarts += 1;
    if (this.#switches().sogoRestartFails) return false;
    this.learn();
    return true;
  }

  /** Knows all domains that are there, as if it had been restarted some time ago. */
  learn(): void {
    this.#known = new Set(this.#domains());
  }

  knows(domain: string): boolean {
    return this.#known.has(domain);
  }
}
