import pc from 'picocolors';
import type { RoundEvent } from '../../planning/events.ts';
import type { Plan } from '../../planning/plan.ts';
import { groupOf, shortKeys, showPlans } from './show-plan.ts';
import { showToEnter } from './show-to-enter.ts';

/** Renders a run's events as lines: readable live, in a pipe and in a log. */
export function showProgress(write: (line: string) => void): (event: RoundEvent) => void {
  const shown = new Map<string, string>();
  let plans: Plan[] = [];
  let expected = 0;
  let waiting = '';
  const entered = new Map<string, string>();
  return (event) => {
    switch (event.kind) {
      case 'reading':
        plans = [];
        expected = event.domains.length;
        break;
      case 'planned': {
        plans.push(event.plan);
        if (plans.length < expected) break;
        // Later rounds repeat what was approved: only a plan that says something else is shown.
        const text = showPlans(plans);
        const conflict = plans.some((plan) => plan.conflicts.length > 0);
        const key = plans.map((plan) => plan.domain).join(' ');
        if (event.round === 1 || (conflict && text !== shown.get(key))) write(text);
        shown.set(key, text);
        break;
      }
      case 'settled':
        for (const line of showSettled(event)) write(line);
        break;
      case 'waiting':
        for (const line of showPersonsTurn(plans, entered)) write(line);
        if (event.what !== waiting) {
          write(
            pc.dim(
              `… waiting for ${event.what}; next look ${clock(event.next)}, until ${clock(event.until)} at the latest`,
            ),
          );
        }
        waiting = event.what;
        break;
      default:
        break;
    }
  };
}

/** While a run waits for a person, what they are to enter: shown once, and again when it has changed. */
function showPersonsTurn(plans: readonly Plan[], shown: Map<string, string>): string[] {
  return plans.flatMap((plan) => {
    const changes = plan.changes.filter((change) => change.by === 'person');
    const key = JSON.stringify(changes.map(({ id, slip }) => [id, slip?.what]));
    if (changes.length === 0 || shown.get(plan.domain) === key) return [];
    shown.set(plan.domain, key);
    const slips = changes.flatMap(({ slip }) =>
      slip ? [`${pc.yellow('!')} ${slip.what}`, `  ${pc.dim('→')} ${slip.fix}`] : [],
    );
    return ['', ...showToEnter(plan.domain, plan.zones, changes), ...slips];
  });
}

const DEED = { create: pc.green('+'), update: pc.yellow('~'), delete: pc.red('-') } as const;

function showSettled({ change, outcome, n, of }: Extract<RoundEvent, { kind: 'settled' }>): string[] {
  const mark = { done: pc.green('✓'), kept: pc.dim('='), failed: pc.red('✗') }[outcome.status];
  const where = groupOf(change);
  const count = of > 20 ? pc.dim(`${String(n).padStart(String(of).length)}/${of} `) : '';
  const lines = [
    `${count}${mark} ${change.system === 'ledger' ? '' : `${where}  `}${DEED[change.verb]} ${shortKeys(change.what)}${outcome.status === 'kept' ? pc.dim(change.verb === 'delete' ? ' (stays: in use by now)' : ' (was there already)') : ''}`,
  ];
  if (outcome.status === 'failed') {
    lines.push(`    ${outcome.problem.message}`);
    if (outcome.problem.fix) lines.push(`    ${pc.dim('→')} ${outcome.problem.fix}`);
  }
  return lines;
}

function clock(iso: string): string {
  const day = 86_400_000;
  const time = new Date(iso);
  const text = time.toTimeString().slice(0, 8);
  return time.getTime() - Date.now() > day / 2 ? `${iso.slice(0, 10)} ${text}` : text;
}
