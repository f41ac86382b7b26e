import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Problem } from '../core/problem.ts';

/** A running sandbox, in its own process. */
export interface SandboxProcess {
  /** Environment that points Mailwright, AWS SDKs and Cloudflare clients at it. */
  readonly env: Readonly<Record<string, string>>;
  /** Every address, by stand-in. */
  readonly addresses: Readonly<Record<string, unknown>>;
  /** The control server: ledger, clock, faults, inbox. */
  readonly control: string;
  readonly process: ChildProcess;
  close(): Promise<void>;
}

/** Starts the sandbox and waits until it is ready. It ends with us, whatever becomes of us. */
export async function startSandbox(args: readonly string[] = []): Promise<SandboxProcess> {
  const source = fileURLToPath(new URL('../sandbox/main.ts', import.meta.url));
  const program = existsSync(source) ? source : fileURLToPath(new URL('./sandbox.js', import.meta.url));
  const child = spawn(process.execPath, [program, '--with-parent', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const ready = await new Promise<{ env: Record<string, string>; addresses: Record<string, unknown>; control: string }>(
    (resolve, reject) => {
      lines.once('line', (line) => {
        try {
          resolve(JSON.parse(line));
        } catch (error) {
          reject(error);
        }
      });
      child.once('exit', (code) =>
        reject(
          new Problem('failed', 'sandbox.start', `The sandbox did not start (exit ${code}).`, {
            fix: 'What it printed above says why.',
          }),
        ),
      );
      child.once('error', reject);
    },
  );
  return {
    ...ready,
    env: { ...ready.env, MAILWRIGHT_SANDBOX: ready.control },
    process: child,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      await ended;
    },
  };
}
