import { isIP } from 'node:net';
import type { ArgsDef } from 'citty';
import { openEvaluator } from '../app/evaluate.ts';
import { parseName } from '../core/domain.ts';
import { Problem } from '../core/problem.ts';
import type { SpfResult } from '../core/verdicts.ts';
import { explainSpf } from '../domains/explain-spf.ts';
import { readFlags } from './flags.ts';
import { printJson } from './print-json.ts';
import { showSpf } from './show/show-spf.ts';

export const args = {
  ip: { type: 'positional', required: true, description: 'The address of the host that sends' },
  from: { type: 'string', description: 'Envelope sender; empty for a bounce', valueHint: 'ADDRESS' },
  helo: {
    type: 'string',
    description: 'The name by which the host greets; without it the sender’s domain',
    valueHint: 'NAME',
  },
  resolver: { type: 'string', description: 'Ask this resolver alone', valueHint: 'HOST:PORT' },
  json: { type: 'string', description: 'Print the verdict as JSON; =FILE writes it', valueHint: '[=FILE]' },
} as const satisfies ArgsDef;

const EXIT: Readonly<Partial<Record<SpfResult, number>>> = { pass: 0, temperror: 3 };

/** Who passes SPF and why, mechanism by mechanism. Exit status 0 for a pass, 3 where DNS could not be asked, else 1. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const [ip = ''] = flags.words;
  if (isIP(ip) === 0 || ip.includes('%') || flags.words.length > 1)
    throw new Problem(
      'input',
      'spf.ip',
      flags.words.length === 0 ? 'spf: no address is named.' : `spf: "${flags.words.join(' ')}" is no IP address.`,
      { fix: 'Write mailwright spf 192.0.2.1 --from you@example.com: one address, without brackets, port or /bits.' },
    );
  const from = flags.text('from') ?? '';
  const helo = flags.text('helo') ?? from.slice(from.lastIndexOf('@') + 1);
  if (helo === '')
    throw new Problem('input', 'spf.from', 'spf: nobody says who sends.', {
      fix: 'Name the envelope sender (--from), or the HELO name (--helo).',
    });
  // What is asked is the sender’s domain; for a bounce that of the greeting.
  if (from.includes('@')) parseName(from.slice(from.lastIndexOf('@') + 1), '--from');
  else parseName(helo, flags.text('helo') === undefined ? '--from' : '--helo');
  const evaluator = openEvaluator(flags.text('resolver'));
  try {
    const { domain, verdict, trace } = await explainSpf({ ip, from, helo }, evaluator.spf);
    const exit = EXIT[verdict.result] ?? 1;
    const report = { version: 1, command: 'spf', ip, from, helo, domain, ...verdict, trace, exit };
    printJson(flags, report, () => showSpf({ ip, from, domain, verdict, trace }));
    return exit;
  } finally {
    evaluator.close();
  }
}
