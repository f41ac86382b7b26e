import { type NewPassword, newPasswords } from '../app/mailcow.ts';
import type { Planner } from '../app/planner.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { RunReport } from '../core/report.ts';
import type { SecretFile } from './secret-file.ts';

/** Shows the first passwords of new mailboxes once: on the terminal, or in the file; then nobody has them but who read them. */
export async function tellPasswords(
  planner: Planner,
  specs: readonly DomainSpec[],
  reports: readonly RunReport[],
  { file, path, say }: { file: SecretFile | undefined; path: string | undefined; say: (line: string) => void },
): Promise<void> {
  const all = await newPasswords(specs, reports, planner.ground.secrets);
  if (all.length === 0) return file?.discard();
  file?.write(all.map(({ address, password }) => `${address}\t${password}\n`).join(''));
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
