import { checkBimi } from '../../core/checks/audit/check-bimi.ts';
import { checkDkim } from '../../core/checks/audit/check-dkim.ts';
import { checkDmarc } from '../../core/checks/audit/check-dmarc.ts';
import { checkMtaStsPolicy } from '../../core/checks/audit/check-mta-sts-policy.ts';
import { checkMailFrom, checkMx } from '../../core/checks/audit/check-mx.ts';
import { checkPtr } from '../../core/checks/audit/check-ptr.ts';
import { checkRegistration } from '../../core/checks/audit/check-registration.ts';
import { checkSpf } from '../../core/checks/audit/check-spf.ts';
import { checkTls } from '../../core/checks/audit/check-tls.ts';
import { checkTransport } from '../../core/checks/audit/check-transport.ts';
import { checkAgreement, checkDnssec, checkWildcard, checkZone } from '../../core/checks/audit/check-zone.ts';
import type { Outside, See, Subject } from '../../core/checks/audit/see.ts';
import type { Check } from '../../core/checks/check.ts';
import { finding } from '../../core/checks/finding.ts';
import type { FoundZone } from '../../core/resolver.ts';

/** What all servers of a zone must say alike. */
export const AGREED = [
  ['', 'MX'],
  ['', 'TXT'],
  ['_dmarc.', 'TXT'],
] as const;

/** Every check of an audit, in the order of the report. Each is made again by itself while it looks at what nobody knows. */
export function auditChecks(
  subject: Subject,
  found: FoundZone,
): readonly ((see: See, outside: Outside) => readonly Check[])[] {
  const registration = (_see: See, outside: Outside) => checkRegistration(subject, outside);
  if (found.status === 'absent')
    return [() => [finding('dns.undelegated', 'delegated to nobody', { name: found.zone })], registration];
  const delegation = found.status === 'present' ? found : undefined;
  const agreed = AGREED.map(([label, type]) => [`${label}${subject.domain}`, type] as const);
  return [
    (see) => (delegation ? checkZone(delegation.zone, delegation.servers, see) : []),
    (see) => checkWildcard(subject, see),
    (see) => checkSpf(subject, see),
    (see) => checkDkim(subject, see),
    (see) => checkDmarc(subject, see),
    (see) => checkMx(subject, see),
    (see) => checkMailFrom(subject, see),
    (see) => checkTransport(subject, see),
    (see, outside) => checkMtaStsPolicy(subject, see, outside),
    (see, outside) => checkBimi(subject, see, outside),
    (see, outside) => checkTls(subject, see, outside),
    registration,
    (see) => checkPtr(subject, see),
    (see) => checkAgreement(agreed, delegation?.zone, see),
    (_see, outside) => (delegation ? checkDnssec(delegation.zone, outside.security(delegation.zone) ?? 'unknown') : []),
  ];
}
