import { parseArgs } from 'node:util';
import type { ArgsDef } from 'citty';
import { nearest } from '../core/nearest.ts';
import { Problem } from '../core/problem.ts';

/** Flags as they were given: strings, repeated strings and switches, plus the words that are no flags. */
export interface Flags {
  readonly words: readonly string[];
  text(name: string): string | undefined;
  texts(name: string): readonly string[] | undefined;
  on(name: string): boolean;
}

/** Flags whose value may be left out, and what they mean then. Their value needs the '=' form. */
const BARE: ReadonlyMap<string, string> = new Map([
  ['--wait', '--wait=30m'],
  ['--json', '--json=-'],
  ['--prove', '--prove=-'],
  ['--markdown', '--markdown=-'],
  ['--retire', '--retire='],
]);

/** Flags that may be given several times. */
const SEVERAL = new Set(['mx', 'mailbox', 'host-key', 'relay']);

/** Reads flags strictly: an unknown one is an error with a suggestion, never silently dropped. */
export function readFlags(rawArgs: readonly string[], args: ArgsDef): Flags {
  const named = Object.entries(args).filter(([, arg]) => arg.type !== 'positional');
  const options = Object.fromEntries(
    named.map(([name, arg]) => [
      name,
      arg.type === 'boolean' ? { type: 'boolean' as const } : { type: 'string' as const, multiple: true },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: rawArgs.map((arg) => BARE.get(arg) ?? arg),
      options,
      allowPositionals: true,
      strict: true,
    });
    for (const [name, given] of Object.entries(values)) {
      if (Array.isArray(given) && given.length > 1 && !SEVERAL.has(name)) {
        throw new Problem('input', 'flag.twice', `--${name} is given ${given.length} times; it takes one value.`);
      }
    }
    const texts = (name: string) => (Array.isArray(values[name]) ? (values[name] as string[]) : undefined);
    return { words: positionals, texts, text: (name) => texts(name)?.at(-1), on: (name) => values[name] === true };
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
      const given = /'(--?[^'\s]+)/.exec(message)?.[1] ?? '';
      const meant = nearest(
        given.replace(/^-+/, ''),
        named.map(([name]) => name),
      );
      throw new Problem(
        'input',
        'flag.unknown',
        `There is no flag ${given}${meant ? `; did you mean --${meant}?` : '.'}`,
        { fix: 'Use --help to see the flags of this command.' },
      );
    }
    throw new Problem('input', 'flag.value', message.split('.')[0] ?? message, {
      fix: 'Use --help to see the flags of this command.',
    });
  }
}

/** For commands, or flags, that take no words: a word that was given would else be ignored in silence. */
export function refuseWords(flags: Flags, why: string): void {
  if (flags.words.length === 0) return;
  throw new Problem('input', 'flag.words', `"${flags.words[0]}" is one word too many: ${why}`, {
    fix: 'Leave it out. If it is a value, write it after "=", as in --json=FILE.',
  });
}

/** For flags that ask for another thing: whatever says more of the first would else be ignored in silence. */
export function refuseFlags(flags: Flags, args: ArgsDef, mode: string, allowed: readonly string[], why = ''): void {
  const isGiven = (name: string, { type }: ArgsDef[string]) =>
    type === 'boolean' ? flags.on(name) : type !== 'positional' && flags.text(name) !== undefined;
  const odd = Object.entries(args).find(
    ([name, arg]) => name !== mode && !allowed.includes(name) && isGiven(name, arg),
  )?.[0];
  if (odd === undefined) return;
  throw new Problem('input', 'flag.beside', `--${odd} can’t stand beside --${mode}${why === '' ? '.' : `: ${why}`}`, {
    fix: 'Leave one of them out.',
  });
}

/** '90', '90s', '30m', '2h' as milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+)(s|m|h)?$/.exec(text.trim());
  if (!match)
    throw new Problem('input', 'flag.duration', `--wait: "${text}" is no duration.`, { fix: 'Write 90s, 30m or 2h.' });
  return Number(match[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[(match[2] ?? 's') as 's' | 'm' | 'h'];
}
