import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { ArgsDef } from 'citty';
import pc from 'picocolors';
import { Problem } from '../core/problem.ts';
import { readFlags } from './flags.ts';
import { startSandbox } from './sandbox-process.ts';

export const args = {
  'env-file': { type: 'string', description: 'Write the settings as a .env file (mode 600)', valueHint: 'FILE' },
  json: { type: 'string', description: 'Print every address and setting as JSON', valueHint: '[=FILE]' },
} as const satisfies ArgsDef;

/** The first line of a settings file of ours: only such a file is written over. */
const OURS = '# Settings of a mailwright sandbox; they change with every start.';

/** Runs the stand-ins alone, for anybody's tests, until it is stopped. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const file = flags.text('env-file');
  if (file && existsSync(file) && !readFileSync(file, 'utf8').startsWith(OURS)) {
    throw new Problem('input', 'flag.env-file', `--env-file: ${file} is there, and no sandbox wrote it.`, {
      fix: 'Name another file: your own settings would be lost.',
    });
  }
  const sandbox = await startSandbox();
  const settings = Object.entries(sandbox.env).map(([name, value]) => `${name}=${value}`);
  const json = flags.text('json');
  const description = `${JSON.stringify({ control: sandbox.control, ledger: `${sandbox.control}/ledger`, env: sandbox.env, addresses: sandbox.addresses }, null, 2)}\n`;
  if (json === '-') process.stdout.write(description);
  else if (json !== undefined) writeSecret(json, description);
  if (file) writeSecret(file, `${OURS}\n${settings.join('\n')}\n`);
  if (json !== '-') {
    console.log(pc.bold('The sandbox is running. Point clients at it with:'));
    for (const line of settings) console.log(`  ${line}`);
    if (file) console.log(pc.dim(`  (written to ${file})`));
    console.log(`\nLedger, clock, faults and inbox: ${sandbox.control}\n${pc.dim('Ctrl-C ends it.')}`);
  }
  return await new Promise<number>((resolve) => {
    const stop = () => {
      void sandbox.close().then(() => resolve(0));
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    sandbox.process.once('exit', (code) => resolve(code ?? 0));
  });
}

/** The mode of a new file is no help to one that was there. */
function writeSecret(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600);
}
