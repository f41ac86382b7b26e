import type { Plan } from '../planning/plan.ts';

/** What a run waits for, in a few words. */
export function waitingFor(plans: readonly Plan[]): string {
  const all = [...new Set(plans.flatMap(reasons))];
  return all.length > 4 ? `${all.slice(0, 4).join(', ')} and ${all.length - 4} more` : all.join(', ');
}

function reasons(plan: Plan): string[] {
  const persons = plan.changes.filter((change) => change.by === 'person');
  if (persons.length > 0)
    return [`${persons.length} ${persons.length > 1 ? 'records' : 'record'} to be entered by hand`];
  const open = plan.checks.filter((check) => check.status === 'pending' || check.status === 'unknown');
  const names = open.map((check) =>
    check.region ? `${check.id} of ${plan.domain} in ${check.region}` : `${check.name ?? check.system} (${check.id})`,
  );
  return [
    ...plan.unknown.map((one) => `${one.system} to answer`),
    ...names,
    ...plan.changes.map((change) => change.what),
  ];
}
