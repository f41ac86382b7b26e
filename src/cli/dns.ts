import { isIP } from 'node:net';
import type { ArgsDef } from 'citty';
import { openEvaluator } from '../app/evaluate.ts';
import { parseName } from '../core/domain.ts';
import { Problem } from '../core/problem.ts';
import { reverseName } from '../core/records/reverse-name.ts';
import { type Asked, askDns, type DnsType, TYPES } from '../domains/ask-dns.ts';
import { readFlags } from './flags.ts';
import { printJson } from './print-json.ts';
import { showDns } from './show/show-dns.ts';

export const args = {
  name: { type: 'positional', required: true, description: 'The name; for PTR also an address' },
  type: { type: 'positional', required: false, description: `${TYPES.join(', ')}; A without it` },
  resolver: { type: 'string', description: 'Ask this resolver instead of the configured ones', valueHint: 'HOST:PORT' },
  json: { type: 'string', description: 'Print the answers as JSON; =FILE writes them', valueHint: '[=FILE]' },
} as const satisfies ArgsDef;

const EXIT: Readonly<Record<Asked['status'], number>> = { present: 0, absent: 1, partial: 3, unknown: 3 };

/** What the zone's own servers and public resolvers answer, side by side. Exit status 0 where it is there, 1 where not, 3 where they differ or are silent. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const [name = '', type = 'A'] = flags.words;
  const wanted = type.toUpperCase() as DnsType;
  if (!TYPES.includes(wanted) || flags.words.length > 2)
    throw new Problem('input', 'dns.type', `dns: "${flags.words.slice(1).join(' ')}" is no type.`, {
      fix: `Write one of ${TYPES.join(', ')}.`,
    });
  const evaluator = openEvaluator(flags.text('resolver'));
  try {
    const isAddress = wanted === 'PTR' && isIP(name) !== 0 && !name.includes('%');
    const asked = await askDns(
      { name: isAddress ? reverseName(name) : parseName(name, 'dns'), type: wanted },
      evaluator.resolver,
    );
    const exit = EXIT[asked.status];
    printJson(flags, { version: 1, command: 'dns', ...asked, exit }, () => showDns(asked, Date.now()));
    return exit;
  } finally {
    evaluator.close();
  }
}
