/** The sandbox's time: the machine's clock plus an offset that a test moves, so that 72 hours pass in a moment. */
export class Clock {
  #offsetMs = 0;
  readonly #listeners = new Set<() => void>();

  /** Milliseconds since the epoch, as everybody in the sandbox sees it. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Moves the time forward and lets whoever waits for it look again. */
  advance(seconds: number): void {
    if (!Number.isFinite(seconds) || seconds < 0) throw new RangeError('the clock moves forward only');
    this.#offsetMs += seconds * 1000;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after every jump; the answer unsubscribes. */
  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
