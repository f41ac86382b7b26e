import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { Problem } from '../core/problem.ts';
import type { Owned, Resource } from '../core/resource.ts';
import { unreadable } from './unreadable.ts';
import { readMainZone, type ZoneCache, type Zones } from './zones.ts';

/** A system as the round knows it: what it is and what it showed, or why it could not be read. */
export interface Surveyed {
  readonly resource: Resource<DomainSpec>;
  readonly state?: unknown;
  readonly problem?: Problem;
}

/** Everything that one look at the world brought in. */
export interface Survey {
  readonly systems: ReadonlyMap<string, Surveyed>;
  readonly zones: Zones;
  readonly owned: Owned;
}

/** Reads all systems (`closely`: what the way back needs, too) and the domain's zone in parallel. A wrong account stops everything: nothing is to be read further. */
export async function readSurvey(
  spec: DomainSpec,
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  cache: ZoneCache,
  closely = false,
): Promise<Survey> {
  const owned = await ground.owned.read(spec.domain);
  const [systems, main] = await Promise.all([
    Promise.all(
      resources.map(async (resource): Promise<[string, Surveyed]> => {
        try {
          return [resource.name, { resource, state: await resource.read(spec, owned, closely) }];
        } catch (error) {
          return [resource.name, { resource, problem: unreadable(error) }];
        }
      }),
    ),
    readMainZone(spec, ground, cache),
  ]);
  return { systems: new Map(systems), zones: { main, others: [] }, owned };
}
