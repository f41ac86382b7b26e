/** What was looked at outside, and what came of it. */
export interface Memory {
  /** What is known; where nothing is, it is asked with the next `ask`. undefined, too, where nobody can be asked. */
  look<T>(key: string, ask: (() => Promise<T>) | undefined): T | undefined;
  isSettled(): boolean;
  /** Asks all that was looked at and is not known, at once. */
  ask(): Promise<void>;
}

/** An empty one; `missed` is told of each look at what is not known yet. */
export function openMemory(missed: () => void): Memory {
  const known = new Map<string, unknown>();
  const wanted = new Map<string, () => Promise<unknown>>();
  return {
    look<T>(key: string, ask: (() => Promise<T>) | undefined) {
      if (ask && !known.has(key)) {
        wanted.set(key, ask);
        missed();
      }
      return known.get(key) as T | undefined;
    },
    isSettled: () => wanted.size === 0,
    async ask() {
      const asked = [...wanted];
      wanted.clear();
      await Promise.all(asked.map(async ([key, ask]) => known.set(key, await ask())));
    },
  };
}
