import { mkdir, open, readFile, rm, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Lock } from '../../core/ground.ts';
import { Problem } from '../../core/problem.ts';

interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly since: string;
  readonly beat: string;
}

const BEAT_MS = 10_000;
/** A holder on another machine counts as dead after this silence. */
const DEAD_MS = 120_000;

/** Lock files made with O_EXCL, kept alive by a heartbeat, taken over only from the dead. */
export function openLock(folder: string): Lock {
  return {
    async acquire(key) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `${key.replace(/[^a-z0-9.-]+/gi, '_')}.lock`);
      for (let attempt = 0; attempt < 3; attempt += 1) {
        if (await make(path)) return hold(path);
        const holder = await readHolder(path);
        if (holder && isAlive(holder)) {
          throw new Problem(
            'conflict',
            'lock.held',
            `${key} is being worked on by another run (process ${holder.pid} on ${holder.host}, since ${holder.since}).`,
            {
              fix: 'Wait for it to end, or end it; then run again.',
            },
          );
        }
        await rm(path, { force: true });
      }
      throw new Problem('conflict', 'lock.held', `${key} is being worked on by another run.`, {
        fix: 'Run again in a moment.',
      });
    },
  };
}

async function make(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    const now = new Date().toISOString();
    await file.writeFile(
      JSON.stringify({ host: hostname(), pid: process.pid, since: now, beat: now } satisfies Holder),
    );
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function hold(path: string) {
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, BEAT_MS);
  beat.unref();
  return {
    async release() {
      clearInterval(beat);
      await rm(path, { force: true });
    },
  };
}

async function readHolder(path: string): Promise<(Holder & { silentMs: number }) | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const [stat, text] = await Promise.all([file.stat(), readFile(path, 'utf8')]);
      return { ...(JSON.parse(text) as Holder), silentMs: Date.now() - stat.mtimeMs };
    } finally {
      await file.close();
    }
  } catch {
    return undefined; // gone, or cut off by a crash while it was written: nobody's
  }
}

function isAlive(holder: Holder & { silentMs: number }): boolean {
  if (holder.host !== hostname()) return holder.silentMs < DEAD_MS;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
