import type { ArgsDef } from 'citty';
import pc from 'picocolors';
import { loadDomain } from '../app/load-domain.ts';
import { openPlanner } from '../app/planner.ts';
import { look } from '../domains/look.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { type Flags, readFlags } from './flags.ts';
import { openOutput, withReport } from './output.ts';
import { writeResult } from './result-file.ts';
import { countChanges, planMarkdown } from './show-plan.ts';

export const args = {
  word: { type: 'positional', required: false, description: 'The domain' },
  ...DOMAIN_ARGS,
  out: { type: 'string', description: 'Write the plan as JSON', valueHint: 'FILE' },
  markdown: { type: 'string', description: 'Print the plan as Markdown; =FILE writes it', valueHint: '[=FILE]' },
} as const satisfies ArgsDef;

/** Says what would be done; reads only. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  return withReport(flags, 'plan', () => runPlan(flags));
}

async function runPlan(flags: Flags): Promise<number> {
  const { config, spec, state } = loadDomain(domainRequest(flags));
  const output = openOutput(flags);
  const markdown = flags.text('markdown');
  const planner = await openPlanner(config, spec, { state, journal: 'none' });
  try {
    const { report, plan } = await look(
      'plan',
      spec,
      planner.resources,
      planner.ground,
      markdown === '-' ? () => {} : output.emit,
    );
    const out = flags.text('out');
    if (out) writeResult('--out', out, `${JSON.stringify(plan, null, 2)}\n`);
    if (markdown === '-') process.stdout.write(planMarkdown(plan));
    else if (markdown) writeResult('--markdown', markdown, planMarkdown(plan));
    if (flags.text('json') !== undefined) return output.finish(report);
    if (markdown !== '-' && plan.changes.length > 0 && plan.conflicts.length === 0) {
      output.say(
        `\n${pc.bold(countChanges(plan.changes))}. Nothing was touched. To do it: mailwright up ${spec.domain}`,
      );
    }
    return report.exit;
  } finally {
    await planner.close();
  }
}
