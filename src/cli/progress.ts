import pc from 'picocolors';
import type { RoundEvent } from '../planning/events.ts';
import { showPlan } from './show-plan.ts';

/** Renders a run's events as lines: readable live, in a pipe and in a log. */
export function showProgress(write: (line: string) => void): (event: RoundEvent) => void {
  let shown = '';
  let waiting = '';
  return (event) => {
    switch (event.kind) {
      case 'planned': {
        // Later rounds repeat what was approved: only a plan that says something else is shown.
        const text = showPlan(event.plan);
        if (event.round === 1 || (event.plan.conflicts.length > 0 && text !== shown)) write(text);
        shown = text;
        break;
      }
      case 'settled':
        for (const line of showSettled(event)) write(line);
        break;
      case 'waiting':
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

const DEED = { create: pc.green('+'), update: pc.yellow('~'), delete: pc.red('-') } as const;

function showSettled({ change, outcome }: Extract<RoundEvent, { kind: 'settled' }>): string[] {
  const mark = { done: pc.green('✓'), kept: pc.dim('='), failed: pc.red('✗') }[outcome.status];
  const where = change.system === 'dns' ? 'DNS' : (change.id.split('/')[0] ?? '').replace(/^ses/, 'SES');
  const lines = [
    `${mark} ${where}  ${DEED[change.verb]} ${change.what}${outcome.status === 'kept' ? pc.dim(' (was there already)') : ''}`,
  ];
  if (outcome.status === 'failed') {
    lines.push(`    ${outcome.problem.message}`);
    if (outcome.problem.fix) lines.push(`    ${pc.dim('→')} ${outcome.problem.fix}`);
  }
  return lines;
}

function clock(iso: string): string {
  return new Date(iso).toTimeString().slice(0, 8);
}
