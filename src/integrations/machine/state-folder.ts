import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Diagnosis } from '../../core/diagnosis.ts';

/** Whether the state folder can be written and is its owner's alone; one that is not there yet is not made. */
export async function examineStateFolder(folder: string): Promise<Diagnosis> {
  const at = { id: 'machine.state', system: 'machine' };
  const named = `state folder ${folder}`;
  const fix = 'Make the folder writable for you, or name another (--state, MAILWRIGHT_STATE).';
  const there = await stat(folder).catch(() => undefined);
  if (there && !there.isDirectory()) return { ...at, status: 'broken', says: `${named} is no folder`, fix };
  const place = there ? folder : await nearest(dirname(folder));
  const writable = await access(place, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!writable)
    return { ...at, status: 'broken', says: `${named} can’t be written${there ? '' : `: ${place} is closed`}`, fix };
  if (!there) return { ...at, status: 'ok', says: `${named} is not there yet; the first run makes it with mode 700` };
  const mode = there.mode & 0o777;
  const shown = `mode ${mode.toString(8)}`;
  if ((mode & 0o077) === 0) return { ...at, status: 'ok', says: `${named}: writable, ${shown}` };
  return {
    ...at,
    status: 'warning',
    says: `${named}: writable, ${shown}: others of this machine can ${(mode & 0o022) === 0 ? 'look into it' : 'change it'}`,
    fix: `chmod 700 ${folder}`,
  };
}

/** The folder itself or the first above it that is there. */
async function nearest(folder: string): Promise<string> {
  const there = await stat(folder).catch(() => undefined);
  return there || dirname(folder) === folder ? folder : nearest(dirname(folder));
}
