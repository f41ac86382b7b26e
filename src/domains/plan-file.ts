import type { DomainSpec } from '../core/domain-spec.ts';
import { Problem } from '../core/problem.ts';
import type { Conflict } from '../core/resource.ts';
import { type Approved, approve, NOTHING_APPROVED, notCovered } from '../planning/approval.ts';
import type { Plan } from '../planning/plan.ts';

/** A plan that was written to be reviewed, with the wishes that it came from. */
export interface ReviewedPlan {
  readonly spec: DomainSpec;
  readonly plan: Plan;
  readonly approved: Approved;
}

/** The file of `plan --out`. It holds no secret. */
export function writePlanFile(specs: readonly DomainSpec[], plans: readonly Plan[]): string {
  const domains = plans.map((plan) => ({ spec: specs.find((spec) => spec.domain === plan.domain), plan }));
  return `${JSON.stringify({ version: 1, domains }, null, 2)}\n`;
}

/** Reads such a file. Throws a Problem where it is none, or where its plans were in conflict. */
export function readPlanFile(text: string, path: string): readonly ReviewedPlan[] {
  const wrong = (why: string) =>
    new Problem('input', 'plan.file', `--plan: ${path} ${why}.`, { fix: 'Write one with mailwright plan --out FILE.' });
  let data: { version?: unknown; domains?: { spec?: DomainSpec; plan?: Plan }[] };
  try {
    data = JSON.parse(text) as typeof data;
  } catch {
    throw wrong('is no JSON');
  }
  if (data?.version !== 1 || !Array.isArray(data.domains)) throw wrong('is no plan of this version');
  return data.domains.map(({ spec, plan }) => {
    const whole = spec?.domain !== undefined && plan?.domain === spec.domain && Array.isArray(plan.changes);
    if (!whole || !Array.isArray(plan.later) || !Array.isArray(plan.about) || !Array.isArray(plan.left))
      throw wrong('is not whole');
    if (plan.conflicts?.length > 0) throw wrong(`holds a conflict for ${plan.domain}, which must be solved first`);
    return { spec, plan, approved: approve(plan, NOTHING_APPROVED) };
  });
}

/** Where the world moved since the review: other accounts or zones, or changes that were not in the plan. */
export function movedSince(reviewed: ReviewedPlan, now: Plan): readonly Conflict[] {
  const fix = 'Plan again, have it reviewed, and use the new file.';
  const of = (plan: Plan) => plan.about.flatMap((line) => /^(AWS account \d+|DNS .*)/.exec(line)?.[1] ?? []);
  const elsewhere = of(now).filter((line) => !of(reviewed.plan).includes(line));
  // What a person enters is nobody's to approve.
  const extra = notCovered(now, reviewed.approved).filter((change) => change.by === 'us');
  return [
    ...elsewhere.map((line) => ({
      code: 'plan.moved',
      system: 'plan',
      name: now.domain,
      message: `${now.domain}: the reviewed plan is for ${of(reviewed.plan).join(', ')}, this would be ${line}.`,
      fix,
    })),
    ...extra.map((change) => ({
      code: 'plan.moved',
      system: 'plan',
      name: now.domain,
      message: `${now.domain}: the world moved since the plan was reviewed; it does not hold: ${change.what}.`,
      fix,
    })),
  ];
}
