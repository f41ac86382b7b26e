import type { Check, CheckId } from '../core/checks/check.ts';
import type { Subject } from '../core/checks/see.ts';
import { feedbackRegion } from '../core/feedback-host.ts';
import type { Facts } from '../core/ground.ts';
import type { RunReport } from '../core/report.ts';
import type { Plan } from '../planning/plan.ts';
import { type AuditNeeds, audit } from './audit.ts';
import type { CheckOptions } from './check.ts';
import { policyChange } from './policy-change.ts';
import { withAudit } from './report.ts';

/** What of the plan's own checks says the same as one of the audit's: the plan knows what is wanted there, so its word counts. */
const SAME: Readonly<Partial<Record<CheckId, readonly CheckId[]>>> = {
  'spf.none': ['spf.root', 'mail-from.spf'],
  'dkim.missing': ['dkim.cname', 'dkim.key', 'mailcow.dkim'],
  'dmarc.none': ['dmarc.record'],
  'mail-from.region': ['mail-from.mx'],
  'mx.unresolvable': ['mx.accepts'],
};

/** Domains that are looked at side by side. */
const SIDE_BY_SIDE = 20;

/** Adds to reports all that DNS shows of their domains: what `check` says, `up` says at its end. */
export type Verify = (looks: readonly { readonly report: RunReport; readonly plan: Plan }[]) => Promise<RunReport[]>;

/** Opens it. Answers are remembered as far as the resolver does. */
export function openVerifier({
  resolver,
  facts,
  failOn,
  allowPrivate,
  outside,
}: CheckOptions & { readonly resolver: AuditNeeds['resolver']; readonly facts: Facts }): Verify {
  const verify = async ({ report, plan }: { report: RunReport; plan: Plan }) => {
    const found = await audit({ ...subjectOf(plan), allowPrivate }, { resolver, ...outside });
    const checks = [...found.checks, ...(await policyChange(found, facts))];
    return { ...withAudit(report, beside(plan.checks, checks), failOn), spf: [...found.spf] };
  };
  return async (looks) => {
    const reports: RunReport[] = [];
    for (let at = 0; at < looks.length; at += SIDE_BY_SIDE)
      reports.push(...(await Promise.all(looks.slice(at, at + SIDE_BY_SIDE).map(verify))));
    return reports;
  };
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
  return audited.filter((one) => {
    const same: readonly string[] = SAME[one.id] ?? [one.id];
    return !planned.some(({ id, name }) => same.includes(id) && name === one.name);
  });
}
