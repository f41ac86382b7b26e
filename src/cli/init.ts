import type { ArgsDef } from 'citty';
import pc from 'picocolors';
import { type Init, openInit } from '../app/init.ts';
import { Problem } from '../core/problem.ts';
import { commandLine } from './command-line.ts';
import { DOMAIN_ARGS } from './domain-flags.ts';
import { type Flags, readFlags } from './flags.ts';
import { type Asker, askAtTerminal, askNobody, Cancelled, missing } from './interview/asker.ts';
import { type Given, type Interviewed, interview } from './interview/interview.ts';
import { run as runPlan } from './plan.ts';

export const args = {
  domains: { type: 'positional', required: false, description: 'The domain' },
  domain: DOMAIN_ARGS.domain,
  dns: { type: 'string', description: 'Who serves its DNS: a provider, or manual', valueHint: 'PROVIDER' },
  'ses-regions': DOMAIN_ARGS['ses-regions'],
  'ses-tenant': DOMAIN_ARGS['ses-tenant'],
  mx: DOMAIN_ARGS.mx,
  'dmarc-email': DOMAIN_ARGS['dmarc-email'],
  'aws-profile': { type: 'string', description: 'Profile of ~/.aws with the AWS credentials', valueHint: 'NAME' },
  'profile-name': {
    type: 'string',
    description: 'Name of the profile to write: profiles/NAME.yaml',
    valueHint: 'NAME',
  },
  'save-secrets': { type: 'boolean', description: 'Write secrets of the environment into .env, too' },
  overwrite: { type: 'boolean', description: 'Replace a profile of that name' },
  yes: { type: 'boolean', description: 'Ask nothing: flags, environment and what is usual' },
} as const satisfies ArgsDef;

/** How programs end that are interrupted (128 and the number of SIGINT). */
const INTERRUPTED = 130;

/** Asks a newcomer what is needed, tries it at once, and writes a profile and .env at the very end. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const given = givenBy(flags);
  const atTerminal = process.stdin.isTTY && process.stdout.isTTY;
  if (!flags.on('yes') && !atTerminal) throw missing([...(given.domain === undefined ? ['--domain'] : []), '--yes']);
  const ask = flags.on('yes') ? askNobody((line) => console.log(line)) : await askAtTerminal();
  const init = await openInit();
  try {
    const done = await interview(init, given, ask);
    if (!(await write(init, done, ask))) return 5;
    return await goOn(done, ask);
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    console.log(pc.yellow('Stopped; nothing was written.'));
    return INTERRUPTED;
  } finally {
    init.close();
  }
}

function givenBy(flags: Flags): Given {
  const [word, second] = [...flags.words, ...(flags.texts('domain') ?? [])];
  if (second !== undefined) {
    throw new Problem('input', 'flag.words', `One domain at a time: "${second}" is one too many.`, {
      fix: 'The profile is for any number of domains: name the others to mailwright plan.',
    });
  }
  return {
    domain: word,
    dns: flags.text('dns'),
    regions: flags.text('ses-regions')?.split(','),
    tenant: flags.text('ses-tenant'),
    profileName: flags.text('profile-name'),
    mx: flags.texts('mx'),
    reports: flags.text('dmarc-email'),
    awsProfile: flags.text('aws-profile'),
    saveSecrets: flags.on('save-secrets'),
    overwrite: flags.on('overwrite'),
  };
}

/** Shows what is to be written and does it, all or nothing; false where the answer was no. */
async function write(init: Init, done: Interviewed, ask: Asker): Promise<boolean> {
  const files = await init.describe(done);
  if (ask.person) {
    ask.tell(['To be written:', ...files.map((file) => `  ${file}`)].join('\n'));
    if (!(await ask.confirm('Write?', true))) {
      ask.tell('Nothing was written.');
      return false;
    }
  }
  // A signal that comes meanwhile is heard when all is there.
  const later = () => {};
  process.on('SIGINT', later);
  try {
    await init.write(done);
  } finally {
    process.removeListener('SIGINT', later);
  }
  ask.tell(['Written:', ...files.map((file) => `  ${file}`)].join('\n'));
  return true;
}

/** The first plan, where it is wanted, and what to do after that. From here on nothing can be undone by an interruption. */
async function goOn({ domain, profileName }: Interviewed, ask: Asker): Promise<number> {
  const words = [domain, '--profile', profileName];
  const plan = commandLine('plan', words);
  const steps = [
    [commandLine('doctor', words), 'is everything there that a run needs?'],
    [plan, 'what would be done; nothing is touched'],
    [`${commandLine('up', words)} --wait`, 'do it, and look until it works'],
  ] as const;
  const width = Math.max(...steps.map(([command]) => command.length));
  const next = steps.map(([command, what]) => `  ${command.padEnd(width)}  ${pc.dim(what)}`);
  try {
    if (ask.person && (await ask.confirm(`Look at the first plan now? (${plan})`, true))) await runPlan(words);
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
  }
  console.log([pc.bold('What to do next:'), ...next].join('\n'));
  return 0;
}
