import type { Ground } from '../core/ground.ts';
import type { RoundEvent } from './events.ts';

/** What is worth saying: shorter waits are no news. */
const LONG_MS = 2000;

/** Says every few seconds what a round waits for at a slow system, and how long that will be, until it is ended. */
export function watchPace(
  { pace, clock }: Pick<Ground, 'pace' | 'clock'>,
  emit: (event: RoundEvent) => void,
): { end(): void } {
  const ended = new AbortController();
  const watch = async () => {
    for (;;) {
      await clock.sleep(LONG_MS, ended.signal);
      if (ended.signal.aborted) return;
      const now = clock.now();
      for (const { key, calls, ms } of pace.backlog()) {
        if (ms < LONG_MS) continue;
        emit({
          kind: 'waiting',
          what: `the turn of ${calls} ${calls > 1 ? 'calls' : 'call'} at ${key}`,
          next: new Date(now + LONG_MS).toISOString(),
          until: new Date(now + ms).toISOString(),
        });
      }
    }
  };
  void watch();
  return { end: () => ended.abort() };
}
