import { type Check, check } from './checks/check.ts';
import { buildDmarc, externalReportHosts } from './dmarc.ts';
import type { DomainSpec } from './domain-spec.ts';
import type { DesiredRecord, Findings } from './resource.ts';
import { buildSpf } from './spf.ts';
import { toBytes } from './txt.ts';

/** What DNS already says of the domain's policies, as far as the profile's own wishes depend on it. */
export interface PolicyEvidence {
  /** A DMARC policy that an ancestor publishes and the domain inherits (RFC 9989 4.10). */
  readonly inheritedDmarc?: { readonly name: string; readonly record: string };
  /** Report hosts of other organisations that have not consented, as far as DNS could be asked. */
  readonly refusedReportHosts?: readonly string[];
}

/** The report addresses in effect: the profile's, else dmarc@ the domain itself. */
export function reportAddresses(spec: DomainSpec): readonly string[] {
  return spec.dmarc.rua.length > 0 ? spec.dmarc.rua : [`dmarc@${spec.domain}`];
}

/** What the profile itself wants, whatever systems there are: DMARC, root SPF, inbound MX. Pure. */
export function planWants(spec: DomainSpec, evidence: PolicyEvidence): Findings {
  const records = [...dmarcRecord(spec, evidence), ...rootSpf(spec), ...inboundMx(spec)];
  const checks: Check[] = [];
  if (evidence.inheritedDmarc) {
    checks.push(
      check('dmarc.record', {
        status: 'ok',
        system: 'dns',
        name: `_dmarc.${spec.domain}`,
        expected: 'a policy, its own or inherited',
        seen: [{ by: evidence.inheritedDmarc.name, value: `inherited: ${evidence.inheritedDmarc.record}` }],
      }),
    );
  }
  const hosts = externalReportHosts(spec.domain, reportAddresses(spec));
  for (const host of hosts) {
    const name = `${spec.domain}._report._dmarc.${host}`;
    const refused = evidence.refusedReportHosts?.includes(host) ?? false;
    checks.push(
      check('dmarc.report-address', {
        status: refused ? 'failed' : 'ok',
        system: 'dns',
        name,
        expected: 'TXT "v=DMARC1"',
        seen: [{ by: host, value: refused ? 'no consent published' : 'consent published' }],
        fix: `Publish at ${host}: ${name} TXT "v=DMARC1".`,
      }),
    );
  }
  return { records, checks };
}

function dmarcRecord(spec: DomainSpec, evidence: PolicyEvidence): DesiredRecord[] {
  if (evidence.inheritedDmarc) return [];
  const { policy, ruf, fo } = spec.dmarc;
  const name = `_dmarc.${spec.domain}`;
  const effect =
    policy === 'none'
      ? 'nothing visible: receivers begin to report who sends in the name of the domain'
      : `receivers ${policy} mail in the name of the domain that neither SPF nor DKIM proves`;
  return [
    {
      id: `dns ${name} TXT`,
      record: {
        name,
        type: 'TXT',
        value: toBytes(buildDmarc({ policy, rua: reportAddresses(spec), ruf, fo })),
        ttl: spec.ttl,
      },
      firmness: 'default',
      system: 'profile',
      purpose: 'DMARC policy',
      effect,
      check: 'dmarc.record',
    },
  ];
}

function rootSpf(spec: DomainSpec): DesiredRecord[] {
  if (spec.spf.root === 'keep') return [];
  return [
    {
      id: `dns ${spec.domain} TXT spf`,
      record: { name: spec.domain, type: 'TXT', value: toBytes(buildSpf(spec.spf.include)), ttl: spec.ttl },
      firmness: spec.spf.root === 'create' ? 'default' : 'spf',
      system: 'profile',
      purpose: 'SPF of the domain itself',
      effect: `mail with an envelope sender @${spec.domain} may come from ${spec.spf.include.join(', ')}`,
      check: 'spf.root',
    },
  ];
}

function inboundMx(spec: DomainSpec): DesiredRecord[] {
  return (spec.mx ?? []).map(({ host, preference }) => ({
    id: `dns ${spec.domain} MX ${host}`,
    record: { name: spec.domain, type: 'MX', value: host, preference, ttl: spec.ttl },
    firmness: 'mx',
    system: 'profile',
    purpose: 'inbound mail',
    effect: `mail to @${spec.domain} goes to ${host}`,
    check: 'mx.inbound',
  }));
}
