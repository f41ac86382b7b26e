import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import { tombstoneEntry } from '../core/ledger.ts';
import type { Resource } from '../core/resource.ts';
import { lookAhead } from '../planning/look.ts';
import type { Plan } from '../planning/plan.ts';
import { readUnsettled } from '../planning/recover.ts';
import type { Task } from './task.ts';

/**
 * The tasks of a run that works towards wishes. What killed runs had made, and what this one gets no answer to, is recognised by looking,
 * so that the ledger is whole again. `shape`: what of a plan the run is for.
 */
export function tasksAhead(
  specs: readonly DomainSpec[],
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  shape: (plan: Plan, spec: DomainSpec) => Plan = (plan) => plan,
): () => Promise<readonly Task[]> {
  return () =>
    Promise.all(
      specs.map(async (spec): Promise<Task> => {
        const unsettled = await readUnsettled(spec.domain, ground);
        return {
          spec,
          async look(cache) {
            const look = await lookAhead(spec, resources, ground, cache, unsettled);
            return { ...look, plan: shape(look.plan, spec) };
          },
          lost: (changes) => unsettled.made.push(...changes),
          async applied() {
            // Whoever brings it up again takes the stone away.
            const stone = tombstoneEntry(spec.domain);
            if ((await ground.owned.read(spec.domain)).get(stone) !== undefined)
              await ground.owned.write(spec.domain, { [stone]: null });
            for (const run of unsettled.runs)
              await ground.runs.settle(run, spec.domain, `finished by ${ground.journal.run}`);
          },
        };
      }),
    );
}
