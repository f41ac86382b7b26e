import pc from 'picocolors';
import type { Change } from '../../core/resource.ts';
import type { Plan } from '../../planning/plan.ts';

const SIGN = { create: pc.green('+'), update: pc.yellow('~'), delete: pc.red('-') } as const;

/** The plans of a run. Domains for which the same is to be done, but for their names, are shown as one. */
export function showPlans(plans: readonly Plan[]): string {
  const groups = Map.groupBy(plans, (plan) => generic(showPlan(plan, '<domain>'), plan));
  return [...groups.values()]
    .map((alike) => {
      const [first, second] = alike;
      if (!first) return '';
      if (!second) return showPlan(first);
      return `${pc.bold(`The same for ${alike.length} domains`)}: ${alike.map((plan) => plan.domain).join(', ')}\n${showPlan(first)}`;
    })
    .join('\n\n');
}

/** A plan's text without what only its own names make different: the domain, DKIM tokens, the zone. */
function generic(text: string, plan: Plan): string {
  const tokens = /\b[a-z0-9]{32}\b/g;
  return text.replaceAll(plan.domain, '<domain>').replace(tokens, '<token>');
}

/** A plan as people read it: whose accounts, what changes with what consequence, what comes later, what stops it. */
export function showPlan(plan: Plan, title = plan.domain): string {
  const lines = [pc.bold(`Plan for ${title}`), ...plan.about.map((line) => pc.dim(`  ${line}`)), ''];
  for (const { system, message, fix } of plan.unknown) {
    lines.push(`${pc.yellow('?')} ${system}: ${message}`);
    if (fix) lines.push(`  ${pc.dim('→')} ${fix}`);
  }
  for (const [group, changes] of groups(plan.changes.filter((change) => change.by === 'us'))) {
    lines.push(pc.bold(group));
    for (const change of changes) lines.push(...showChange(change));
  }
  lines.push(...showByHand(plan));
  for (const later of plan.later) {
    lines.push(
      `${SIGN[later.verb]} ${pc.dim('later:')} ${later.count} ${later.type} at or under ${later.under}, ${later.what}`,
    );
  }
  for (const { what, why } of plan.left) lines.push(`${pc.dim('=')} stays: ${what}: ${why}`);
  for (const conflict of plan.conflicts) {
    lines.push(`${pc.red('✗')} ${conflict.message}`, `  ${pc.dim('→')} ${conflict.fix}`);
  }
  if (plan.changes.length + plan.conflicts.length + plan.later.length + plan.unknown.length === 0)
    lines.push(pc.green('✓ Nothing to do.'));
  return lines.join('\n');
}

/** What somebody is to enter at the DNS host, what was made of it so far, and the forms in which their tools take it. */
function showByHand(plan: Plan): string[] {
  const changes = plan.changes.filter((change) => change.by === 'person');
  if (changes.length === 0) return [];
  const zones = plan.zones.filter((zone) => zone.by === 'person');
  const where = zones.map((zone) => `${zone.name} (${zone.nameServers.join(', ')})`).join(' and ');
  return [
    pc.bold(`DNS, to be entered by hand at the host of ${where}`),
    ...changes.flatMap((change) => [
      ...showChange(change),
      ...(change.slip
        ? [`      ${pc.yellow('!')} ${change.slip.what}`, `      ${pc.dim('→')} ${change.slip.fix}`]
        : []),
    ]),
  ];
}

function showChange(change: Change): string[] {
  const linger =
    change.lingers !== undefined && !change.marks ? `; the old value is seen for up to ${span(change.lingers)}` : '';
  const effect = `${change.effect}${linger}`;
  const what = shortKeys(change.what);
  const fits = what.length + effect.length < 108;
  const lines = fits
    ? [`  ${SIGN[change.verb]} ${what}${pc.dim(` · ${effect}`)}`]
    : [`  ${SIGN[change.verb]} ${what}`, pc.dim(`      ${effect}`)];
  if (change.ask) lines.push(`      ${pc.yellow('?')} ${change.ask}`);
  return lines;
}

/** A length of time, in the unit that fits, with the time of day where it is long: '5 min', '24 h (until 14:35 tomorrow)'. */
export function span(seconds: number): string {
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  const end = new Date(Date.now() + seconds * 1000);
  const sameDay = end.toDateString() === new Date().toDateString();
  const time = end.toTimeString().slice(0, 5);
  return `${Math.round(seconds / 3600)} h (until ${time}${sameDay ? '' : seconds <= 86_400 ? ' tomorrow' : ` on ${end.toISOString().slice(0, 10)}`})`;
}

/** Changes by what they touch: 'SES us-east-1', 'DNS'. */
export function groups(changes: readonly Change[]): Map<string, Change[]> {
  const all = new Map<string, Change[]>();
  for (const change of changes) {
    const group = groupOf(change);
    all.set(group, [...(all.get(group) ?? []), change]);
  }
  return all;
}

/** What a change touches, as people say it. */
export function groupOf(change: Pick<Change, 'id' | 'system'>): string {
  return GROUPS[change.system] ?? (change.id.split('/')[0] ?? change.system).replace(/^ses/, 'SES');
}

/** Text for people: of a public key its beginning is enough. */
export function shortKeys(text: string): string {
  return text.replace(/[A-Za-z0-9+/=]{80,}/g, (key) => `${key.slice(0, 24)}…`);
}

const GROUPS: Readonly<Record<string, string>> = { dns: 'DNS', ledger: 'Our own memory' };

/** How many of each: '3 to create, 1 to change'. */
export function countChanges(changes: readonly Change[]): string {
  const words = { create: 'to create', update: 'to change', delete: 'to delete' } as const;
  return (['create', 'update', 'delete'] as const)
    .map((verb) => ({ verb, n: changes.filter((change) => change.verb === verb).length }))
    .filter(({ n }) => n > 0)
    .map(({ verb, n }) => `${n} ${words[verb]}`)
    .join(', ');
}
