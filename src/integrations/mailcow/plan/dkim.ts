import { check } from '../../../core/checks/check.ts';
import type { Json } from '../../../core/problem.ts';
import { dkimName } from '../../../core/records/dkim.ts';
import type { Announced, Conflict, DesiredRecord, Findings } from '../../../core/resource.ts';
import type { DkimData } from '../data.ts';
import { changeId, systemOf } from '../names.ts';
import type { MailcowPlan } from './plan.ts';

/** Mailcow's own default; SES's selectors are random, and a key of one's own is called otherwise. */
const SELECTOR = 'dkim';
/** Signers should use 2048 bits or more, and longer keys fit in no single string of a TXT record (RFC 8301 3.2). */
const BITS = 2048;

/** The key that a new domain is given; null: none is wanted, or the one of an earlier life stays. */
export function newKey({ mailcow, state }: MailcowPlan): { selector: string; bits: number } | null {
  return mailcow.dkim === 'publish' && !state.dkim ? { selector: SELECTOR, bits: BITS } : null;
}

/** The key that Mailcow signs with, beside that of SES: its record, or its making first. */
export function planDkim(plan: MailcowPlan): Findings {
  const { spec, mailcow, state, host } = plan;
  if (mailcow.dkim === 'none') return {};
  const conflicts = clash(plan);
  if (state.dkim) return { records: [record(plan)], conflicts };
  const later: Announced[] = [
    {
      verb: 'create',
      what: 'named once Mailcow has made its key',
      type: 'TXT',
      under: dkimName(SELECTOR, spec.domain),
      count: 1,
    },
  ];
  const checks = [
    check('mailcow.dkim', {
      system: systemOf(host),
      name: dkimName(SELECTOR, spec.domain),
      status: 'failed',
      expected: 'a key that Mailcow signs with',
      seen: [{ by: 'Mailcow', value: 'no key' }],
    }),
  ];
  // A new domain comes with its key.
  if (!state.domain) return { later, checks, conflicts };
  const after: DkimData = { host, domain: spec.domain, selector: SELECTOR, bits: BITS };
  return {
    later,
    checks,
    conflicts,
    changes: [
      {
        id: changeId(host, spec.domain, 'dkim'),
        system: systemOf(host),
        verb: 'create',
        what: `DKIM key of ${BITS} bits for ${spec.domain}, selector ${SELECTOR}`,
        effect: `Mailcow signs mail from @${spec.domain} at once; its record follows in the same run`,
        after: after as unknown as Json,
        by: 'us',
        undo: 'inverse',
      },
    ],
  };
}

function record({ spec, state, host }: MailcowPlan): DesiredRecord {
  const { selector = SELECTOR, record = '', published = record } = state.dkim ?? {};
  const name = dkimName(selector, spec.domain);
  return {
    id: `dns ${name} TXT`,
    record: { name, type: 'TXT', value: published, ttl: spec.ttl },
    firmness: 'single',
    system: systemOf(host),
    purpose: `DKIM key of Mailcow ${host}`,
    effect: 'receivers can check what Mailcow signs',
    check: 'mailcow.dkim',
  };
}

/** One name holds one key. */
function clash({ spec, state, host }: MailcowPlan): Conflict[] {
  const selector = state.dkim?.selector ?? SELECTOR;
  if (spec.ses?.dkim !== 'byodkim' || spec.dkim?.selector !== selector) return [];
  return [
    {
      code: 'mailcow.dkim-selector',
      system: systemOf(host),
      name: dkimName(selector, spec.domain),
      message: `Mailcow ${host} and SES would both publish a DKIM key at ${dkimName(selector, spec.domain)}.`,
      fix: 'Give the key of one’s own another name (dkim.selector), or leave Mailcow’s key unpublished (mailcow.dkim: none).',
    },
  ];
}
