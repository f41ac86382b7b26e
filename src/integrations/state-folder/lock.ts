import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Lock } from '../../core/ground.ts';
import { Problem } from '../../core/problem.ts';

/** Who wants or holds a lock; it is the name of a file, so that it is there whole or not at all. */
interface Claim {
  readonly name: string;
  readonly since: string;
  readonly pid: number;
  readonly host: string;
  /** When the process began, as its system counts; empty where that is not told. */
  readonly began: string;
}

const BEAT_MS = 10_000;
/** A claim counts as dead after this silence. */
const DEAD_MS = 120_000;
/** How long the first of several that came at once waits for the others to step back. */
const SETTLE_MS = 500;

/**
 * Locks as folders of claims. Whoever wants one writes a claim first and looks at the others afterwards; it holds the lock when it is
 * alone. So of two, at least one sees the other, and no claim of the living is ever removed by somebody else. The dead are cleared away.
 */
export function openLock(folder: string): Lock {
  return {
    async acquire(key) {
      const claims = join(folder, key.replace(/[^a-z0-9.-]+/gi, '_'));
      await mkdir(claims, { recursive: true, mode: 0o700 });
      const own = `${new Date().toISOString()}~${process.pid}~${hostname().replaceAll('~', '-')}~${randomBytes(4).toString('hex')}~${await startOf(process.pid)}`;
      const path = join(claims, own);
      await writeFile(path, '', { flag: 'wx', mode: 0o600 });
      const until = performance.now() + SETTLE_MS;
      for (;;) {
        const [other] = await readLiving(claims, own);
        if (!other) return hold(path);
        // Of those that came at once, the first stays; the others step back.
        if (other.name < own || performance.now() > until) {
          await rm(path, { force: true });
          throw new Problem(
            'conflict',
            'lock.held',
            `${key} is being worked on by another run (process ${other.pid} on ${other.host}, since ${other.since.replace(/\.\d+Z$/, 'Z')}).`,
            {
              fix: 'Wait for it to end, or end it; then run again.',
            },
          );
        }
        await new Promise((done) => setTimeout(done, 10));
      }
    },
  };
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

/** The claims of others that are alive, oldest first; those of the dead are removed on the way. */
async function readLiving(claims: string, own: string): Promise<Claim[]> {
  const living: Claim[] = [];
  for (const name of (await readdir(claims)).toSorted()) {
    if (name === own) continue;
    const [since = '', pid = '', host = '', , began = ''] = name.split('~');
    const claim = { name, since, pid: Number(pid), host, began };
    if (await isAlive(claim, join(claims, name))) living.push(claim);
    else await rm(join(claims, name), { force: true });
  }
  return living;
}

/**
 * On this machine the process itself tells: the same id that began at the same time is alive, however long it has been silent (a laptop
 * that slept). Elsewhere, and where no beginning is told, silence is death: an id may live again as somebody else's.
 */
async function isAlive(claim: Claim, path: string): Promise<boolean> {
  const here = claim.host === hostname().replaceAll('~', '-');
  if (here && claim.began !== '') return (await startOf(claim.pid)) === claim.began;
  const silent = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => Number.POSITIVE_INFINITY, // released between listing and looking
  );
  if (silent >= DEAD_MS) return false;
  if (!here) return true;
  try {
    process.kill(claim.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process of this machine began, in ticks since its start (Linux, proc(5)); empty where it is gone, or nobody tells. */
async function startOf(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field, the program's name, may hold anything up to its closing parenthesis.
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
