import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { Change, Resource } from '../core/resource.ts';
import { type Applied, applyPlan } from './apply.ts';
import { type Approved, approve, notCovered } from './approval.ts';
import type { RoundEvent } from './events.ts';
import { type Plan, planRound } from './plan.ts';
import { readEvidence, readSurvey, readWanted } from './survey.ts';

/** What a round is given: the wish, the systems, the ground, and who may say yes. */
export interface RoundInput {
  readonly spec: DomainSpec;
  readonly resources: readonly Resource<DomainSpec>[];
  readonly ground: Ground;
  readonly number: number;
  readonly approved: Approved;
  /** Changes that failed for good in this run; they are not tried again. */
  readonly given: ReadonlySet<string>;
  /** Asked when the plan holds changes that nobody approved; undefined: look only. */
  readonly ask?: (plan: Plan, unapproved: readonly Change[]) => Promise<'yes' | 'no'>;
  readonly emit: (event: RoundEvent) => void;
  readonly stop?: AbortSignal | undefined;
}

/** How a round ended: only looked, was refused, is in conflict, or applied what it could. */
export interface RoundResult {
  readonly plan: Plan;
  readonly ended: 'looked' | 'conflict' | 'refused' | 'applied';
  readonly approved: Approved;
  readonly applied?: Applied;
}

/**
 * One round: read in parallel, plan, merge, approve, apply. Everything that the command line and the worker share.
 * A conflict stops before anything is touched, with all conflicts at once.
 */
export async function runRound(input: RoundInput): Promise<RoundResult> {
  const { spec, resources, ground, emit, approved } = input;
  emit({ kind: 'reading', systems: [...resources.map((resource) => resource.name), 'dns'] });
  const survey = await readSurvey(spec, resources, ground);
  const wanted = await readWanted(spec, survey, ground.resolver);
  const evidence = await readEvidence(survey, wanted, ground.resolver);
  const plan = planRound(spec, survey, wanted, evidence);
  emit({ kind: 'planned', round: input.number, plan });

  if (!input.ask) return { plan, ended: 'looked', approved };
  if (plan.conflicts.length > 0) return { plan, ended: 'conflict', approved };
  const changes = plan.changes.filter((change) => change.by === 'us' && !input.given.has(change.id));
  if (changes.length === 0)
    return { plan, ended: 'applied', approved, applied: { outcomes: new Map(), held: new Map() } };
  const unapproved = notCovered(plan, approved).filter((change) => changes.includes(change));
  let now = approved;
  if (unapproved.length > 0) {
    if ((await input.ask(plan, unapproved)) === 'no') return { plan, ended: 'refused', approved };
    now = approve(plan, approved);
    await ground.journal.write({
      kind: 'approved',
      at: new Date(ground.clock.now()).toISOString(),
      by: 'person',
      changes: plan.changes,
    });
  }
  const applied = await applyPlan(plan, changes, spec, { ground, survey, emit, stop: input.stop });
  return { plan, ended: 'applied', approved: now, applied };
}
