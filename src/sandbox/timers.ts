/** Acts that are put off, in real time (a jump of the sandbox's clock does not hurry them); none happens after `close`. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  /** Acts `ms` later; at once for 0. */
  after(ms: number, act: () => void): void {
    if (ms <= 0) {
      act();
      return;
    }
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      act();
    }, ms);
    this.#pending.add(timer);
  }

  close(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
