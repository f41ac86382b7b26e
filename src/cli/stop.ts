/** A signal that Ctrl-C (or the system) gives a run: it ends after the calls under way. */
export function stopOnSignal(say: () => void): { signal: AbortSignal; end(): void } {
  const stop = new AbortController();
  const interrupted = () => {
    say();
    stop.abort();
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  return {
    signal: stop.signal,
    end() {
      process.removeListener('SIGINT', interrupted);
      process.removeListener('SIGTERM', interrupted);
    },
  };
}
