import pc from 'picocolors';
import { loadDomains } from '../../app/load-domain.ts';
import { openSmtpCredentials, type SmtpCredentials } from '../../app/smtp-credentials.ts';
import { Problem } from '../../core/problem.ts';
import { type RunStatus, STATUS_CODES } from '../../core/report.ts';
import { type SmtpCredential, saslPasswords } from '../../core/smtp-credentials.ts';
import type { SmtpPlan } from '../../domains/smtp/plan-smtp.ts';
import { type SmtpResult, smtpCredentials } from '../../domains/smtp-credentials.ts';
import { askYes } from '../ask-yes.ts';
import { domainRequest } from '../domain-flags.ts';
import type { Flags } from '../flags.ts';
import { problemsOf, showProblems } from '../problems.ts';
import { printResult } from '../result-file.ts';
import { makeSecretFile, type SecretFile } from '../secret-file.ts';
import { showSmtpCredentials, showSmtpOutcomes, showSmtpPlan } from '../show/show-smtp.ts';
import { stopOnSignal } from '../stop.ts';

const COMMAND = 'ses smtp-credentials';

/** Makes, renews or ends what relays sign in at SES with. Passwords are shown once, or written to a file of mode 600; no report holds them. */
export async function runSmtpCredentials(flags: Flags): Promise<number> {
  const json = flags.text('json');
  try {
    return await act(flags, json);
  } catch (error) {
    const problems = problemsOf(error);
    const exit = showProblems(problems);
    if (json !== undefined) printResult(json, { version: 1, command: COMMAND, exit, errors: problems });
    return exit;
  }
}

async function act(flags: Flags, json: string | undefined): Promise<number> {
  const purpose = purposeOf(flags);
  const loaded = loadDomains(domainRequest(flags));
  const opened = await openSmtpCredentials(loaded, { name: flags.text('name'), purpose });
  const say = (line: string) => (json === '-' ? process.stderr : process.stdout).write(`${line}\n`);
  const out = flags.text('out');
  let file: SecretFile | undefined;
  let interruption: ReturnType<typeof stopOnSignal> | undefined;
  try {
    const result = await smtpCredentials(opened.wish, opened.needs, {
      now: () => opened.clock.now(),
      sleep: (ms) => opened.clock.sleep(ms),
      async approve(plan) {
        const makesKey = plan.steps.some(({ kind }) => kind === 'create-key');
        if (makesKey && json !== undefined && out === undefined)
          throw new Problem('input', 'flag.out', '--json never holds a password, so the new ones would be lost.', {
            fix: 'Name a file for them with --out.',
          });
        showPlan(plan, opened, say);
        // A file that can't be made is told before anything is.
        if (makesKey && out !== undefined) file = makeSecretFile('--out', out);
        const approved = await askYes({ yes: flags.on('yes'), say, question: 'Do it?' });
        // Ctrl-C must not come between a key and the showing of its passwords: what was begun is a few calls.
        if (approved) interruption = stopOnSignal(() => say('A moment: what was begun is finished first.'));
        return approved;
      },
    });
    const written = handOver(result.credentials, { out, file, say });
    if (written) file = undefined;
    const status = statusOf(result);
    if (result.approved) say(ending(result, opened));
    if (result.problem) showProblems([result.problem]);
    if (json !== undefined) printResult(json, report(result, status, opened));
    return STATUS_CODES[status];
  } finally {
    interruption?.end();
    file?.discard();
    await opened.close();
  }
}

function purposeOf(flags: Flags): SmtpCredentials['wish']['purpose'] {
  const retire = flags.text('retire');
  if (retire !== undefined && flags.on('rotate'))
    throw new Problem('input', 'flag.retire', '--rotate makes a key and --retire ends one: not in one run.', {
      fix: 'Rotate, give the new passwords to the relays, and retire when all of them have them.',
    });
  if (retire === undefined) return { kind: flags.on('rotate') ? 'rotate' : 'make' };
  return retire === '' ? { kind: 'retire' } : { kind: 'retire', key: retire };
}

function showPlan(
  plan: SmtpPlan,
  { caller, wish, notes, policy, endpoint }: SmtpCredentials,
  say: (line: string) => void,
) {
  say(`AWS account ${caller.account} as ${caller.arn}`);
  say(pc.bold(`SMTP credentials of IAM user ${wish.user}`));
  const endpoints = plan.regions.map((region) => ({ region, ...endpoint(region) }));
  say(showSmtpPlan(plan.steps, (step) => policy(step.grant), endpoints));
  for (const note of [...notes, ...plan.notes]) say(pc.dim(`  ${note}`));
}

/** Whether the passwords are in the file now. Without a file this is the one time that they are shown. */
function handOver(
  credentials: readonly SmtpCredential[],
  to: { out: string | undefined; file: SecretFile | undefined; say: (line: string) => void },
): boolean {
  if (credentials.length === 0) return false;
  if (to.file === undefined) {
    to.say(`\n${showSmtpCredentials(credentials)}\n`);
    to.say(pc.dim('Shown this once: IAM does not tell a secret again. It may take a minute until SES knows the key.'));
    return false;
  }
  to.file.write(to.out?.endsWith('.json') ? `${JSON.stringify(credentials, null, 2)}\n` : saslPasswords(credentials));
  to.say(`\nPasswords for ${credentials.map(({ region }) => region).join(', ')}: ${to.out} (mode 600)`);
  return true;
}

function ending({ outcomes, plan }: SmtpResult, { notes, wish }: SmtpCredentials): string {
  if (outcomes.length > 0) return showSmtpOutcomes(outcomes);
  const lines = [...notes, ...plan.notes].map((note) => pc.dim(`  ${note}`));
  return [`${pc.green('✓')} Nothing to do for IAM user ${wish.user}.`, ...lines].join('\n');
}

function statusOf({ approved, problem }: SmtpResult): RunStatus {
  if (!approved) return 'waiting';
  if (!problem) return 'done';
  return problem.kind === 'unknown' || problem.kind === 'retry'
    ? 'pending'
    : problem.kind === 'account'
      ? 'usage'
      : 'failed';
}

/** The report: everything but the passwords. */
function report(result: SmtpResult, status: RunStatus, { caller, wish, notes, policy, endpoint }: SmtpCredentials) {
  const { plan, before, after, outcomes, problem } = result;
  const time = (ms: number) => new Date(ms).toISOString();
  return {
    version: 1,
    command: COMMAND,
    status,
    exit: STATUS_CODES[status],
    account: caller.account,
    user: { name: wish.user, ...((after ?? before) ? { arn: (after ?? before)?.arn } : {}) },
    policy: policy(plan.grant),
    endpoints: plan.regions.map((region) => ({ region, ...endpoint(region) })),
    keys: ((after ?? before)?.keys ?? []).map(({ id, active, createdAt, lastUsed }) => ({
      id,
      active,
      createdAt: time(createdAt),
      ...(lastUsed ? { lastUsed: { ...lastUsed, at: time(lastUsed.at) } } : {}),
    })),
    steps: outcomes.map(({ step, outcome }) => ({ kind: step.kind, what: step.what, effect: step.effect, outcome })),
    notes: [...notes, ...plan.notes],
    errors: problem ? [problem] : [],
  };
}
