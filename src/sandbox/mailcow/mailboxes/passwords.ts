import type { Read } from '../api/call.ts';
import type { Entry } from '../api/entry.ts';
import { isEmpty, textOf } from '../api/loose.ts';
import type { Switches } from '../switches.ts';

/** `get/passwordpolicy`: numbers as texts, as its store keeps them. */
export const getPasswordPolicy: Read = ({ cow }) =>
  Object.fromEntries(Object.entries(cow.switches.passwordPolicy).map(([name, value]) => [name, String(value)]));

/** What is said of a password that is refused. Its log names neither the call nor what was asked. */
export function passwordRefusal(
  policy: Switches['passwordPolicy'],
  first: unknown,
  second: unknown,
): Entry | undefined {
  const refuse = (msg: string): Entry => ({ type: 'danger', log: ['password_check', null, null], msg });
  if (isEmpty(first) || isEmpty(second)) return refuse('password_complexity');
  if (first !== second) return refuse('password_mismatch');
  return meets(policy, textOf(first)) ? undefined : refuse('password_complexity');
}

function meets(policy: Switches['passwordPolicy'], password: string): boolean {
  const asks: readonly [number, boolean][] = [
    [policy.special_chars, /[^a-zA-Z\d]/.test(password)],
    [policy.chars, /[a-zA-Z]/.test(password)],
    [policy.numbers, /\d/.test(password)],
    [policy.lowerupper, /[a-z]/.test(password) && /[A-Z]/.test(password)],
  ];
  return Buffer.byteLength(password) >= policy.length && asks.every(([asked, met]) => asked === 0 || met);
}
