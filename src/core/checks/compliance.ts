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
  /** Ids of checks that tell: one that is ok is enough (`any`), or none may have failed. */
  readonly ids: readonly string[];
  readonly any?: true;
  readonly unseen?: string;
}

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
      ...['spf.mx-many', 'spf.include-none', 'spf.loop'],
    ],
  },
  {
    what: 'DKIM signs',
    demands: all('required'),
    ids: [
      ...['ses.dkim', 'dkim.cname', 'dkim.key', 'dkim.missing', 'dkim.dangling', 'dkim.proxied'],
      ...['dkim.doubled', 'dkim.several', 'dkim.revoked'],
    ],
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
  },
  {
    what: 'From is aligned with SPF or DKIM',
    demands: all('required'),
    ids: ['ses.dkim', 'dkim.cname', 'dkim.missing'],
    any: true,
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

/** What Gmail, Yahoo and Microsoft ask of bulk senders, as far as a domain's checks tell. Pure. */
export function compliance(checks: readonly Check[]): Requirement[] {
  return RULES.map(({ what, demands, ids, any, unseen }) => {
    const told = checks
      .filter(({ id }) => ids.includes(id))
      .map((one) => (isMild(one) ? { ...one, status: 'ok' as const } : one));
    if (told.length === 0) return { what, demands, status: 'unseen', evidence: unseen ?? 'nothing tells' };
    const of = (status: Check['status']) => told.filter((one) => one.status === status);
    const [failed] = of('failed');
    const [unknown] = of('unknown');
    const [pending] = of('pending');
    const [good] = of('ok');
    const worst = any && good ? good : (failed ?? unknown ?? pending ?? good);
    return {
      what,
      demands,
      status: worst?.status ?? 'unseen',
      evidence: worst ? `${worst.id} ${worst.name ?? ''}`.trim() : '',
    };
  });
}
