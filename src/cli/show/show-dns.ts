import pc from 'picocolors';
import { showText } from '../../core/records/txt.ts';
import type { ServerAnswer } from '../../core/resolver.ts';
import type { Asked, Wait } from '../../domains/ask-dns.ts';
import { span } from './show-plan.ts';

const SAYS = {
  present: pc.green('They all say the same.'),
  absent: 'It is not there.',
  partial: pc.yellow('They do not say the same.'),
  unknown: pc.yellow('Nobody could say; the reasons stand behind the question marks.'),
} as const;

/** Who answers what, the zone's own servers first. `now` in milliseconds since the epoch. */
export function showDns(asked: Asked, now: number): string {
  const { name, type, zone, status, wait } = asked;
  const all = [...asked.authoritative, ...asked.public];
  const width = Math.max(...all.map(({ by }) => by.length), 10);
  const rows = (answers: readonly ServerAnswer[]) => answers.flatMap((one) => row(one, type, width));
  return [
    `${pc.bold(name)} ${type}${zone === undefined ? '' : pc.dim(`  zone ${zone}`)}`,
    pc.dim('its own servers'),
    // Theirs is the alias; what it leads to, resolvers say.
    ...asked.authoritative.flatMap((one) =>
      one.status === 'absent' && one.alias !== undefined && asked.public.length > 0
        ? [`  ${one.by.padEnd(width)}  ${pc.dim('→')} ${one.alias}`]
        : row(one, type, width),
    ),
    ...(asked.public.length > 0 ? [pc.dim('resolvers'), ...rows(asked.public)] : []),
    verdict(status, all),
    ...(wait ? showWait(wait, now) : []),
  ].join('\n');
}

function verdict(status: Asked['status'], all: readonly ServerAnswer[]): string {
  if (status === 'present' && all.some((one) => one.status === 'unknown'))
    return pc.yellow('Those that answer say the same; who is marked ? does not answer.');
  if (status === 'absent' && all.some(({ alias }) => alias !== undefined))
    return 'The alias is there, and nothing where it leads.';
  return SAYS[status];
}

function showWait({ resolvers, everybody, servers }: Wait, now: number): string[] {
  const by = (seconds: number) =>
    seconds < 90
      ? `${seconds} s`
      : seconds < 5400
        ? `${span(seconds)} (by ${new Date(now + seconds * 1000).toTimeString().slice(0, 5)})`
        : span(seconds);
  return [
    ...(servers === undefined ? [] : [`Servers that lag fetch the zone within ${by(servers)}: its SOA’s refresh.`]),
    ...(resolvers === undefined
      ? []
      : [
          `These resolvers ask again within ${by(resolvers)}; whoever else has the old answer within ${by(everybody)}.`,
        ]),
  ];
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
