import type { CheckEntry } from './entry.ts';

/** MTA-STS (RFC 8461), TLS reports (RFC 8460), BIMI (draft-brand-indicators-for-message-identification). */
export const TRANSPORT_CHECKS = {
  'mta-sts.record': {
    severity: 'error',
    title: 'The MTA-STS record is valid',
    why: 'Senders ignore a record that they can’t read: they deliver without looking for a policy.',
    fix: 'Write "v=STSv1; id=…", the id of 1 to 32 letters and digits.',
    source: 'RFC 8461 3.1',
  },
  'mta-sts.policy': {
    severity: 'error',
    title: 'The MTA-STS policy is valid',
    why: 'Senders ignore a policy that they can’t read: they deliver as if there were none.',
    fix: 'Write version, mode, mx (one line each) and max_age.',
    source: 'RFC 8461 3.2',
  },
  'mta-sts.mode': {
    severity: 'advice',
    title: 'MTA-STS is enforced',
    why: 'In testing senders only report, and with none they do nothing: mail may be read on the way.',
    fix: 'After two weeks of clean TLS reports, write mode: enforce.',
    source: 'RFC 8461 5',
  },
  'mta-sts.max-age': {
    severity: 'warning',
    title: 'Senders remember the MTA-STS policy long enough',
    why: 'Whoever stands between for one request after it has expired can take it away.',
    fix: 'Write at least 1209600 (two weeks) with enforce, 86400 (a day) with testing.',
    source: 'RFC 8461 3.2, 10.2',
  },
  'tls-rpt.record': {
    severity: 'error',
    title: 'The TLS-RPT record is valid',
    why: 'Senders do not report where they can’t read the record.',
    fix: 'Write "v=TLSRPTv1; rua=mailto:ADDRESS" (or https:).',
    source: 'RFC 8460 3',
  },
  'bimi.record': {
    severity: 'error',
    title: 'The BIMI record is valid',
    why: 'Receivers show no logo where they can’t read the record.',
    fix: 'Write "v=BIMI1; l=https://…; a=https://…".',
    source: 'draft-brand-indicators-for-message-identification 4.2',
  },
  'bimi.declined': {
    severity: 'info',
    title: 'The domain takes part in BIMI',
    why: 'An empty l= and a= say that no logo is to be shown.',
    source: 'draft-brand-indicators-for-message-identification 4.2',
  },
  'bimi.evidence': {
    severity: 'warning',
    title: 'The logo has a certificate',
    why: 'Gmail and Apple show a logo only with a mark certificate (VMC or CMC).',
    fix: 'Name the certificate in a=.',
    source: 'draft-brand-indicators-for-message-identification 4.2',
  },
  'bimi.logo': {
    severity: 'error',
    title: 'The logo is SVG Tiny PS',
    why: 'Receivers show no logo of another form: no scripts, no animation, nothing from elsewhere.',
    fix: 'Convert it with a tool for SVG Tiny PS.',
    source: 'draft-svg-tiny-ps-abrotman',
  },
} as const satisfies Record<string, CheckEntry>;
