import type { Subject } from '../../core/checks/audit/see.ts';
import type { Severity } from '../../core/checks/check.ts';
import type { DomainSpec } from '../../core/domain-spec.ts';
import type { Ground } from '../../core/ground.ts';
import { feedbackRegion, USUAL_MAIL_FROM_LABELS } from '../../core/records/feedback-host.ts';
import type { RunReport } from '../../core/report.ts';
import type { Resolver } from '../../core/resolver.ts';
import type { Resource } from '../../core/resource.ts';
import type { RoundEvent } from '../../planning/events.ts';
import { look } from '../look.ts';
import { openReport, withAudit } from '../report.ts';
import { rememberAnswers } from './answer-cache.ts';
import { type AuditNeeds, audit } from './audit.ts';
import { openVerifier, sideBySide, withShared } from './verify.ts';

export interface CheckOptions {
  /** From which severity on a finding is a failure; without it none is. */
  readonly failOn?: Severity;
  readonly allowPrivate: boolean;
  readonly outside: Omit<AuditNeeds, 'resolver'>;
}

/** Looks at domains again: what the wish asks for, in every system, and all that DNS shows of their mail authentication. Touches nothing. */
export async function checkDomains(
  specs: readonly DomainSpec[],
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  emit: (event: RoundEvent) => void,
  options: CheckOptions,
): Promise<readonly RunReport[]> {
  const looks = await look('check', specs, resources, ground, emit);
  const resolver = rememberAnswers(ground.resolver, () => ground.clock.now());
  return openVerifier({ ...ground, resolver, ...options })(looks);
}

/** The audit alone, from DNS: for domains of which nobody says what is wanted, and without any credentials. Touches nothing. */
export async function auditDomains(
  domains: readonly string[],
  asked: AuditNeeds['resolver'],
  { failOn, allowPrivate, outside }: CheckOptions,
  { run, now }: { readonly run: string; readonly now: () => number },
): Promise<readonly RunReport[]> {
  const resolver = rememberAnswers(asked, now);
  const all = await sideBySide(domains, async (domain) => {
    const report = openReport(run, 'check', domain, now);
    const mailFrom = await findMailFrom(domain, resolver);
    const found = await audit({ domain, selectors: [], mailFrom, allowPrivate }, { resolver, ...outside });
    return { report: { ...withAudit(report.finish('done'), found.checks, failOn), spf: [...found.spf] }, found };
  });
  return withShared(all, failOn);
}

/** What was meant as SES’s feedback host, rightly written or not. */
const MEANT = /^(?:\d+ )?feedback-smtp\b/i;

/** MAIL FROM names by their usual labels, as far as SES’s feedback host stands there, or was meant to: with a wrong ending, or as an alias. */
async function findMailFrom(domain: string, resolver: Pick<Resolver, 'authoritative'>): Promise<Subject['mailFrom']> {
  const names = USUAL_MAIL_FROM_LABELS.map((label) => `${label}.${domain}`);
  const answers = await Promise.all(names.map((name) => resolver.authoritative({ name, type: 'MX', any: true })));
  return names.flatMap((name, index) => {
    const { values = [], servers = [] } = answers[index] ?? {};
    const [region] = values.flatMap((value) => feedbackRegion(value) ?? []);
    if (region !== undefined) return [{ name, region }];
    const said = [...values, ...servers.flatMap(({ alias }) => alias ?? [])];
    return said.some((one) => MEANT.test(one)) ? [{ name }] : [];
  });
}
