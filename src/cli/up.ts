import { readFileSync } from 'node:fs';
import type { ArgsDef } from 'citty';
import { type Loaded, loadDomains, loadReviewed } from '../app/load-domain.ts';
import { openOutside } from '../app/outside.ts';
import type { Planner } from '../app/planner.ts';
import { proveNeeds } from '../app/prover.ts';
import { parseAddress } from '../core/address.ts';
import { Problem } from '../core/problem.ts';
import type { RunReport } from '../core/report.ts';
import { openVerifier, type Verify } from '../domains/audit/verify.ts';
import { type ReviewedPlan, readPlanFile } from '../domains/plan-file.ts';
import { proofAddress, prove } from '../domains/prove.ts';
import { withProofs, withSent } from '../domains/report.ts';
import { sendTest } from '../domains/send-test.ts';
import { up } from '../domains/up.ts';
import { commandLine } from './command-line.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { type Flags, parseDuration, readFlags } from './flags.ts';
import { withReport } from './output.ts';
import { perform } from './perform.ts';
import { run as runPlan } from './plan.ts';
import { tellIfSlow } from './tell-if-slow.ts';

/** Flags of every command that makes a run. */
export const RUN_ARGS = {
  yes: { type: 'boolean', description: 'Approve the plan and what it announces' },
  wait: {
    type: 'string',
    description: 'Keep looking until SES and DNS agree (30m unless given)',
    valueHint: '[=DURATION]',
  },
} as const satisfies ArgsDef;

export const args = {
  domains: { type: 'positional', required: false, description: 'The domains' },
  ...DOMAIN_ARGS,
  ...RUN_ARGS,
  'dry-run': { type: 'boolean', description: 'Only plan (same as mailwright plan)' },
  plan: { type: 'string', description: 'Do what a reviewed plan says, and nothing else', valueHint: 'FILE' },
  first: { type: 'string', description: 'So many domains first; the others when nothing failed there', valueHint: 'N' },
  'keep-going': { type: 'boolean', description: 'Go on with the other domains where one fails or is in conflict' },
  'passwords-to': {
    type: 'string',
    description: 'Write the first passwords of new mailboxes into a new file (mode 600) instead of showing them',
    valueHint: 'FILE',
  },
  prove: {
    type: 'string',
    description:
      'When the domain is up: messages through SES and to each MX host, read from the first mailbox; =ADDRESS also one out to it',
    valueHint: '[=ADDRESS]',
  },
  'send-test': {
    type: 'string',
    description: 'Send one message through each region when the domain is up',
    valueHint: 'ADDRESS',
  },
} as const satisfies ArgsDef;

/** Brings domains up. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  if (flags.on('dry-run') && flags.text('plan') !== undefined) {
    const fix = 'To see what changed since, plan anew; to do what it says, leave out --dry-run.';
    return withReport(flags, 'up', () => {
      throw new Problem('input', 'flag.plan', '--plan names a plan that is made already.', { fix });
    });
  }
  if (flags.on('dry-run')) return runPlan(planArgs(rawArgs));
  return withReport(flags, 'up', async () => (await runUp(rawArgs)).exit);
}

/** The same with a given environment instead of the process's own, and the reports as answer. */
export async function runUp(
  rawArgs: readonly string[],
  environment?: NodeJS.ProcessEnv,
): Promise<{ exit: number; reports: readonly RunReport[] }> {
  const flags = readFlags(rawArgs, args);
  const reviewed = readReviewed(flags);
  const loaded = reviewed
    ? loadReviewed(
        reviewed.map(({ spec }) => spec),
        flags.text('state'),
        environment,
      )
    : loadDomains(domainRequest(flags), environment);
  const { specs } = loaded;
  const recipient = flags.text('send-test');
  if (recipient !== undefined) parseAddress(recipient, '--send-test');
  const proving = flags.text('prove');
  const outside = proving === undefined || proving === '-' ? undefined : parseAddress(proving, '--prove').address;
  if (proving !== undefined) for (const spec of specs) proofAddress(spec);
  const wait = flags.text('wait');
  return perform({
    flags,
    loaded,
    goOn: commandLine('up', rawArgs),
    options: {
      ...(reviewed ? { approvedBy: 'plan' as const } : {}),
      waitMs: wait === undefined ? 0 : parseDuration(wait),
      first: parseCount(flags.text('first')),
      keepGoing: flags.on('keep-going'),
    },
    async act(planner, options) {
      const { resources, ground } = planner;
      const done = await up(specs, resources, ground, { ...options, verify: verifier(loaded, planner) }, reviewed);
      const tested = recipient === undefined ? done : await withTests(done, recipient, planner, specs);
      return proving === undefined ? tested : await withProof(tested, outside, loaded, planner, options.stop);
    },
  });
}

/** What `check` looks at, at the end of a run. */
function verifier({ config }: Loaded, { ground }: Planner): Verify {
  const { allowPrivate } = config.dns;
  const outside = openOutside(ground.resolver, {
    allowPrivate,
    registration: false,
    tls: false,
    port: config.smtp.port,
  });
  // What the wish is not about is said, and leaves the exit status to `check`.
  const verify = openVerifier({ ...ground, allowPrivate, outside });
  return (looks) => tellIfSlow(looks.length, verify(looks));
}

function readReviewed(flags: Flags): readonly ReviewedPlan[] | undefined {
  const path = flags.text('plan');
  if (path === undefined) return undefined;
  const said = Object.keys(DOMAIN_ARGS).filter(
    (name) => !['state', 'json'].includes(name) && (flags.text(name) !== undefined || flags.on(name)),
  );
  if (flags.words.length > 0 || said.length > 0) {
    const what = [...(flags.words.length > 0 ? ['the domains'] : []), ...said.map((name) => `--${name}`)];
    throw new Problem('input', 'flag.plan', '--plan says already which domains, and how.', {
      fix: `Leave out ${what.join(', ')}; or leave out --plan to plan anew.`,
    });
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Problem('input', 'plan.file', `--plan: ${path} can't be read: ${(error as Error).message}.`);
  }
  return readPlanFile(text, path);
}

async function withTests(
  reports: readonly RunReport[],
  recipient: string,
  planner: Planner,
  specs: Loaded['specs'],
): Promise<readonly RunReport[]> {
  const sender = await planner.openTestSender();
  try {
    const tested: RunReport[] = [];
    for (const report of reports) {
      const spec = specs.find((one) => one.domain === report.domain);
      const sends = spec && ['done', 'pending'].includes(report.status);
      tested.push(sends ? withSent(report, await sendTest(spec, recipient, report, sender)) : report);
    }
    return tested;
  } finally {
    sender.close();
  }
}

async function withProof(
  reports: readonly RunReport[],
  outside: string | undefined,
  { config, specs }: Loaded,
  planner: Planner,
  stop: AbortSignal | undefined,
): Promise<readonly RunReport[]> {
  const sender = await planner.openTestSender();
  try {
    const proved: RunReport[] = [];
    for (const report of reports) {
      const spec = specs.find((one) => one.domain === report.domain);
      const travels = spec && !stop?.aborted && ['done', 'pending'].includes(report.status);
      const needs = spec && proveNeeds(config, spec, sender, planner.ground.resolver, stop);
      proved.push(travels && needs ? withProofs(report, await prove(spec, outside, needs)) : report);
    }
    return proved;
  } finally {
    sender.close();
  }
}

function parseCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Problem('input', 'flag.first', `--first: "${text}" is no number of domains.`, { fix: 'Write --first 1.' });
}

/** Flags of `up` that `plan` does not know. */
function planArgs(rawArgs: readonly string[]): string[] {
  return rawArgs.filter((arg, index) => {
    const value = /^--(send-test|first|passwords-to)$/.test(rawArgs[index - 1] ?? '');
    return (
      !value &&
      !/^--(dry-run|yes|keep-going|wait(=.*)?|send-test(=.*)?|first(=.*)?|passwords-to(=.*)?|prove(=.*)?)$/.test(arg)
    );
  });
}
