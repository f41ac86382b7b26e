import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a foreign program ended and what it said. */
export interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with what a foreign program runs: nothing of our own environment but the path reaches it. */
export interface Surroundings {
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After this long it is killed and the test fails. */
  readonly timeoutMs?: number;
}

function environment({ folder, env }: Surroundings): Record<string, string> {
  // HOME is a folder of the test: no profile, configuration or cache of whoever runs the suite gets in.
  return { PATH: process.env.PATH ?? '', HOME: folder, LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1', ...env };
}

/** Runs a foreign program to its end. */
export async function runProgram(path: string, args: readonly string[], where: Surroundings): Promise<Ended> {
  const child = spawn(path, args, { cwd: where.folder, env: environment(where), stdio: ['ignore', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const limit = where.timeoutMs ?? 60_000;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, limit);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    const ended = { exit: code ?? -1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
    if (late) throw new Error(`${path} ${args.join(' ')} was still running after ${limit} ms\n${ended.stderr}`);
    return ended;
  } finally {
    clearTimeout(timer);
  }
}

/** Starts a foreign server and waits for the line in which it says where it listens (the first group of `ready`). */
export async function startServer(
  path: string,
  args: readonly string[],
  where: Surroundings & { readonly ready: RegExp },
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const child = spawn(path, args, { cwd: where.folder, env: environment(where), stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const listen = (chunk: Buffer) => {
    said += chunk.toString();
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const end = Date.now() + (where.timeoutMs ?? 60_000);
  for (;;) {
    const url = where.ready.exec(said)?.[1];
    if (url) return { url, stop: () => stop(child) };
    if (hasEnded(child)) throw new Error(`${path} ended with exit status ${child.exitCode}\n${said}`);
    if (Date.now() > end) {
      await stop(child);
      throw new Error(`${path} was not ready in time\n${said}`);
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}

/** Asks until the answer satisfies, for as long as it may take. */
export async function until<T>(ask: () => Promise<T>, good: (answer: T) => boolean, withinMs = 20_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (Date.now() > end) throw new Error(`did not come true in ${withinMs} ms: ${JSON.stringify(answer)}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
