import type { Ground } from '../core/ground.ts';
import type { Resolver } from '../core/resolver.ts';
import type { Change, DesiredRecord } from '../core/resource.ts';
import { isServed } from './dns-checks.ts';
import type { RoundEvent } from './events.ts';

/** How long a round waits for name servers to serve what it has just written, before it leaves the rest to a later round. */
export const SERVING_GRACE_MS = 30_000;

/** The desired records that a change waits for. */
export function neededRecords(change: Change, records: ReadonlyMap<string, DesiredRecord>): DesiredRecord[] {
  return (change.waitsFor ?? []).flatMap((id) => records.get(id) ?? []);
}

/**
 * Waits until every name server of the zone serves the records; the answer is what is still missing after the grace.
 * Where no server can be asked at all there is nothing to wait for: the answer comes at once.
 */
export async function waitServed(
  wanted: readonly DesiredRecord[],
  zone: string,
  { ground, emit, stop }: { ground: Ground; emit: (event: RoundEvent) => void; stop: AbortSignal | undefined },
): Promise<ReadonlySet<DesiredRecord>> {
  const until = ground.clock.now() + SERVING_GRACE_MS;
  for (let pause = 100; ; pause = Math.min(pause * 1.5, 3000)) {
    const states = await Promise.all(wanted.map((want) => readServed(want, zone, ground.resolver)));
    const missing = wanted.filter((_, index) => states[index] !== 'yes');
    const hopeless = missing.length > 0 && states.every((state) => state !== 'no');
    if (missing.length === 0 || hopeless || ground.clock.now() >= until || stop?.aborted) return new Set(missing);
    emit({
      kind: 'waiting',
      what: `${missing.map((want) => `${want.record.name} ${want.record.type}`).join(', ')} to be served`,
      next: new Date(ground.clock.now() + pause).toISOString(),
      until: new Date(until).toISOString(),
    });
    await ground.clock.sleep(pause, stop);
  }
}

/** The authoritative servers' word; the public resolvers' only where port 53 of the servers is closed from here. */
async function readServed(want: DesiredRecord, zone: string, resolver: Resolver): Promise<'yes' | 'no' | 'unknown'> {
  const question = { name: want.record.name, type: want.record.type as 'TXT', zone };
  const state = isServed(want, await resolver.authoritative(question));
  return state === 'unknown' ? isServed(want, await resolver.public(question)) : state;
}
