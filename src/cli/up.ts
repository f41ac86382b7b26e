import type { ArgsDef } from 'citty';
import { loadDomain } from '../app/load-domain.ts';
import { openPlanner, type Planner } from '../app/planner.ts';
import { parseAddress } from '../core/address.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { RunReport } from '../core/report.ts';
import { withSent } from '../domains/report.ts';
import { sendTest } from '../domains/send-test.ts';
import { up } from '../domains/up.ts';
import { askPerson } from './ask.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { parseDuration, readFlags } from './flags.ts';
import { openOutput, withReport } from './output.ts';
import { run as runPlan } from './plan.ts';

export const args = {
  word: { type: 'positional', required: false, description: 'The domain' },
  ...DOMAIN_ARGS,
  yes: { type: 'boolean', description: 'Approve the plan and what it announces' },
  'dry-run': { type: 'boolean', description: 'Only plan (same as mailwright plan)' },
  'send-test': {
    type: 'string',
    description: 'Send one message through each region when the domain is up',
    valueHint: 'ADDRESS',
  },
  wait: {
    type: 'string',
    description: 'Keep looking until SES and DNS agree (30m unless given)',
    valueHint: '[=DURATION]',
  },
} as const satisfies ArgsDef;

/** Brings a domain up. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  if (flags.on('dry-run')) return runPlan(planArgs(rawArgs));
  return withReport(flags, 'up', async () => (await runUp(rawArgs)).exit);
}

/** The same with a given environment instead of the process's own, and the report as answer. */
export async function runUp(rawArgs: readonly string[], environment?: NodeJS.ProcessEnv): Promise<RunReport> {
  const flags = readFlags(rawArgs, args);
  const { config, spec, state } = loadDomain(domainRequest(flags), environment);
  const recipient = flags.text('send-test');
  if (recipient !== undefined) parseAddress(recipient, '--send-test');
  const wait = flags.text('wait');
  const waitMs = wait === undefined ? 0 : parseDuration(wait);
  const output = openOutput(flags);
  const planner = await openPlanner(config, spec, { state, journal: 'file' });
  const interruption = stopOnSignal(() =>
    output.say(`\nStopping after the call under way. What is done stays; to go on: mailwright up ${spec.domain}`),
  );
  try {
    const done = await up(spec, planner.resources, planner.ground, {
      ask: askPerson({ yes: flags.on('yes'), say: output.say }),
      waitMs,
      emit: output.emit,
      stop: interruption.signal,
    });
    const report =
      recipient === undefined || !['done', 'pending'].includes(done.status)
        ? done
        : await withTest(done, recipient, planner, spec);
    output.finish(report);
    return report;
  } finally {
    interruption.end();
    await planner.close();
  }
}

async function withTest(report: RunReport, recipient: string, planner: Planner, spec: DomainSpec): Promise<RunReport> {
  const sender = await planner.openTestSender();
  try {
    return withSent(report, await sendTest(spec, recipient, report, sender));
  } finally {
    sender.close();
  }
}

/** Flags of `up` that `plan` does not know. */
function planArgs(rawArgs: readonly string[]): string[] {
  return rawArgs.filter((arg, index) => {
    const value = rawArgs[index - 1] === '--send-test';
    return !value && !/^--(dry-run|yes|wait(=.*)?|send-test(=.*)?)$/.test(arg);
  });
}

function stopOnSignal(say: () => void): { signal: AbortSignal; end(): void } {
  const stop = new AbortController();
  const interrupted = () => {
    say();
    stop.abort();
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  return {
    signal: stop.signal,
    end() {
      process.removeListener('SIGINT', interrupted);
      process.removeListener('SIGTERM', interrupted);
    },
  };
}
