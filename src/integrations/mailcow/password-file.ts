import { open } from 'node:fs/promises';
import { Problem } from '../../core/problem.ts';

/** The first line of a file that only its owner may read. For the call itself, never to be kept. Throws a Problem for one that can't be used. */
export async function readPasswordFile(path: string): Promise<string> {
  const refuse = (what: string, fix: string) =>
    new Problem('input', 'mailcow.password-file', `passwordFile: ${path} ${what}.`, { fix });
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw refuse(
      error.code === 'ENOENT' ? 'does not exist' : `can’t be read (${error.code ?? 'unknown'})`,
      'Write the password into it, with mode 600; or name no file: then one is made up.',
    );
  });
  try {
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0)
      throw refuse(
        `may be read by others (mode ${(mode & 0o777).toString(8)})`,
        `Take their rights away: chmod 600 ${path}. If others could read it for long, put another password into it.`,
      );
    const [password = ''] = (await file.readFile('utf8')).split(/\r?\n/, 1);
    if (password === '') throw refuse('is empty', 'Write the password into its first line.');
    return password;
  } finally {
    await file.close();
  }
}
