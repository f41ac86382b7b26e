import type { Check, CheckId, Severity } from '../core/checks/check.ts';
import type { Subject } from '../core/checks/see.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import { feedbackRegion, USUAL_MAIL_FROM_LABELS } from '../core/feedback-host.ts';
import type { Ground } from '../core/ground.ts';
import type { RunReport } from '../core/report.ts';
import type { Resolver } from '../core/resolver.ts';
import type { Resource } from '../core/resource.ts';
import type { RoundEvent } from '../planning/events.ts';
import type { Plan } from '../planning/plan.ts';
import { rememberAnswers } from './answer-cache.ts';
import { type AuditNeeds, audit } from './audit.ts';
import { look } from './look.ts';
import { policyChange } from './policy-change.ts';
import { openReport, withAudit } from './report.ts';

/** Domains that are audited side by side. */
const SIDE_BY_SIDE = 20;

/** What of the plan's own checks says the same as one of the audit's: the plan knows what is wanted there, so its word counts. */
const SAME: Readonly<Partial<Record<CheckId, readonly CheckId[]>>> = {
  'spf.none': ['spf.root', 'mail-from.spf'],
  'dkim.missing': ['dkim.cname', 'dkim.key', 'mailcow.dkim'],
  'dmarc.none': ['dmarc.record'],
  'mail-from.mx': ['mail-from.mx'],
  'mail-from.region': ['mail-from.mx'],
  'dmarc.report-host': ['dmarc.report-mailbox'],
  'mx.unresolvable': ['mx.accepts'],
  'ptr.none': ['outbound.ptr'],
  'ptr.forward': ['outbound.ptr'],
  'ptr.generic': ['outbound.ptr'],
};

export interface CheckOptions {
  /** From which severity on a finding is a failure. */
  readonly failOn: Severity;
  readonly allowPrivate: boolean;
  readonly outside: Omit<AuditNeeds, 'resolver'>;
}

/** Looks at domains again: what the wish asks for, in every system, and all that DNS shows of their mail authentication. Touches nothing. */
export async function checkDomains(
  specs: readonly DomainSpec[],
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  emit: (event: RoundEvent) => void,
  { failOn, allowPrivate, outside }: CheckOptions,
): Promise<readonly RunReport[]> {
  const looks = await look('check', specs, resources, ground, emit);
  const resolver = rememberAnswers(ground.resolver, () => ground.clock.now());
  const reports: RunReport[] = [];
  for (let at = 0; at < looks.length; at += SIDE_BY_SIDE) {
    const some = looks.slice(at, at + SIDE_BY_SIDE);
    const audits = await Promise.all(
      some.map(({ plan }) => audit({ ...subjectOf(plan), allowPrivate }, { resolver, ...outside })),
    );
    for (const [index, found] of audits.entries()) {
      const { report, plan } = some[index] ?? {};
      if (!report || !plan) continue;
      const checks = [...found.checks, ...(await policyChange(found, ground.facts))];
      reports.push({ ...withAudit(report, beside(plan.checks, checks), failOn), spf: [...found.spf] });
    }
  }
  return reports;
}

/** The audit alone, from DNS: for domains of which nobody says what is wanted, and without any credentials. Touches nothing. */
export async function auditDomains(
  domains: readonly string[],
  asked: AuditNeeds['resolver'],
  { failOn, allowPrivate, outside }: CheckOptions,
  { run, now }: { readonly run: string; readonly now: () => number },
): Promise<readonly RunReport[]> {
  const resolver = rememberAnswers(asked, now);
  const reports: RunReport[] = [];
  for (let at = 0; at < domains.length; at += SIDE_BY_SIDE) {
    const some = domains.slice(at, at + SIDE_BY_SIDE).map(async (domain) => {
      const report = openReport(run, 'check', domain, now);
      const mailFrom = await findMailFrom(domain, resolver);
      const { checks, spf } = await audit({ domain, selectors: [], mailFrom, allowPrivate }, { resolver, ...outside });
      return { ...withAudit(report.finish('done'), checks, failOn), spf: [...spf] };
    });
    reports.push(...(await Promise.all(some)));
  }
  return reports;
}

/** MAIL FROM names by their usual labels, as far as SES’s feedback host stands there. */
async function findMailFrom(domain: string, resolver: Pick<Resolver, 'authoritative'>): Promise<Subject['mailFrom']> {
  const names = USUAL_MAIL_FROM_LABELS.map((label) => `${label}.${domain}`);
  const answers = await Promise.all(names.map((name) => resolver.authoritative({ name, type: 'MX', any: true })));
  return names.flatMap((name, index) => {
    const [region] = (answers[index]?.values ?? []).flatMap((value) => feedbackRegion(value) ?? []);
    return region === undefined ? [] : [{ name, region }];
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
  return audited.filter((one) => {
    const same: readonly string[] = SAME[one.id] ?? [one.id];
    return !planned.some(({ id, name }) => same.includes(id) && name === one.name);
  });
}
