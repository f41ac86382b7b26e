import type { Faults } from '../../faults.ts';

/** Lets the faults of an operation strike: waits, or refuses for now; the answer says whether it is to be refused after it was done. */
export async function meetFaults(faults: Faults, operation: string): Promise<{ readonly refusesAfter: boolean }> {
  const hit = faults.take('mailcow', operation);
  const find = (...kinds: string[]) => hit.find(({ kind }) => kinds.includes(kind));
  const slow = find('slow', 'hang');
  if (slow)
    await new Promise((resolve) => setTimeout(resolve, slow.kind === 'hang' ? 3_600_000 : (slow.ms ?? 1000)).unref());
  if (find('throttle', 'error-before')) throw smtpError(451, '4.3.0 Temporary lookup failure');
  return { refusesAfter: find('error-after') !== undefined };
}

/** A refusal as the SMTP server sends it: a code and a text that begins with the enhanced status code. */
export function smtpError(responseCode: number, text: string): Error & { readonly responseCode: number } {
  return Object.assign(new Error(text), { responseCode });
}
