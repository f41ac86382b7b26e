import type { Resolver } from '../core/resolver.ts';
import type { Change, DesiredRecord } from '../core/resource.ts';
import type { ApplyNeeds } from './apply.ts';
import { isServed } from './dns-checks.ts';

/** How long a round waits for name servers to serve what it has just written, before it leaves the rest to a later round. */
export const SERVING_GRACE_MS = 30_000;

/** A wanted record, and the zone that is to serve it. */
interface Awaited {
  readonly want: DesiredRecord;
  readonly zone: string | undefined;
}

/** The desired records that a change waits for. */
export function neededRecords(change: Change, records: ReadonlyMap<string, DesiredRecord>): DesiredRecord[] {
  return (change.waitsFor ?? []).flatMap((id) => records.get(id) ?? []);
}

/**
 * Waits until every name server of the zones serves the records; the answer is the ids of what is still missing after the grace.
 * Where no server can be asked at all there is nothing to wait for: the answer comes at once.
 */
export async function waitServed(
  wanted: readonly Awaited[],
  { ground, emit, stop }: ApplyNeeds,
): Promise<ReadonlySet<string>> {
  const until = ground.clock.now() + SERVING_GRACE_MS;
  let open = [...new Map(wanted.map((one) => [one.want.id, one])).values()];
  for (let pause = 100; open.length > 0; pause = Math.min(pause * 1.5, 3000)) {
    const states = await Promise.all(open.map((one) => readServed(one, ground.resolver)));
    const hopeless = states.every((state) => state === 'unknown');
    open = open.filter((_, index) => states[index] !== 'yes');
    if (open.length === 0 || hopeless || ground.clock.now() >= until || stop?.aborted) break;
    const names = open.slice(0, 4).map(({ want }) => `${want.record.name} ${want.record.type}`);
    emit({
      kind: 'waiting',
      what: `${names.join(', ')}${open.length > 4 ? ` and ${open.length - 4} more` : ''} to be served`,
      next: new Date(ground.clock.now() + pause).toISOString(),
      until: new Date(until).toISOString(),
    });
    await ground.clock.sleep(pause, stop);
  }
  return new Set(open.map(({ want }) => want.id));
}

/** The authoritative servers' word; the public resolvers' only where port 53 of the servers is closed from here. */
async function readServed({ want, zone }: Awaited, resolver: Resolver): Promise<'yes' | 'no' | 'unknown'> {
  const question = { name: want.record.name, type: want.record.type as 'TXT', ...(zone === undefined ? {} : { zone }) };
  const state = isServed(want, await resolver.authoritative(question));
  return state === 'unknown' ? isServed(want, await resolver.public(question)) : state;
}
