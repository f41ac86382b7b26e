import type { Check, CheckId } from '../core/checks/check.ts';
import type { Ground } from '../core/ground.ts';
import type { Plan } from './plan.ts';

/** What SES looks for by itself, and the records that it needs to see. */
const AWAITED: Readonly<Partial<Record<CheckId, readonly CheckId[]>>> = {
  'ses.identity': ['dkim.cname', 'dkim.key'],
  'ses.dkim': ['dkim.cname', 'dkim.key'],
  'ses.mail-from': ['mail-from.mx'],
};
/** SES gives up after 72 hours; what is older is of an earlier time. */
const SEARCH_MS = 72 * 3_600_000;

/**
 * "DNS is right and SES still pending" for hours: such a check says since when every name server serves what SES looks for, so that
 * nobody goes on searching. The first sight is remembered as a fact; it is forgotten when the records change, or are no longer seen.
 */
export async function withServedSince(plan: Plan, { facts, clock }: Pick<Ground, 'facts' | 'clock'>): Promise<Plan> {
  const since = async (ids: readonly CheckId[]): Promise<string | undefined> => {
    const records = plan.checks.filter((one) => one.system === 'dns' && ids.includes(one.id));
    if (records.length === 0) return undefined;
    const key = `served ${plan.domain} ${ids[0]}`;
    const served = records.every((one) => one.status === 'ok');
    const what = served ? records.map((one) => `${one.name} ${one.expected}`).toSorted() : [];
    const known = (await facts.recall(key, SEARCH_MS))?.value as { what: string[]; since: number } | undefined;
    const same = known !== undefined && known.what.join() === what.join();
    const first = same ? known.since : clock.now();
    if (!same && (served || known !== undefined)) await facts.remember(key, { what, since: first });
    return served ? new Date(first).toISOString().replace(/\.\d+Z$/, 'Z') : undefined;
  };
  const checks: Check[] = [];
  for (const one of plan.checks) {
    const ids = one.status === 'pending' && one.next !== undefined ? AWAITED[one.id] : undefined;
    const at = ids && (await since(ids));
    checks.push(at ? { ...one, next: `seen at all name servers since ${at}; ${one.next}` } : one);
  }
  return { ...plan, checks };
}
