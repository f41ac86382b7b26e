import { stripVTControlCharacters } from 'node:util';
import { type CommandDef, renderUsage } from 'citty';
import pc from 'picocolors';
import { nearest } from '../core/nearest.ts';
import { problemsOf, showProblems } from './problems.ts';

/** A command's file: its flags and what it does; the answer is the exit status. */
export interface Command {
  readonly args: NonNullable<CommandDef['args']>;
  run(rawArgs: string[]): Promise<number>;
}

/** The commands, in the order of a first acquaintance. Their files are loaded only when they run. */
export const COMMANDS: Readonly<
  Record<string, { readonly description: string; readonly load: () => Promise<Command> }>
> = {
  demo: { description: 'The whole of it in the sandbox, no account needed', load: () => import('./demo.ts') },
  init: {
    description: 'First set-up: asks, tries credentials, writes a profile and .env',
    load: () => import('./init.ts'),
  },
  doctor: {
    description: 'Is everything there that a run needs: credentials, permissions, delegation, ports',
    load: () => import('./doctor.ts'),
  },
  plan: { description: 'What would be done for domains; nothing is touched', load: () => import('./plan.ts') },
  up: { description: 'Bring domains up: plan, approve, apply, look again', load: () => import('./up.ts') },
  check: { description: 'Look at domains again; the exit status says it', load: () => import('./check.ts') },
  adopt: {
    description: 'Make live domains ours: marks and memory, nothing that mail could notice',
    load: () => import('./adopt.ts'),
  },
  records: {
    description: 'The DNS records to publish, as table, zone file, CSV, JSON, for dnscontrol, octoDNS or Terraform',
    load: () => import('./records.ts'),
  },
  inspect: {
    description: 'What existing domains have, share, and lack; writes the profile that follows',
    load: () => import('./inspect.ts'),
  },
  lint: { description: 'What is wrong with a record by itself; nothing is looked up', load: () => import('./lint.ts') },
  spf: { description: 'Who passes SPF and why, mechanism by mechanism', load: () => import('./spf.ts') },
  dns: {
    description: 'What a zone’s own servers and public resolvers answer, side by side',
    load: () => import('./dns.ts'),
  },
  list: { description: 'Which domains there are, and whose they are', load: () => import('./list.ts') },
  rotate: { description: 'Let SES make longer DKIM keys: mailwright rotate dkim', load: () => import('./rotate.ts') },
  runs: { description: 'What was done, newest first', load: () => import('./runs.ts') },
  down: {
    description: 'Take domains down, in the order that loses no letter: what is ours; mailboxes stay',
    load: () => import('./down.ts'),
  },
  undo: { description: 'Take a run back, as far as nobody changed it since', load: () => import('./undo.ts') },
  ses: {
    description: 'Credentials for mail servers that send by SES: mailwright ses smtp-credentials',
    load: () => import('./ses.ts'),
  },
  relay: {
    description: 'What lets a user edit a relay’s tables without being root: mailwright relay install-helper',
    load: () => import('./relay.ts'),
  },
  sandbox: {
    description: 'Run the stand-ins (SES, STS, IAM, Cloudflare, Porkbun, Route 53, DNS, inbox) for tests',
    load: () => import('./sandbox.ts'),
  },
  config: { description: 'Show the configuration with secrets masked', load: () => import('./config.ts') },
};

export const VERSION = '0.1.0';

const main: CommandDef = {
  meta: { name: 'mailwright', version: VERSION, description: 'E-mail domains on Amazon SES, set up and kept true' },
  subCommands: Object.fromEntries(
    Object.entries(COMMANDS).map(([name, { description }]) => [name, { meta: { name, description } }]),
  ),
};

/** Runs the command line; the answer is the exit status (0 done, 1 failed, 2 usage or account, 3 pending, 4 conflict, 5 changes waiting). */
export async function runCli(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(forOutput(await renderUsage(main)));
    return 0;
  }
  if (name === '--version' || name === '-v') {
    console.log(VERSION);
    return 0;
  }
  const known = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!known) {
    const meant = nearest(name, Object.keys(COMMANDS));
    console.error(
      `mailwright: there is no command "${name}"${meant ? `; did you mean "${meant}"?` : '.'} Commands: ${Object.keys(COMMANDS).join(', ')}.`,
    );
    return 2;
  }
  try {
    const command = await known.load();
    if (rest.includes('--help') || rest.includes('-h')) {
      const usage = await renderUsage({ meta: { name, description: known.description }, args: command.args }, main);
      console.log(forOutput(usage));
      return 0;
    }
    return await command.run(rest);
  } catch (error) {
    return showProblems(problemsOf(error));
  }
}

/** Colours only where the rest of what we print has them. */
function forOutput(text: string): string {
  return pc.isColorSupported ? text : stripVTControlCharacters(text);
}
