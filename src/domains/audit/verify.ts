import type { Subject } from '../../core/checks/audit/see.ts';
import type { Check, CheckId, Severity } from '../../core/checks/check.ts';
import type { Clock, Facts } from '../../core/ground.ts';
import { feedbackRegion } from '../../core/records/feedback-host.ts';
import type { RunReport } from '../../core/report.ts';
import type { Plan } from '../../planning/plan.ts';
import { withAudit } from '../report.ts';
import { type Audit, type AuditNeeds, audit } from './audit.ts';
import type { CheckOptions } from './check.ts';
import { agedKeys, sharedKeys } from './key-history.ts';
import { policyChange } from './policy-change.ts';

const DKIM: readonly CheckId[] = ['dkim.cname', 'dkim.key', 'mailcow.dkim'];

/** What of the plan's own checks says the same as one of the audit's: the plan knows what is wanted there, so its word counts. */
const SAME: Readonly<Partial<Record<CheckId, readonly CheckId[]>>> = {
  'dns.undelegated': ['dns.delegation'],
  'spf.none': ['spf.root', 'mail-from.spf'],
  'dkim.missing': DKIM,
  'dkim.dangling': DKIM,
  'dkim.proxied': DKIM,
  'dkim.doubled': DKIM,
  'dmarc.none': ['dmarc.record'],
  'mail-from.region': ['mail-from.mx'],
  'mx.unresolvable': ['mx.accepts'],
  'mx.replies': ['mx.inbound'],
};

const MATTERS: readonly Severity[] = ['blocker', 'error', 'warning'];

/** Adds to reports all that DNS shows of their domains: what `check` says, `up` says at its end. */
export type Verify = (looks: readonly { readonly report: RunReport; readonly plan: Plan }[]) => Promise<RunReport[]>;

/** Opens it. Answers are remembered as far as the resolver does. */
export function openVerifier({
  resolver,
  facts,
  clock,
  failOn,
  allowPrivate,
  outside,
}: CheckOptions & {
  readonly resolver: AuditNeeds['resolver'];
  readonly facts: Facts;
  readonly clock: Pick<Clock, 'now'>;
}): Verify {
  const verify = async ({ report, plan }: { report: RunReport; plan: Plan }) => {
    const found = await audit({ ...subjectOf(plan), allowPrivate }, { resolver, ...outside });
    const remembered = [...(await policyChange(found, facts)), ...(await agedKeys(found, facts, clock.now()))];
    const beyond = beside(plan.checks, [...found.checks, ...remembered]);
    // A run says what matters; the page of `check` has the rest.
    const checks = failOn
      ? beyond
      : beyond.filter(({ status, severity }) => status !== 'failed' || MATTERS.includes(severity));
    return { report: { ...withAudit(report, checks, failOn), spf: [...found.spf] }, found };
  };
  return async (looks) => {
    const all = await sideBySide(looks, verify);
    return failOn ? withShared(all, failOn) : all.map(({ report }) => report);
  };
}

/** Domains that are looked at side by side. */
const SIDE_BY_SIDE = 20;

export async function sideBySide<T, R>(all: readonly T[], look: (one: T) => Promise<R>): Promise<R[]> {
  const seen: R[] = [];
  for (let at = 0; at < all.length; at += SIDE_BY_SIDE)
    seen.push(...(await Promise.all(all.slice(at, at + SIDE_BY_SIDE).map(look))));
  return seen;
}

/** The reports with what several domains have in common. */
export function withShared(
  all: readonly { readonly report: RunReport; readonly found: Audit }[],
  failOn: Severity | undefined,
): RunReport[] {
  const shared = sharedKeys(all.map(({ found }) => found));
  return all.map(({ report, found: { domain } }) => {
    const checks = shared.get(domain);
    return checks ? withAudit(report, checks, failOn) : report;
  });
}

/** The names in question: what the plan wants published, with what is live merged into it. */
function subjectOf({ domain, published }: Plan): Subject {
  const below = `._domainkey.${domain}`;
  const selectors = published.flatMap(({ name }) => (name.endsWith(below) ? [name.slice(0, -below.length)] : []));
  const mailFrom = published.flatMap(({ name, type, value }) => {
    const region = type === 'MX' ? feedbackRegion(value) : undefined;
    return region === undefined ? [] : [{ name, region }];
  });
  return { domain, selectors: [...new Set(selectors)], mailFrom };
}

function beside(planned: readonly Check[], audited: readonly Check[]): Check[] {
  // How long the keys of Easy DKIM are, SES says once for all of its names.
  const ofSes = planned.some(({ id, status }) => id === 'ses.dkim-key-length' && status !== 'ok')
    ? planned.flatMap(({ id, name }) => (id === 'dkim.cname' ? [name] : []))
    : [];
  return audited.filter((one) => {
    if (one.id === 'dkim.key-weak' && ofSes.includes(one.name)) return false;
    const same: readonly string[] = [one.id, ...(SAME[one.id] ?? [])];
    // A record that is as it is wanted may still lead nowhere.
    return !planned.some(
      ({ id, name, status }) => same.includes(id) && name === one.name && (status !== 'ok' || one.status === 'ok'),
    );
  });
}
