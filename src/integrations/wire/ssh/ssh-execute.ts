import type { Client } from 'ssh2';
import { Problem } from '../../../core/problem.ts';

/** How a command ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const MOST_OUTPUT = 64 * 1024 * 1024;

/** Runs a command over a connection. Throws a Problem where it is cut or takes too long: what became of the command is then unknown. */
export function execute(client: Client, host: string, command: string, stdin: string, timeoutMs: number): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const lost = (why: string) =>
      new Problem('unknown', 'ssh.lost', `${host}: ${why}; what became of the command is not known.`, {
        fix: 'Run again: what was done is found by looking.',
        retry: {},
      });
    // ssh2 has no time limit of its own.
    const timer = setTimeout(() => {
      client.destroy();
      reject(lost(`no end of a command in ${timeoutMs / 1000} s`));
    }, timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    const cut = () => fail(lost('the connection was cut'));
    client.once('close', cut);
    client.exec(command, (error, stream) => {
      if (error) return fail(lost(error.message));
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      let size = 0;
      let ended: { code: number } | undefined;
      const keep = (into: Buffer[]) => (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST_OUTPUT) client.destroy();
        into.push(chunk);
      };
      stream.on('data', keep(out));
      stream.stderr.on('data', keep(err));
      stream.on('exit', (code: number | null) => {
        // Ended by a signal: no exit status.
        ended = { code: code ?? 255 };
      });
      stream.on('close', () => {
        client.removeListener('close', cut);
        if (!ended) return cut();
        clearTimeout(timer);
        resolve({ code: ended.code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
      });
      stream.on('error', () => undefined);
      stream.end(stdin);
    });
  });
}
