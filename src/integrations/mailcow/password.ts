import { randomInt } from 'node:crypto';

/** Mailcow's password policy (get/passwordpolicy): the least length, and what has to be in it. */
export interface PasswordPolicy {
  readonly length: number;
  readonly letters: boolean;
  readonly special: boolean;
  readonly bothCases: boolean;
  readonly numbers: boolean;
}

/** Without those that look alike (0 O, 1 l I), so that it can be read out. */
const LOWER = 'abcdefghijkmnpqrstuvwxyz';
const UPPER = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const DIGITS = '23456789';
/** Of the special characters those that no shell, URL or mail program gives a meaning. */
const SPECIAL = '-_.+=';
const LEAST = 24;

/**
 * A password of at least 24 characters from the system's own source of chance, with a letter of both cases, a digit and a special
 * character, whatever the policy asks: so it satisfies every policy. `chance(n)`: a number below n.
 */
export function makePassword(
  policy: Pick<PasswordPolicy, 'length'>,
  chance: (below: number) => number = (below) => randomInt(below),
): string {
  const pick = (from: string) => from[chance(from.length)] ?? '';
  const all = LOWER + UPPER + DIGITS + SPECIAL;
  const length = Math.max(LEAST, policy.length);
  const chars = [LOWER, UPPER, DIGITS, SPECIAL].map(pick);
  while (chars.length < length) chars.push(pick(all));
  // Shuffled (Fisher and Yates), so that nobody knows where the four stand.
  for (let at = chars.length - 1; at > 0; at -= 1) {
    const other = chance(at + 1);
    [chars[at], chars[other]] = [chars[other] ?? '', chars[at] ?? ''];
  }
  // A special character in front is cut off by programs that take it for an option or a quote.
  const first = chars.findIndex((char) => !SPECIAL.includes(char));
  [chars[0], chars[first]] = [chars[first] ?? '', chars[0] ?? ''];
  return chars.join('');
}
