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
  name: { type: 'positional', required: true, description: 'The name; or an address, for its reverse name' },
  type: { type: 'positional', required: false, description: `${TYPES.join(', ')}; without it A, of an address PTR` },
  resolver: { type: 'string', description: 'Ask this resolver instead of the configured ones', valueHint: 'HOST:PORT' },
  json: { type: 'string', description: 'Print the answers as JSON; =FILE writes them', valueHint: '[=FILE]' },
} as const satisfies ArgsDef;

const EXIT: Readonly<Record<Asked['status'], number>> = { present: 0, absent: 1, partial: 3, unknown: 3 };

/** What the zone's own servers and public resolvers answer, side by side. Exit status 0 where it is there, 1 where not, 3 where they differ or are silent. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const [said = '', type = isAddress(said) ? 'PTR' : 'A'] = flags.words;
  // An IPv4 address in the clothes of IPv6 has the reverse name of the former.
  const name = said.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
  const wanted = type.toUpperCase() as DnsType;
  if (!TYPES.includes(wanted) || flags.words.length > 2)
    throw new Problem('input', 'dns.type', `dns: "${flags.words.slice(1).join(' ')}" is no type.`, {
      fix: `Write one of ${TYPES.join(', ')}.`,
    });
  const evaluator = openEvaluator(flags.text('resolver'));
  try {
    const isReverse = wanted === 'PTR' && isAddress(name);
    const asked = await askDns(
      { name: isReverse ? reverseName(name) : parseName(name, 'dns'), type: wanted },
      evaluator.resolver,
    );
    const exit = EXIT[asked.status];
    printJson(flags, { version: 1, command: 'dns', ...asked, exit }, () => showDns(asked, Date.now()));
    return exit;
  } finally {
    evaluator.close();
  }
}

function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}
