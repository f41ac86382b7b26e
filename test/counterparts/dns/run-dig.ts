import { expect } from 'vitest';
import { runProgram } from '../program.ts';

/** Runs dig once at a server ('127.0.0.5:4711'), which must say nothing that dig finds malformed. */
export async function runDig(
  dig: string,
  folder: string,
  server: string,
  ...args: string[]
): Promise<{ exit: number; said: string }> {
  const [host = '', port = ''] = server.split(':');
  const patience = ['+tries=1', '+time=3'];
  const where = { folder, timeoutMs: 20_000 };
  const { exit, stdout, stderr } = await runProgram(dig, [`@${host}`, '-p', port, ...patience, ...args], where);
  expect(stderr).toBe('');
  // What dig warns of is malformed: trailing bytes, an id or question that is not its own, a cookie that is not echoed.
  expect(stdout).not.toMatch(/warning|mismatch|malformed|extra bytes/i);
  return { exit, said: stdout };
}
