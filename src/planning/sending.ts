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
const SENDING: ReadonlySet<CheckId> = new Set(['relay.outbound', 'mailcow.relayhost']);

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

function obstacles({ sendsBy = [] }: Change, { checks, domain }: Plan): readonly string[] {
  return sendsBy.flatMap((region) => {
    const said = checks.filter((one) => one.region === region && NEEDED.has(one.id));
    // An account that AWS reviews sends.
    const stops = ({ id, status, severity }: Check) =>
      status !== 'ok' && !(id === 'ses.account-enforcement' && severity === 'warning');
    const open = said.filter(stops).map(({ seen }) => seen[0]?.value ?? 'unknown');
    // A region that could not be read says nothing.
    const why = said.some(({ id }) => id === 'ses.identity') ? open : ['it could not be read'];
    return why.map((words) => `SES to send mail of ${domain} in ${region} (${words})`);
  });
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
