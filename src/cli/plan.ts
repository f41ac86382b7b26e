import type { ArgsDef } from 'citty';
import pc from 'picocolors';
import { loadDomains } from '../app/load-domain.ts';
import { openPlanner } from '../app/planner.ts';
import { look } from '../domains/look.ts';
import { writePlanFile } from '../domains/plan-file.ts';
import { commandLine } from './command-line.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { type Flags, readFlags } from './flags.ts';
import { openOutput, withReport } from './output.ts';
import { writeResult } from './result-file.ts';
import { planMarkdown } from './show/plan-markdown.ts';
import { countChanges } from './show/show-plan.ts';

export const args = {
  domains: { type: 'positional', required: false, description: 'The domains' },
  ...DOMAIN_ARGS,
  out: { type: 'string', description: 'Write the plan, to be reviewed and given to up --plan', valueHint: 'FILE' },
  markdown: { type: 'string', description: 'Print the plan as Markdown; =FILE writes it', valueHint: '[=FILE]' },
} as const satisfies ArgsDef;

/** Says what would be done; reads only. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  return withReport(flags, 'plan', () => runPlan(flags, rawArgs));
}

async function runPlan(flags: Flags, rawArgs: readonly string[]): Promise<number> {
  const { config, specs, state } = loadDomains(domainRequest(flags));
  const output = openOutput(flags);
  const markdown = flags.text('markdown');
  const planner = await openPlanner(config, specs, { state, journal: 'none' });
  try {
    const looks = await look(
      'plan',
      specs,
      planner.resources,
      planner.ground,
      markdown === '-' ? () => {} : output.emit,
    );
    const plans = looks.map(({ plan }) => plan);
    const out = flags.text('out');
    const conflicts = plans.some((plan) => plan.conflicts.length > 0);
    if (out) writeResult('--out', out, writePlanFile(specs, plans));
    if (markdown === '-') process.stdout.write(planMarkdown(plans));
    else if (markdown) writeResult('--markdown', markdown, planMarkdown(plans));
    const reports = looks.map(({ report }) => report);
    if (flags.text('json') !== undefined || markdown === '-')
      return output.finish(reports, { quiet: markdown === '-' });
    const changes = plans.flatMap((plan) => plan.changes);
    if (changes.length === 0 || conflicts) return output.finish(reports);
    const how = out
      ? commandLine('up', ['--plan', out])
      : commandLine('up', rawArgs, { switches: ['markdown', 'json'], valued: ['out'] });
    output.say(`\n${pc.bold(countChanges(changes))}. Nothing was touched. To do it: ${how}`);
    if (specs.length > 3) output.say(pc.dim('One of them first, the others when nothing failed there: --first 1'));
    return output.finish(reports, { quiet: true });
  } finally {
    await planner.close();
  }
}
