import type { LiveRecord } from '../core/dns.ts';
import type { DnsProvider, Zone } from '../core/dns-provider.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { Problem } from '../core/problem.ts';
import type { Answer } from '../core/resolver.ts';
import { unreadable } from './unreadable.ts';

/** A zone as one look shows it. */
export interface ZoneView {
  readonly provider: DnsProvider;
  readonly zone: Zone;
  /** All records of the zone; where the provider is asked for names, those of the names asked so far. */
  readonly live: readonly LiveRecord[];
  /** The name servers that the public sees for the zone. */
  readonly delegation: Answer;
}

/** The zones that a domain's records lie in: its own, those that its own delegates further, those of report addresses. */
export interface Zones {
  readonly main: ZoneView | { readonly problem: Problem };
  readonly others: readonly ZoneView[];
  /** Names whose zones gave no answer now: nobody knows where they lie. */
  readonly unread?: readonly { readonly name: string; readonly problem: Problem }[];
}

/** What one round has read of zones already, so that domains of one zone read it once. */
export type ZoneCache = Map<string, Promise<ZoneView>>;

/** Reads the zone that holds the domain. */
export async function readMainZone(spec: DomainSpec, ground: Ground, cache: ZoneCache): Promise<Zones['main']> {
  try {
    const view = await readZone(spec.domain, ground, cache);
    return await withNames(view, [spec.domain, `_dmarc.${spec.domain}`]);
  } catch (error) {
    return { problem: unreadable(error) };
  }
}

async function readZone(name: string, ground: Ground, cache: ZoneCache): Promise<ZoneView> {
  const provider = await ground.dnsFor(name);
  const zone = await provider.findZone(name);
  const key = `${provider.name} ${zone.id}`;
  const known = cache.get(key) ?? view(provider, zone, ground);
  cache.set(key, known);
  return known;
}

async function view(provider: DnsProvider, zone: Zone, ground: Ground): Promise<ZoneView> {
  // A provider that reads whole zones is asked now, beside the systems; the others once the names are known.
  const [live, delegation] = await Promise.all([
    provider.limits.reads === 'zone' ? provider.records(zone, []) : [],
    ground.resolver.public({ name: zone.name, type: 'NS' }),
  ]);
  return { provider, zone, live, delegation };
}

/** The view with the records at these names, too, where the provider is asked for names. */
export async function withNames(view: ZoneView, names: readonly string[]): Promise<ZoneView> {
  if (view.provider.limits.reads === 'zone') return view;
  const here = [...new Set(names)].filter((name) => isIn(name, view.zone.name));
  const read = await view.provider.records(view.zone, here);
  const known = view.live.filter((record) => !read.some((one) => one.name === record.name));
  return { ...view, live: [...known, ...read] };
}

/**
 * The zones besides the domain's own that hold some of the names: below a delegation in it, or elsewhere altogether.
 * One that the provider does not have is left out: `zoneOf` finds none then. One that gave no answer is named.
 */
export async function readOtherZones(
  names: readonly string[],
  main: Zones['main'],
  ground: Ground,
  cache: ZoneCache,
): Promise<{ others: readonly ZoneView[]; unread: NonNullable<Zones['unread']> }> {
  if ('problem' in main) return { others: [], unread: [] };
  const isAway = await Promise.all(names.map((name) => liesElsewhere(name, main)));
  const away = names.filter((_name, index) => isAway[index]);
  const unread: { name: string; problem: Problem }[] = [];
  const found = await Promise.all(
    away.map((name) =>
      readZone(name, ground, cache).catch((error: unknown) => {
        const problem = unreadable(error);
        if (problem.kind === 'unknown' || problem.kind === 'retry') unread.push({ name, problem });
        return undefined;
      }),
    ),
  );
  const views = found.filter((one) => one !== undefined && one.zone.id !== main.zone.id) as ZoneView[];
  return { others: [...new Map(views.map((one) => [one.zone.id, one])).values()], unread };
}

/** Whether a name is not of the zone. One that is read whole shows its own delegations; of another, the servers are asked. */
async function liesElsewhere(name: string, main: ZoneView): Promise<boolean> {
  if (!isIn(name, main.zone.name)) return true;
  if (main.provider.limits.reads === 'zone') return cutOf(name, main) !== undefined;
  const zone = await main.provider.findZone(name).catch((error: unknown) => void unreadable(error));
  return zone !== undefined && zone.id !== main.zone.id;
}

/** The delegation in the zone that takes the name away from it: the name itself, or one above it. */
export function cutOf(name: string, main: ZoneView): LiveRecord | undefined {
  return main.live.find((one) => one.type === 'NS' && one.name !== main.zone.name && isIn(name, one.name));
}

/** The zone in which a record of this name is written; undefined where we have none. */
export function zoneOf(name: string, zones: Zones): ZoneView | undefined {
  const holding = zones.others
    .filter((one) => isIn(name, one.zone.name))
    .toSorted((a, b) => b.zone.name.length - a.zone.name.length);
  if (holding[0]) return holding[0];
  if ('problem' in zones.main || !isIn(name, zones.main.zone.name)) return undefined;
  // What the zone delegates further is seen by nobody in it.
  return cutOf(name, zones.main) ? undefined : zones.main;
}

/** All zones that could be read, the domain's own first. */
export function readable(zones: Zones): readonly ZoneView[] {
  return 'problem' in zones.main ? zones.others : [zones.main, ...zones.others];
}

function isIn(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}
