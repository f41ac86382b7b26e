/** Things outside that are looked at once each, after somebody wanted to see them. */
export interface LookOnce<T> {
  /** What was seen; undefined where nobody has looked yet, or nobody can. */
  see(key: string): T | undefined;
  /** Looks at all that was wanted and not seen, at once; false where that is nothing. */
  lookAtWanted(): Promise<boolean>;
}

/** Without `look` nothing is ever seen. */
export function lookOnce<T>(look: ((key: string) => Promise<T>) | undefined): LookOnce<T> {
  const seen = new Map<string, T>();
  const wanted = new Set<string>();
  return {
    see(key) {
      if (look && !seen.has(key)) wanted.add(key);
      return seen.get(key);
    },
    async lookAtWanted() {
      const keys = [...wanted];
      wanted.clear();
      if (look) await Promise.all(keys.map(async (key) => seen.set(key, await look(key))));
      return keys.length > 0;
    },
  };
}
