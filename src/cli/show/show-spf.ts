import pc from 'picocolors';
import { escapeControls } from '../../core/records/txt.ts';
import type { SpfTrace, SpfVerdict } from '../../core/verdicts.ts';

const MEANS = {
  pass: 'may send',
  fail: 'must not send',
  softfail: 'should not send',
  neutral: 'nothing is said of it',
  none: 'no SPF record',
  temperror: 'DNS could not be asked',
  permerror: 'the record can’t be used: receivers treat it as an error',
} as const;

const MARK = { match: pc.green('✓'), 'no match': pc.dim('·'), error: pc.red('✗'), 'not reached': pc.dim(' ') } as const;

/** The verdict, and the way that it came by. */
export function showSpf(shown: {
  ip: string;
  from: string;
  domain: string;
  verdict: SpfVerdict;
  trace: SpfTrace;
}): string {
  const { ip, from, domain, verdict, trace } = shown;
  const { result, reason, explanation, lookups } = verdict;
  const colour = result === 'pass' ? pc.green : result === 'neutral' || result === 'none' ? pc.yellow : pc.red;
  return [
    `${colour(result)}  ${ip} for ${escapeControls(from === '' ? domain : from)}: ${MEANS[result]}`,
    ...(reason === undefined ? [] : [pc.dim(`  ${escapeControls(reason)}`)]),
    ...(explanation === undefined ? [] : [`  the domain says: ${escapeControls(explanation)}`]),
    ...showTrace(trace, '  '),
    pc.dim(`  ${lookups.count} of ${lookups.limit} look-ups, ${lookups.empty} of them without an answer`),
  ].join('\n');
}

function showTrace({ domain, record, steps }: SpfTrace, indent: string): string[] {
  if (record === undefined) return [];
  return [
    `${indent}${pc.bold(domain)}  ${escapeControls(record)}`,
    ...steps.flatMap(({ term, verdict, reason, below }) => [
      `${indent}  ${MARK[verdict]} ${verdict === 'not reached' ? pc.dim(escapeControls(term)) : escapeControls(term)}  ${pc.dim(verdict)}${reason === undefined ? '' : pc.dim(`: ${escapeControls(reason)}`)}`,
      ...(below ? showTrace(below, `${indent}    `) : []),
    ]),
  ];
}
