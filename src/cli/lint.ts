import type { ArgsDef } from 'citty';
import { lintNeeds } from '../app/evaluate.ts';
import { SEVERITIES } from '../core/checks/check.ts';
import { LINT_KINDS, type LintKind } from '../core/lint-report.ts';
import { nearest } from '../core/nearest.ts';
import { Problem } from '../core/problem.ts';
import { lint } from '../domains/lint.ts';
import { parseFailOn } from './fail-on.ts';
import { readFlags } from './flags.ts';
import { printJson } from './print-json.ts';
import { readText } from './record-text.ts';
import { showLint } from './show/show-lint.ts';

export const args = {
  kind: { type: 'positional', required: true, description: LINT_KINDS.join(', ') },
  record: { type: 'positional', required: true, description: 'The record; @FILE reads a file, - stdin' },
  'fail-on': {
    type: 'string',
    description: 'Exit with 1 from this severity on; error without it',
    valueHint: SEVERITIES.join('|'),
  },
  resolver: {
    type: 'string',
    description: 'Taken like by spf and dns, and never asked: lint looks nothing up',
    valueHint: 'HOST:PORT',
  },
  json: { type: 'string', description: 'Print the findings as JSON; =FILE writes them', valueHint: '[=FILE]' },
} as const satisfies ArgsDef;

/** Says what is wrong with a record by itself; nothing is looked up. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const [kind, ...records] = flags.words;
  const [record] = records;
  if (record === undefined || records.length > 1)
    throw new Problem('input', 'lint.record', `lint takes a kind and one record, not ${records.length} of them.`, {
      fix: `Write mailwright lint ${kind ?? 'spf'} '…', the record in quotes.`,
    });
  const text = readText(record);
  if (text.trim() === '')
    throw new Problem('input', 'lint.record', 'lint: the record is empty.', {
      fix: 'Write it in quotes, name its file as @FILE, or pipe it in with -.',
    });
  const report = await lint(parseKind(kind ?? ''), text, parseFailOn(flags), lintNeeds);
  printJson(flags, report, () => showLint(report));
  return report.exit;
}

function parseKind(text: string): LintKind {
  const kind = text.toLowerCase() as LintKind;
  if (LINT_KINDS.includes(kind)) return kind;
  const meant = nearest(text, LINT_KINDS);
  throw new Problem('input', 'lint.kind', `lint: "${text}" is none${meant ? `; is ${meant} meant?` : '.'}`, {
    fix: `Write one of ${LINT_KINDS.join(', ')}.`,
  });
}
