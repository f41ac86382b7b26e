import { type Check, check } from './checks/check.ts';
import type { DomainSpec } from './domain-spec.ts';
import { buildDmarc, isWeaker } from './records/dmarc.ts';
import { buildSpf } from './records/spf.ts';
import { toBytes } from './records/txt.ts';
import type { DesiredRecord, Findings } from './resource.ts';

/** What DNS already says of the domain's policies, as far as the profile's own wishes depend on it. */
export interface PolicyEvidence {
  /** A DMARC policy that an ancestor publishes and the domain inherits (RFC 9989 4.10). */
  readonly inheritedDmarc?: { readonly name: string; readonly record: string };
  /** The record that the domain itself publishes. */
  readonly ownDmarc?: string;
  /** Whether the domain has an MX; absent where nobody knows. */
  readonly receivesMail?: boolean;
  /** The name on the way up whose policy could not be asked: then nobody knows what is inherited. */
  readonly inheritedUnknown?: string;
  /** Of the report addresses that are asked for, those that the policy names; absent: all. */
  readonly reportsTo?: readonly string[];
  /** What report hosts of other organisations say. */
  readonly reportConsents?: readonly ReportConsent[];
}

/** Whether another organisation takes the reports of this domain (RFC 9990 3), and whether it is for us to say so in its zone. */
export interface ReportConsent {
  readonly host: string;
  readonly consent: 'given' | 'missing' | 'unknown';
  readonly ours?: boolean;
}

/** The report addresses in effect: the profile's, else dmarc@ the domain itself. */
export function reportAddresses(spec: DomainSpec): readonly string[] {
  return spec.dmarc.rua.length > 0 ? spec.dmarc.rua : [`dmarc@${spec.domain}`];
}

/** What the profile itself wants, whatever systems there are: DMARC and root SPF. Pure. */
export function planWants(spec: DomainSpec, evidence: PolicyEvidence): Findings {
  const records = [...dmarcRecord(spec, evidence), ...consentRecords(spec, evidence), ...rootSpf(spec)];
  const checks: Check[] = [];
  if (evidence.inheritedDmarc && !takesOwnPolicy(spec, evidence.inheritedDmarc.record)) {
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
  if (evidence.inheritedUnknown !== undefined) {
    checks.push(
      check('dmarc.record', {
        status: 'unknown',
        system: 'dns',
        name: `_dmarc.${spec.domain}`,
        expected: 'a policy, its own or inherited',
        seen: [{ by: evidence.inheritedUnknown, value: 'could not be asked' }],
        next: 'no policy is written while an inherited, perhaps stronger one may be there',
      }),
    );
  }
  checks.push(...weakerCheck(spec, evidence), ...reportChecks(spec, evidence), ...repliesCheck(spec, evidence));
  return { records, checks };
}

function weakerCheck(spec: DomainSpec, evidence: PolicyEvidence): Check[] {
  const { ownDmarc, inheritedDmarc } = evidence;
  const { policy } = spec.dmarc;
  const own =
    ownDmarc !== undefined && isWeaker(ownDmarc, policy) ? { by: 'DNS provider', value: ownDmarc } : undefined;
  const inherited =
    inheritedDmarc && isWeaker(inheritedDmarc.record, policy, 'sp')
      ? { by: inheritedDmarc.name, value: `inherited: ${inheritedDmarc.record}` }
      : undefined;
  const seen = own ?? inherited;
  if (!seen || spec.consents.applyDmarc) return [];
  return [
    check('dmarc.weaker', {
      status: 'failed',
      system: 'dns',
      name: `_dmarc.${spec.domain}`,
      expected: `p=${policy}`,
      seen: [seen],
    }),
  ];
}

/**
 * Whether the domain gets a policy of its own although it inherits one: where a person said so and the inherited one is weaker. So a record
 * of its own never says less than what it takes the place of.
 */
export function takesOwnPolicy({ dmarc, consents }: DomainSpec, inherited: string): boolean {
  return consents.applyDmarc && isWeaker(inherited, dmarc.policy, 'sp');
}

/** Whether reports arrive: the other organisation's consent, and a mail exchanger for addresses of the domain itself. */
function reportChecks(spec: DomainSpec, evidence: PolicyEvidence): Check[] {
  // Where the zone is ours, the record's own check tells.
  const foreign = (evidence.reportConsents ?? []).filter((one) => !one.ours);
  const consents = foreign.map(({ host, consent }) => {
    const name = `${spec.domain}._report._dmarc.${host}`;
    return check('dmarc.report-consent', {
      status: ({ given: 'ok', missing: 'failed', unknown: 'unknown' } as const)[consent],
      system: 'dns',
      name,
      expected: 'TXT "v=DMARC1"',
      seen: [
        {
          by: host,
          value: { given: 'consent published', missing: 'no consent published', unknown: 'could not be asked' }[
            consent
          ],
        },
      ],
      fix: `Publish at ${host}: ${name} TXT "v=DMARC1".`,
    });
  });
  const own = (evidence.reportsTo ?? reportAddresses(spec)).filter((address) => address.endsWith(`@${spec.domain}`));
  if (evidence.receivesMail !== false || spec.mx !== undefined || own.length === 0) return consents;
  return [
    ...consents,
    check('dmarc.report-host', {
      status: 'failed',
      system: 'dns',
      name: spec.domain,
      expected: `an MX that receives ${own.join(', ')}`,
      seen: [{ by: 'DNS provider', value: 'no MX' }],
    }),
  ];
}

/** Whether a sending domain receives anything. Where the profile has MX hosts, their records have checks of their own. */
function repliesCheck(spec: DomainSpec, { receivesMail }: PolicyEvidence): Check[] {
  if (receivesMail !== false || !spec.ses || spec.mx !== undefined) return [];
  return [
    check('mx.replies', {
      status: 'failed',
      system: 'dns',
      name: spec.domain,
      expected: 'an MX',
      seen: [{ by: 'DNS provider', value: 'no MX host' }],
    }),
  ];
}

function dmarcRecord(spec: DomainSpec, evidence: PolicyEvidence): DesiredRecord[] {
  const { inheritedDmarc } = evidence;
  if (evidence.inheritedUnknown !== undefined) return [];
  if (inheritedDmarc && !takesOwnPolicy(spec, inheritedDmarc.record)) return [];
  const { policy, ruf, fo } = spec.dmarc;
  const name = `_dmarc.${spec.domain}`;
  const effect =
    policy === 'none'
      ? 'nothing visible: receivers begin to report who sends in the name of the domain'
      : `receivers ${policy} mail in the name of the domain that neither SPF nor DKIM proves`;
  const instead = inheritedDmarc ? `; ${inheritedDmarc.name} and its report addresses count here no longer` : '';
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
      effect: `${effect}${instead}`,
      check: 'dmarc.record',
    },
  ];
}

/** The consents that are ours to publish. */
function consentRecords(spec: DomainSpec, evidence: PolicyEvidence): DesiredRecord[] {
  const wanted = (evidence.reportConsents ?? []).filter((one) => one.ours);
  return wanted.map(({ host }) => {
    const name = `${spec.domain}._report._dmarc.${host}`;
    return {
      id: `dns ${name} TXT`,
      record: { name, type: 'TXT', value: toBytes('v=DMARC1'), ttl: spec.ttl },
      firmness: 'exact',
      system: 'profile',
      purpose: `DMARC reports about ${spec.domain} at ${host}`,
      effect: `reports about ${spec.domain} may be sent to addresses at ${host}`,
      check: 'dmarc.report-consent',
    };
  });
}

function rootSpf(spec: DomainSpec): DesiredRecord[] {
  const { root, include } = spec.spf;
  // Hosts that send directly are named whatever becomes of the rest: without that, receivers refuse their mail.
  const hosts = spec.outbound?.by === 'direct' ? spec.outbound.hosts.map((host) => `a:${host}`) : [];
  const terms = [...(root === 'keep' ? [] : include.map((domain) => `include:${domain}`)), ...hosts];
  if (terms.length === 0) return [];
  return [
    {
      id: `dns ${spec.domain} TXT spf`,
      record: { name: spec.domain, type: 'TXT', value: toBytes(buildSpf(terms)), ttl: spec.ttl },
      firmness: root === 'create' && hosts.length === 0 ? 'default' : 'spf',
      system: 'profile',
      purpose: 'SPF of the domain itself',
      effect: `mail with an envelope sender @${spec.domain} may come from ${terms.map((term) => term.replace(/^\w+:/, '')).join(', ')}`,
      check: 'spf.root',
    },
  ];
}
