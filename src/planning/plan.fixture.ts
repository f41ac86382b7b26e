import type { Plan } from './plan.ts';

/** For tests: a plan of a.test that holds nothing but what is given. */
export function planOf(more: Partial<Plan>): Plan {
  return {
    domain: 'a.test',
    accounts: {},
    about: [],
    changes: [],
    later: [],
    conflicts: [],
    checks: [],
    records: [],
    published: [],
    beside: [],
    zones: [],
    recovered: {},
    left: [],
    unknown: [],
    ...more,
  };
}
