import { closeSync, openSync, writeSync } from 'node:fs';
import { type NewPassword, newPasswords } from '../app/mailcow.ts';
import type { Planner } from '../app/planner.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import { Problem } from '../core/problem.ts';
import type { RunReport } from '../core/report.ts';
import type { Flags } from './flags.ts';

/** A file for passwords is made before anything is done: one that can't be is told first, one that is there is never written over. */
export function openPasswordFile(flags: Flags): number | undefined {
  const path = flags.text('passwords-to');
  if (path === undefined) return undefined;
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Problem(
      'input',
      'flag.passwords-to',
      code === 'EEXIST'
        ? `--passwords-to: ${path} is there already.`
        : `--passwords-to: ${path} can’t be made (${message}).`,
      { fix: 'Name a new file in a folder that may be written.' },
    );
  }
}

/** Shows the first passwords of new mailboxes once: on the terminal, or in the file; then nobody has them but who read them. */
export async function tellPasswords(
  planner: Planner,
  specs: readonly DomainSpec[],
  reports: readonly RunReport[],
  { file, path, say }: { file: number | undefined; path: string | undefined; say: (line: string) => void },
): Promise<void> {
  const all = await newPasswords(specs, reports, planner.ground.secrets);
  if (file !== undefined) writeSync(file, all.map(({ address, password }) => `${address}\t${password}\n`).join(''));
  if (file !== undefined) closeSync(file);
  if (all.length === 0) return;
  say('');
  if (path !== undefined) say(`${count(all)} in ${path} (mode 600).`);
  else {
    say('First passwords of new mailboxes, shown this once:');
    for (const { address, password } of all) say(`  ${address}  ${password}`);
  }
  for (const one of all) await one.forget();
}

function count(all: readonly NewPassword[]): string {
  return all.length === 1
    ? 'The first password of a new mailbox is'
    : `The first passwords of ${all.length} new mailboxes are`;
}
