import { CHECKS } from '../../core/checks/table.ts';
import type { Recommendation } from '../../core/inspection.ts';
import { ASPECTS } from './aspects.ts';

/** What can be recommended, by its stable id: how bad it is, why it matters, and what to do. Where a check says the same, in its words. */
export const RECOMMENDATIONS = {
  'dns.not-delegated': {
    severity: 'error',
    why: CHECKS['dns.delegation'].why,
    fix: 'Renew the domain, or set its name servers at the registrar.',
  },
  'dmarc.missing': {
    severity: 'error',
    why: CHECKS['dmarc.record'].why,
    fix: 'Publish one with p=none and a report address first: `mailwright up` does.',
  },
  'dmarc.multiple': { severity: 'error', why: CHECKS['dmarc.multiple'].why, fix: CHECKS['dmarc.multiple'].fix },
  'dmarc.no-reports': {
    severity: 'warning',
    why: 'Nobody learns who sends in the name of the domain, or what a stricter policy would hit.',
    fix: 'Add rua=mailto:… to the record.',
  },
  'dmarc.report-host': {
    severity: 'warning',
    why: CHECKS['dmarc.report-host'].why,
    fix: CHECKS['dmarc.report-host'].fix,
  },
  'dmarc.none': {
    severity: 'advice',
    why: 'Forged mail is delivered as before; the policy only asks for reports.',
    fix: 'When the reports show that all mail of yours passes, raise it: dmarc.policy in the profile, and `mailwright up --dmarc-apply`.',
  },
  'spf.missing': {
    severity: 'warning',
    why: CHECKS['spf.root'].why,
    fix: 'Publish one that names whoever sends with the domain in the envelope; "v=spf1 -all" where nobody does.',
  },
  'spf.multiple': { severity: 'error', why: CHECKS['spf.multiple'].why, fix: CHECKS['spf.multiple'].fix },
  'spf.broken': {
    severity: 'error',
    why: 'Receivers treat a record that they can’t read as an error, and use none of it (RFC 7208 4.6).',
    fix: 'Correct the term.',
  },
  'spf.open': {
    severity: 'error',
    why: 'Any host in the world passes SPF in the name of the domain.',
    fix: 'End the record with ~all or -all.',
  },
  'spf.open-end': {
    severity: 'warning',
    why: 'Without all or redirect a stranger’s mail is neutral, as if there were no record.',
    fix: 'End the record with ~all or -all.',
  },
  'dkim.missing': {
    severity: 'error',
    why: ASPECTS['dkim.signers'].why,
    fix: 'Sign the domain’s mail: `mailwright up` sets up SES; other senders have their own records.',
  },
  'dkim.revoked': {
    severity: 'advice',
    why: 'A record without a key makes every signature of its selector fail.',
    fix: 'Remove it when no mail with it is under way any more.',
  },
  'tls-rpt.missing': {
    severity: 'advice',
    why: 'Nobody learns where senders could not reach the MX hosts by TLS.',
    fix: 'Publish _smtp._tls with "v=TLSRPTv1; rua=mailto:…" (RFC 8460), before MTA-STS.',
  },
  'mta-sts.missing': {
    severity: 'advice',
    why: ASPECTS.mtaSts.why,
    fix: 'Publish a policy in mode testing first (RFC 8461).',
  },
  'mail-from.spf': { severity: 'error', why: CHECKS['mail-from.spf'].why, fix: '`mailwright up` publishes it.' },
  'ses.unverified': {
    severity: 'error',
    why: CHECKS['ses.identity'].why,
    fix: 'Compare the DKIM records with `mailwright plan`, then run `mailwright up`.',
  },
  'ses.dkim': { severity: 'error', why: CHECKS['ses.dkim'].why, fix: CHECKS['ses.dkim'].fix },
  'ses.not-signing': {
    severity: 'error',
    why: 'DKIM is switched off for the identity, so DMARC rests on SPF alone.',
    fix: 'Switch signing on in the SES console, or run `mailwright up`.',
  },
  'ses.dkim-key-length': {
    severity: 'warning',
    why: CHECKS['ses.dkim-key-length'].why,
    fix: CHECKS['ses.dkim-key-length'].fix,
  },
  'ses.no-mail-from': {
    severity: 'warning',
    why: CHECKS['ses.mail-from'].why,
    fix: 'Run `mailwright up`: it makes one for each region.',
  },
  'ses.mail-from': { severity: 'error', why: CHECKS['ses.mail-from'].why, fix: CHECKS['ses.mail-from'].fix },
  'ses.leftover-records': {
    severity: 'advice',
    why: 'They are of another account, of a region that was not asked, or left over.',
    fix: 'Remove them if nobody signs with them any more.',
  },
} as const satisfies Record<string, Pick<Recommendation, 'severity' | 'why' | 'fix'>>;

export type RecommendationId = keyof typeof RECOMMENDATIONS;
