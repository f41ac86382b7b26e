import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground, RunVerb } from '../core/ground.ts';
import type { RunReport } from '../core/report.ts';
import { forgetAccounts } from '../planning/accounts.ts';
import type { ApplyNeeds } from '../planning/apply.ts';
import type { RoundEvent } from '../planning/events.ts';
import type { Plan } from '../planning/plan.ts';
import { lastLook } from './last-look.ts';
import { lockAll } from './locks.ts';
import { openReport } from './report.ts';
import { runRounds } from './rounds.ts';
import type { RunOptions, Task } from './task.ts';

/**
 * A run over one or several domains: round after round until nothing is left, or only waiting is. Each round looks at the world anew,
 * so a run that was cut off is finished by running again. `tasks` are made under the locks of all domains, which are held throughout.
 */
export async function runDomains(
  verb: RunVerb,
  specs: readonly DomainSpec[],
  ground: Ground,
  options: RunOptions,
  tasks: () => Promise<readonly Task[]>,
  more: { direction?: ApplyNeeds['direction']; undoes?: string } = {},
): Promise<readonly RunReport[]> {
  const { clock, journal } = ground;
  const at = () => new Date(clock.now()).toISOString();
  const domains = specs.map((spec) => spec.domain);
  const reports = new Map(
    domains.map((domain) => [
      domain,
      openReport(journal.run, verb === 'migrate' ? 'up' : verb, domain, () => clock.now()),
    ]),
  );
  let begun = false;
  const emit = (event: RoundEvent) => {
    if (event.kind === 'applying') begun = true;
    if ('domain' in event && event.domain !== undefined) reports.get(event.domain)?.take(event);
    options.emit(event);
  };
  const { locks, busy } = await lockAll(domains, ground, options.keepGoing ?? false);
  try {
    const all = (await tasks()).filter(({ spec }) => !busy.has(spec.domain));
    for (const { spec, reviewed } of all) {
      const { undoes } = more;
      const entry = { kind: 'began', run: journal.run, domain: spec.domain, verb, spec, at: at() } as const;
      await journal.write(undoes === undefined ? entry : { ...entry, undoes });
      if (reviewed) {
        await journal.write({
          kind: 'approved',
          domain: spec.domain,
          at: at(),
          by: 'plan',
          accounts: reviewed.accounts,
          changes: reviewed.changes,
        });
      }
    }
    const endings = await runRounds(all, ground, { ...options, emit }, more.direction ?? 'up').catch(
      async (error: unknown) => {
        // Refused before anything was begun (a wrong account): it ends here. Else the next run finds out what became of it.
        if (!begun)
          for (const { spec } of all)
            await journal.write({ kind: 'ended', domain: spec.domain, at: at(), status: 'usage' });
        throw error;
      },
    );
    const done: RunReport[] = [];
    const up: { report: RunReport; plan: Plan }[] = [];
    const rank = ({ domain }: RunReport) => (busy.has(domain) ? -1 : domains.indexOf(domain));
    for (const [domain, { code, message, fix }] of busy) {
      const errors = [{ code, message, ...(fix === undefined ? {} : { fix }) }];
      const report = reports.get(domain)?.finish('conflict', { errors });
      if (report) done.push(report);
    }
    for (const { spec, done: settle } of all) {
      const { status, held } = endings.get(spec.domain) ?? { status: 'waiting' as const, held: new Map() };
      reports.get(spec.domain)?.held(held);
      await journal.write({ kind: 'ended', domain: spec.domain, at: at(), status });
      if (status === 'done') await settle?.();
      await forgetAccounts(spec.domain, ground.owned);
      const told = reports.get(spec.domain);
      const plan = told?.plan();
      const report = told?.finish(status);
      if (report && plan && status === 'done') up.push({ report, plan });
      else if (report) done.push(report);
    }
    const verified = await lastLook(up, options);
    // In the order of the domains, whoever was busy first.
    return [...done, ...verified].toSorted((a, b) => rank(a) - rank(b));
  } finally {
    for (const lock of locks) await lock.release();
  }
}
