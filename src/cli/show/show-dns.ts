import pc from 'picocolors';
import type { ServerAnswer } from '../../core/resolver.ts';
import { showText } from '../../core/txt.ts';
import type { Asked } from '../../domains/ask-dns.ts';

const SAYS = {
  present: pc.green('They all say the same.'),
  absent: 'It is not there.',
  partial: pc.yellow('They do not say the same.'),
  unknown: pc.yellow('Nobody could be asked.'),
} as const;

/** Who answers what, the zone's own servers first. */
export function showDns(asked: Asked): string {
  const { name, type, zone, status, waitSeconds } = asked;
  const all = [...asked.authoritative, ...asked.public];
  const width = Math.max(...all.map(({ by }) => by.length), 10);
  const rows = (answers: readonly ServerAnswer[]) => answers.flatMap((one) => row(one, type, width));
  return [
    `${pc.bold(name)} ${type}${zone === undefined ? '' : pc.dim(`  zone ${zone}`)}`,
    pc.dim('its own servers'),
    ...rows(asked.authoritative),
    ...(asked.public.length > 0 ? [pc.dim('resolvers'), ...rows(asked.public)] : []),
    `${SAYS[status]}${waitSeconds === undefined ? '' : ` What is old goes within ${waitSeconds} s.`}`,
  ].join('\n');
}

function row({ by, status, values, ttl, alias, reason }: ServerAnswer, type: string, width: number): string[] {
  const who = `  ${by.padEnd(width)}  `;
  if (status === 'unknown') return [`${who}${pc.yellow(`? ${reason}`)}`];
  const way = alias === undefined ? '' : pc.dim(`→ ${alias}  `);
  if (status === 'absent') return [`${who}${way}nothing`];
  const shown = values.map((value) => (type === 'TXT' ? showText(value) : value));
  return shown.map(
    (value, at) => `${at === 0 ? who : ' '.repeat(who.length)}${way}${value}${at === 0 ? pc.dim(`  ${ttl} s`) : ''}`,
  );
}
