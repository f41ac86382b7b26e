import pc from 'picocolors';
import { openInspector } from '../app/inspector.ts';
import type { Deviation, Deviations } from '../core/inspection.ts';
import { Problem } from '../core/problem.ts';
import { checkAgainst } from '../domains/inspect.ts';
import type { Flags } from './flags.ts';
import { printResult } from './result-file.ts';
import { showInspected } from './show/show-inspected.ts';

const MARK: Readonly<Record<Deviation['severity'], string>> = {
  error: pc.red('✗'),
  warning: pc.yellow('!'),
  unknown: pc.yellow('?'),
};

/** `check DOMAIN --against OLD,OLD`: where a domain deviates from what the others have alike. */
export async function runCheckAgainst(flags: Flags): Promise<number> {
  const named = flags.text('domain');
  const words = [...flags.words, ...(named === undefined ? [] : [named])];
  if (words.length === 0 && flags.text('from') === undefined) {
    throw new Problem('input', 'domain.missing', 'No domain is given.', {
      fix: 'Name the one to look at: mailwright check new.example --against a.example,b.example.',
    });
  }
  const against = (flags.text('against') ?? '').split(',').filter((name) => name.trim() !== '');
  if (against.length === 0) throw new Problem('input', 'flag.against', '--against names no domain.');
  const inspector = await openInspector({
    domains: words,
    from: flags.text('from'),
    against,
    profile: flags.text('profile'),
    regions: flags.text('ses-regions')?.split(','),
    dns: flags.text('dns'),
  });
  try {
    const found = await checkAgainst(inspector.domains, inspector.against, inspector.needs, showInspected());
    const json = flags.text('json');
    if (json !== undefined) printResult(json, found);
    if (json !== '-') console.log(showDeviations(found));
    return found.exit;
  } finally {
    inspector.close();
  }
}

function showDeviations(found: Deviations): string {
  const { domains, against, pattern, unseen } = found;
  const lines = domains.flatMap(({ domain, deviations }) => [
    '',
    pc.bold(`${domain} against ${against.join(', ')}`),
    ...(deviations.length === 0
      ? [pc.green(`  ✓ like the others in all ${pattern.length} things that they were seen to have alike`)]
      : []),
    ...deviations.flatMap(({ severity, title, expected, seen, why }) =>
      severity === 'unknown'
        ? [`  ${MARK.unknown} ${title}: could not be seen: ${why}`]
        : [
            `  ${MARK[severity]} ${title}`,
            `      ${pc.dim('the others')}  ${expected.join(', ') || 'none'}`,
            `      ${pc.dim('here')}        ${seen.join(', ') || 'none'}`,
            pc.dim(`      ${why}`),
          ],
    ),
  ]);
  for (const { what, reason } of unseen) lines.push(pc.yellow(`  ? ${what}: ${reason}`));
  const count = (severity: Deviation['severity']) =>
    domains.flatMap(({ deviations }) => deviations).filter((one) => one.severity === severity).length;
  const end = {
    done: pc.green('✓ Nothing deviates.'),
    failed: pc.red('✗ It deviates where mail depends on it.'),
    pending: pc.yellow('! It deviates in lesser things, or could not be seen whole.'),
  };
  return [
    ...lines.slice(1),
    '',
    `${end[found.status]} ${count('error')} errors, ${count('warning')} warnings, ${count('unknown')} unknown.`,
  ].join('\n');
}
