import { describeUndo } from '../../core/describe-undo.ts';
import type { Plan } from '../../planning/plan.ts';
import { groups } from './show-plan.ts';

/** The plans for a pull request. */
export function planMarkdown(plans: readonly Plan[]): string {
  return plans.map(onePlan).join('\n');
}

function onePlan(plan: Plan): string {
  const lines = [`## Mailwright plan for ${plan.domain}`, '', ...plan.about.map((line) => `- ${line}`), ''];
  const byHand = plan.changes.filter((change) => change.by === 'person');
  const all = [
    ...groups(plan.changes.filter((change) => change.by === 'us')),
    ...(byHand.length > 0 ? [['DNS, to be entered by hand', byHand] as const] : []),
  ];
  for (const [group, changes] of all) {
    lines.push(`### ${group}`, '', '| | change | effect on live mail | undo |', '|---|---|---|---|');
    for (const change of changes)
      lines.push(`| ${change.verb} | ${cell(change.what)} | ${cell(change.effect)} | ${cell(describeUndo(change))} |`);
    lines.push('');
  }
  for (const later of plan.later)
    lines.push(`- later: ${later.verb} ${later.count} ${later.type} under \`${later.under}\`, ${later.what}`);
  for (const left of plan.left) lines.push(`- stays: ${left.what}: ${left.why}`);
  for (const conflict of plan.conflicts) lines.push(`- **conflict**: ${conflict.message} ${conflict.fix}`);
  if (plan.changes.length === 0 && plan.conflicts.length === 0) lines.push('Nothing to do.');
  return `${lines.join('\n').trimEnd()}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
