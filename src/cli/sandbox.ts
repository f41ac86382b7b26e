import { writeFileSync } from 'node:fs';
import type { ArgsDef } from 'citty';
import pc from 'picocolors';
import { readFlags } from './flags.ts';
import { startSandbox } from './sandbox-process.ts';

export const args = {
  'env-file': { type: 'string', description: 'Write the settings as a .env file (mode 600)', valueHint: 'FILE' },
  json: { type: 'string', description: 'Print every address and setting as JSON', valueHint: '[=FILE]' },
} as const satisfies ArgsDef;

/** Runs the stand-ins alone, for anybody's tests, until it is stopped. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const sandbox = await startSandbox();
  const settings = Object.entries(sandbox.env).map(([name, value]) => `${name}=${value}`);
  const json = flags.text('json');
  const description = `${JSON.stringify({ control: sandbox.control, ledger: `${sandbox.control}/ledger`, env: sandbox.env, addresses: sandbox.addresses }, null, 2)}\n`;
  if (json === '-') process.stdout.write(description);
  else if (json !== undefined) writeFileSync(json, description, { mode: 0o600 });
  const file = flags.text('env-file');
  if (file) writeFileSync(file, `${settings.join('\n')}\n`, { mode: 0o600 });
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
