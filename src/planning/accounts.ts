import type { Ownership } from '../core/ground.ts';
import { accountEntry, isNote } from '../core/ledger.ts';
import type { Conflict, Findings, Owned } from '../core/resource.ts';
import type { Plan } from './plan.ts';
import type { Survey } from './survey.ts';

/** The account that each system was asked in. */
export function accountsOf(survey: Survey, findings: readonly Findings[]): Record<string, string> {
  const names = [...survey.systems].filter(([, { problem }]) => !problem).map(([name]) => name);
  return Object.fromEntries(
    names.flatMap((name, index) => {
      const account = findings[index]?.account;
      return account === undefined ? [] : [[name, account]];
    }),
  );
}

/**
 * What is ours is in one account, and means nothing in another: a domain of that name there is somebody's. Where ledger or journal name
 * another account than the one that was asked, the plan is a conflict and nothing else.
 */
export function inOwnAccount(plan: Plan, ours: (system: string) => string | undefined): Plan {
  const conflicts = Object.entries(plan.accounts).flatMap(([system, account]): Conflict[] => {
    const known = ours(system);
    if (known === undefined || known === account) return [];
    return [
      {
        code: 'aws.wrong-account',
        system,
        name: plan.domain,
        message: `${plan.domain}: what is ours of it at ${system.toUpperCase()} is in account ${known}, the credentials are for ${account}.`,
        fix: 'Choose the right credentials (AWS_PROFILE or keys); to begin anew in this account: --adopt.',
      },
    ];
  });
  if (conflicts.length === 0) return plan;
  return { ...plan, changes: [], later: [], checks: [], recovered: {}, left: [], unknown: [], conflicts };
}

/** The account of a system by the ledger. */
export function ledgerAccount(owned: Owned): (system: string) => string | undefined {
  return (system) => (owned.get(accountEntry(system)) as { account?: string } | undefined)?.account;
}

/** Where nothing is ours any more, no account matters: the domain may come up in another one. */
export async function forgetAccounts(domain: string, owned: Ownership): Promise<void> {
  const ids = [...(await owned.read(domain)).entries()].map(([id]) => id);
  const accounts = ids.filter((id) => id.startsWith(accountEntry('')));
  if (!ids.every(isNote)) return;
  await owned.write(domain, Object.fromEntries(accounts.map((id) => [id, null])));
}
