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
      case 'settled': {
        const { change, outcome } = event;
        const mark = { done: pc.green('✓'), kept: pc.dim('='), failed: pc.red('✗') }[outcome.status];
        write(
          `${mark} ${change.id.startsWith('dns') ? 'DNS' : (change.id.split('/')[0] ?? '').replace(/^ses/, 'SES')}  ${change.what}${outcome.status === 'kept' ? pc.dim(' (was there already)') : ''}`,
        );
        if (outcome.status === 'failed')
          write(
            `    ${outcome.problem.message}${outcome.problem.fix ? `\n    ${pc.dim('→')} ${outcome.problem.fix}` : ''}`,
          );
        break;
      }
      case 'waiting':
        if (event.what !== waiting)
          write(pc.dim(`… waiting for ${event.what}${event.until ? `, next look ${clock(event.until)}` : ''}`));
        waiting = event.what;
        break;
      default:
        break;
    }
  };
}

function clock(iso: string): string {
  return new Date(iso).toTimeString().slice(0, 8);
}
