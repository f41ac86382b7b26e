import pc from 'picocolors';
import type { Change } from '../core/resource.ts';
import type { Plan } from '../planning/plan.ts';

const SIGN = { create: pc.green('+'), update: pc.yellow('~'), delete: pc.red('-') } as const;

/** A plan as people read it: whose accounts, what changes with what consequence, what comes later, what stops it. */
export function showPlan(plan: Plan): string {
  const lines = [pc.bold(`Plan for ${plan.domain}`), ...plan.about.map((line) => pc.dim(`  ${line}`)), ''];
  for (const { system, message, fix } of plan.unknown) {
    lines.push(`${pc.yellow('?')} ${system}: ${message}`);
    if (fix) lines.push(`  ${pc.dim('→')} ${fix}`);
  }
  for (const [group, changes] of groups(plan.changes)) {
    lines.push(pc.bold(group));
    for (const change of changes) lines.push(...showChange(change));
  }
  for (const later of plan.later) {
    lines.push(
      `${SIGN[later.verb]} ${pc.dim('later:')} ${later.count} ${later.type} under ${later.under}, ${later.what}`,
    );
  }
  for (const conflict of plan.conflicts) {
    lines.push(`${pc.red('✗')} ${conflict.message}`, `  ${pc.dim('→')} ${conflict.fix}`);
  }
  if (plan.changes.length + plan.conflicts.length + plan.later.length + plan.unknown.length === 0)
    lines.push(pc.green('✓ Nothing to do.'));
  return lines.join('\n');
}

function showChange(change: Change): string[] {
  const fits = change.what.length + change.effect.length < 108;
  const lines = fits
    ? [`  ${SIGN[change.verb]} ${change.what}${pc.dim(` · ${change.effect}`)}`]
    : [`  ${SIGN[change.verb]} ${change.what}`, pc.dim(`      ${change.effect}`)];
  if (change.ask) lines.push(`      ${pc.yellow('?')} ${change.ask}`);
  return lines;
}

/** Changes by what they touch: 'SES us-east-1', 'DNS'. */
export function groups(changes: readonly Change[]): Map<string, Change[]> {
  const all = new Map<string, Change[]>();
  for (const change of changes) {
    const group = change.system === 'dns' ? 'DNS' : (change.id.split('/')[0] ?? change.system).replace(/^ses/, 'SES');
    all.set(group, [...(all.get(group) ?? []), change]);
  }
  return all;
}

/** How many of each: '3 to create, 1 to change'. */
export function countChanges(changes: readonly Change[]): string {
  const words = { create: 'to create', update: 'to change', delete: 'to delete' } as const;
  return (['create', 'update', 'delete'] as const)
    .map((verb) => ({ verb, n: changes.filter((change) => change.verb === verb).length }))
    .filter(({ n }) => n > 0)
    .map(({ verb, n }) => `${n} ${words[verb]}`)
    .join(', ');
}

/** The plan for a pull request. */
export function planMarkdown(plan: Plan): string {
  const lines = [`## Mailwright plan for ${plan.domain}`, '', ...plan.about.map((line) => `- ${line}`), ''];
  for (const [group, changes] of groups(plan.changes)) {
    lines.push(`### ${group}`, '', '| | change | effect | undo |', '|---|---|---|---|');
    for (const change of changes)
      lines.push(
        `| ${change.verb} | ${cell(change.what)} | ${cell(change.effect)} | ${change.undo === 'inverse' ? 'yes' : 'kept'} |`,
      );
    lines.push('');
  }
  for (const later of plan.later)
    lines.push(`- later: ${later.verb} ${later.count} ${later.type} under \`${later.under}\`, ${later.what}`);
  for (const conflict of plan.conflicts) lines.push(`- **conflict**: ${conflict.message} ${conflict.fix}`);
  if (plan.changes.length === 0 && plan.conflicts.length === 0) lines.push('Nothing to do.');
  return `${lines.join('\n').trimEnd()}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
