import type { ArgsDef } from 'citty';
import { relayHelper } from '../app/relays.ts';
import { Problem } from '../core/problem.ts';
import { readFlags } from './flags.ts';

export const args = {
  what: { type: 'positional', required: true, description: 'install-helper' },
  user: { type: 'string', description: 'The user that Mailwright connects as', valueHint: 'NAME' },
} as const satisfies ArgsDef;

/** What a relay needs so that nobody has to be root there: prints it, installs nothing. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const [what] = flags.words;
  if (what !== 'install-helper' || flags.words.length > 1) {
    throw new Problem('input', 'relay.what', 'It is not said what is to be done.', {
      fix: 'Write mailwright relay install-helper: it prints the helper program and says how it is installed.',
    });
  }
  const { script, path, sha256, sudoers } = relayHelper(flags.text('user') ?? 'relayop');
  process.stdout.write(script);
  process.stderr.write(
    [
      '',
      'This is the one program that Mailwright needs to run as root on a relay. Read it, then install it there:',
      '',
      `  mailwright relay install-helper | ssh root@RELAY 'cat > ${path} && chown root:root ${path} && chmod 755 ${path}'`,
      `  ssh root@RELAY sha256sum ${path}`,
      `      ${sha256}`,
      `  ssh root@RELAY "visudo -f /etc/sudoers.d/mailwright"     (sudo 1.9.10 or newer), with the line`,
      `      ${sudoers}`,
      '',
    ].join('\n'),
  );
  return 0;
}
