import type { Check, CheckId } from '../core/checks/check.ts';
import type { Change } from '../core/resource.ts';
import type { Plan } from './plan.ts';

/** What must be so at SES before it takes mail of the domain to anybody: else it refuses it, and the sender gets it back. */
const NEEDED: ReadonlySet<CheckId> = new Set([
  'ses.identity',
  'ses.account-sandbox',
  'ses.account-enforcement',
  'ses.tenant',
]);

/** The checks that say whether mail leaves as the profile says. */
const SENDING: ReadonlySet<CheckId> = new Set(['mailcow.relayhost']);

/**
 * Hosts hand mail to SES only when SES sends for the domain in every region that they go to: verified, out of the SES sandbox, as the
 * tenant. Until then mail leaves as it did. Pure.
 */
export function awaitSending(plan: Plan): Plan {
  if (plan.changes.every((change) => !change.sendsBy)) return plan;
  const waits = new Map(plan.changes.map((change) => [change, obstacles(change, plan)]));
  const changes = plan.changes.map((change): Change => {
    if (!change.sendsBy) return change;
    return { ...change, waitsFor: [...(change.waitsFor ?? []), 'ses', ...(waits.get(change) ?? [])] };
  });
  const checks = plan.checks.map((one): Check => {
    if (!SENDING.has(one.id) || one.status !== 'failed') return one;
    const change = plan.changes.find(({ sendsBy, system }) => sendsBy && system === one.system);
    const [obstacle] = (change && waits.get(change)) ?? [];
    if (obstacle === undefined) return one;
    const { fix: _fix, ...rest } = one;
    return { ...rest, status: 'pending', next: `mail leaves as before, and waits for ${obstacle}` };
  });
  return { ...plan, changes, checks };
}

function obstacles(change: Change, { checks, domain }: Plan): readonly string[] {
  const open = checks.filter(
    ({ id, region, status }) =>
      NEEDED.has(id) && status !== 'ok' && (region === undefined || change.sendsBy?.includes(region)),
  );
  return open.map(({ region, seen }) => `SES to send mail of ${domain} in ${region} (${seen[0]?.value ?? 'unknown'})`);
}

/** The way back: what SES sends with goes when no host hands it mail any more. Pure. */
export function stopSendingFirst(plan: Plan): Plan {
  const ending = plan.changes.filter(({ sendsBy }) => sendsBy).map(({ id }) => id);
  if (ending.length === 0) return plan;
  const changes = plan.changes.map(
    (change): Change =>
      change.system === 'ses' ? { ...change, waitsFor: [...(change.waitsFor ?? []), ...ending] } : change,
  );
  return { ...plan, changes };
}
