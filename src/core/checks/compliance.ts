import { type Check, SEVERITIES } from './check.ts';
import { CHECKS } from './table.ts';

export const RECEIVERS = ['Gmail', 'Yahoo', 'Microsoft'] as const;
type Receiver = (typeof RECEIVERS)[number];
type Demand = 'required' | 'recommended' | 'not asked';

/** One thing that the large receivers ask of who sends in bulk, and whether the domain has it. */
export interface Requirement {
  readonly what: string;
  readonly demands: Readonly<Record<Receiver, Demand>>;
  /** unseen: nothing that DNS or SES shows tells. */
  readonly status: 'ok' | 'failed' | 'pending' | 'unknown' | 'unseen';
  /** What it was told by, in words. */
  readonly evidence: string;
}

interface Rule {
  readonly what: string;
  readonly demands: Requirement['demands'];
  /** Ids of checks that tell: none may have failed. */
  readonly ids: readonly string[];
  /** What tells, where it is more than their sum. */
  readonly judge?: (checks: readonly Check[]) => readonly Check[];
  readonly unseen?: string;
}

const SIGNED: readonly string[] = [
  ...['ses.dkim', 'dkim.cname', 'dkim.key', 'dkim.missing', 'dkim.dangling', 'dkim.proxied'],
  ...['dkim.doubled', 'dkim.several', 'dkim.revoked'],
  // Of a region that can't be read nobody knows.
  'ses.identity',
];
/** What SES sends with a name of the domain as envelope, by which SPF aligns. */
const ENVELOPE: readonly string[] = ['ses.mail-from', 'mail-from.spf', 'dmarc.strict'];

const all = (demand: Demand): Requirement['demands'] => ({ Gmail: demand, Yahoo: demand, Microsoft: demand });

/**
 * Gmail (e-mail sender guidelines, in force since February 2024, with rejections since November 2025), Yahoo (sender best practices), and
 * Microsoft (outlook.com, since May 2025).
 */
const RULES: readonly Rule[] = [
  {
    what: 'SPF passes',
    demands: all('required'),
    ids: [
      ...['mail-from.spf', 'spf.syntax', 'spf.chunks', 'spf.modifier-twice', 'spf.multiple', 'spf.lookups'],
      ...['spf.mx-many', 'spf.include-none', 'spf.loop', 'spf.void'],
    ],
  },
  {
    what: 'DKIM signs',
    demands: all('required'),
    ids: SIGNED,
  },
  {
    what: 'DKIM keys of 1024 bits or more',
    demands: { Gmail: 'required', Yahoo: 'required', Microsoft: 'not asked' },
    ids: ['dkim.key-short', 'dkim.key-broken'],
  },
  {
    what: 'a DMARC policy, p=none or stronger',
    demands: all('required'),
    ids: [
      ...['dmarc.record', 'dmarc.none', 'dmarc.multiple', 'dmarc.dangling', 'dmarc.apex', 'dmarc.version'],
      ...['dmarc.quoted', 'dmarc.policy-missing', 'dmarc.policy-invalid'],
    ],
    judge: policies,
  },
  {
    what: 'From is aligned with SPF or DKIM',
    demands: all('required'),
    ids: [...SIGNED, ...ENVELOPE],
    judge: aligned,
  },
  {
    what: 'the domain receives replies and bounces',
    demands: all('recommended'),
    ids: ['mx.replies', 'mx.unresolvable', 'mx.inbound'],
  },
  {
    what: 'sending addresses have matching reverse names',
    demands: { Gmail: 'required', Yahoo: 'required', Microsoft: 'recommended' },
    ids: ['ptr.none', 'ptr.forward'],
    unseen: 'SES’s own addresses have them',
  },
  {
    what: 'TLS',
    demands: { Gmail: 'required', Yahoo: 'required', Microsoft: 'recommended' },
    ids: [],
    unseen: 'SES uses TLS wherever it is offered',
  },
  {
    what: 'one-click unsubscribe in marketing mail (RFC 8058)',
    demands: { Gmail: 'required', Yahoo: 'required', Microsoft: 'recommended' },
    ids: [],
    unseen: 'only messages show it',
  },
  {
    what: 'complaints below 0.1 %, never 0.3 %',
    demands: { Gmail: 'required', Yahoo: 'required', Microsoft: 'recommended' },
    ids: [],
    unseen: 'only the receivers’ reports show it',
  },
];

/** Eight look-ups of ten are a remark, and no failure of SPF: less than what the check is about. */
function isMild({ id, status, severity }: Check): boolean {
  return status === 'failed' && SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(CHECKS[id].severity);
}

/** A copy of the policy at the wrong place harms nothing beside the right one. */
function policies(told: readonly Check[]): readonly Check[] {
  const isThere = told.some(({ id, status }) => (id === 'dmarc.none' || id === 'dmarc.record') && status === 'ok');
  return isThere ? told.filter(({ id }) => id !== 'dmarc.apex') : told;
}

/** In each region of SES one of both is enough: a signature that verifies, or an envelope of the domain that passes. */
function aligned(told: readonly Check[]): readonly Check[] {
  const regions = [...new Set(told.flatMap(({ region, system }) => (system === 'ses' && region ? [region] : [])))];
  const signed = told.filter(({ id }) => SIGNED.includes(id));
  const isStrict = told.some(({ id, seen: [first] }) => id === 'dmarc.strict' && first?.value.startsWith('aspf=s'));
  return (regions.length === 0 ? [undefined] : regions).flatMap((region) => {
    const here = (one: Check) => one.region === undefined || one.region === region;
    const accepted = told.find((one) => one.id === 'ses.mail-from' && one.region === region);
    const spf = told.filter(({ id, name }) => id === 'mail-from.spf' && name === accepted?.name);
    const dkim = worst(signed.filter(here));
    // SPF is told only where SES has the name and the record is seen.
    const envelope = accepted && !isStrict && spf.length > 0 ? worst([accepted, ...spf]) : undefined;
    const isBySpf =
      envelope !== undefined && (dkim === undefined || (dkim.status !== 'ok' && envelope.status === 'ok'));
    return (isBySpf ? envelope : dkim) ?? [];
  });
}

/** What decides: the first that failed, else that nobody knows, else that is on its way. */
function worst(told: readonly Check[]): Check | undefined {
  const order = ['failed', 'unknown', 'pending', 'ok'];
  return order.flatMap((status) => told.find((one) => one.status === status) ?? [])[0];
}

/** What Gmail, Yahoo and Microsoft ask of bulk senders, as far as a domain's checks tell. Pure. */
export function compliance(checks: readonly Check[]): Requirement[] {
  return RULES.map(({ what, demands, ids, judge, unseen }) => {
    const told = checks
      .filter(({ id, status }) => ids.includes(id) && (id !== 'ses.identity' || status === 'unknown'))
      // A key that nobody is known to sign with tells neither way.
      .filter((one) => !(isMild(one) && SIGNED.includes(one.id)))
      .map((one) => (isMild(one) ? { ...one, status: 'ok' as const } : one));
    const decides = worst(judge ? judge(told) : told);
    if (!decides) return { what, demands, status: 'unseen', evidence: unseen ?? 'nothing tells' };
    return { what, demands, status: decides.status, evidence: `${decides.id} ${decides.name ?? ''}`.trim() };
  });
}
