import pc from 'picocolors';
import type { Inspected } from '../../domains/inspect.ts';

/** How far an inspection is, on stderr: one line that is written over at a terminal, else one for every tenth of many domains. */
export function showInspected(): Inspected {
  return (domain, n, of) => {
    if (of < 2) return;
    const line = `… ${n}/${of} ${domain}`;
    if (process.stderr.isTTY) process.stderr.write(n === of ? '\r\x1b[2K' : `\r\x1b[2K${pc.dim(line)}`);
    else if (n === of || n % Math.max(1, Math.ceil(of / 10)) === 0) process.stderr.write(`${line}\n`);
  };
}
