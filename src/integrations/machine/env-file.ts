import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Diagnosis } from '../../core/diagnosis.ts';

const run = promisify(execFile);

/** Whether .env is its owner's alone, and whether git leaves it out. Its content is not looked at. */
export async function examineEnvFile(folder: string): Promise<readonly Diagnosis[]> {
  const at = { id: 'machine.env-file', system: 'machine' };
  const there = await stat(join(folder, '.env')).catch(() => undefined);
  if (!there) return [{ ...at, status: 'ok', says: 'no .env here: settings come from the environment' }];
  const mode = there.mode & 0o777;
  const lines: Diagnosis[] = [
    (mode & 0o077) === 0
      ? { ...at, status: 'ok', says: `.env: mode ${mode.toString(8)}` }
      : { ...at, status: 'warning', says: `.env: mode ${mode.toString(8)}, others can read it`, fix: 'chmod 600 .env' },
  ];
  const ignored = await isIgnored(folder);
  if (ignored === 'no') {
    const fix = 'Add the line .env to .gitignore; if it was committed, make new credentials.';
    lines.push({ ...at, id: 'machine.env-ignored', status: 'warning', says: '.env: git would take it in', fix });
  }
  if (ignored === 'yes')
    lines.push({ ...at, id: 'machine.env-ignored', status: 'ok', says: '.env: git leaves it out' });
  return lines;
}

/** Whether git ignores the folder's .env; 'none' where it is no work tree, or there is no git. */
export async function isIgnored(folder: string): Promise<'yes' | 'no' | 'none'> {
  try {
    await run('git', ['-C', folder, 'check-ignore', '--quiet', '.env']);
    return 'yes';
  } catch (error) {
    // git check-ignore: 0 ignored, 1 not ignored, 128 no repository.
    return (error as { code?: unknown }).code === 1 ? 'no' : 'none';
  }
}
