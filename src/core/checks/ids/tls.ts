import type { CheckEntry } from './entry.ts';

/** TLS of MX hosts (RFC 3207, 8461, 8996) and DANE (RFC 7671, 7672). */
export const TLS_CHECKS = {
  'tls.starttls': {
    severity: 'error',
    title: 'The MX host offers STARTTLS',
    why: 'Mail to it travels readable for everybody on the way; senders that hold to MTA-STS or DANE do not deliver at all.',
    fix: 'Give the mail host a certificate and switch TLS on (Postfix: smtpd_tls_security_level = may). A firewall that looks into SMTP may hide it as well (Cisco: no inspect esmtp).',
    source: 'RFC 3207 4, RFC 8461 4, RFC 7672 2.2',
  },
  'tls.handshake': {
    severity: 'error',
    title: 'STARTTLS leads to TLS',
    why: 'Many senders do not go back to plain text where TLS was offered: their mail waits, and comes back to them.',
    fix: 'Look at the mail host’s log for this connection: the key and certificate must be readable and belong together, and what is offered must be TLS 1.2 or 1.3.',
    source: 'RFC 3207 4.1',
  },
  'tls.version': {
    severity: 'warning',
    title: 'The MX host speaks TLS 1.2 or newer',
    why: 'TLS 1.0 and 1.1 are broken and withdrawn; more and more senders refuse them.',
    fix: 'Bring the mail host’s TLS library up to date, or allow TLS 1.2 and 1.3 there (Postfix: smtpd_tls_protocols = >=TLSv1.2).',
    source: 'RFC 8996, RFC 9325 3.1.1',
  },
  'tls.certificate': {
    severity: 'warning',
    title: 'The MX host’s certificate is believed for its name',
    why: 'Senders that look at it can’t tell the host from somebody in between; with an MTA-STS policy that is enforced they do not deliver.',
    fix: 'Get a certificate for the name in the MX record from a public authority (ACME), and let the host send the intermediate certificates along.',
    source: 'RFC 8461 4.2, RFC 9525 6.3',
  },
  'tls.expiry': {
    severity: 'warning',
    title: 'The MX host’s certificate is renewed in time',
    why: 'What renews itself does so two weeks before its end or earlier (with a third of its life left, where that is less); once it has expired, senders that look at it do not deliver.',
    fix: 'Renew it, see why that did not happen by itself, and reload the mail host afterwards: it keeps the old one until then.',
    source: 'RFC 8461 4.2, RFC 5280 4.1.2.5',
  },
  'dane.record': {
    severity: 'error',
    title: 'The TLSA record is one that senders use',
    why: 'Senders leave out what they can’t use; where nothing is left, the host proves nothing to them.',
    fix: 'Publish "3 1 1" and the SHA-256 of the host’s public key (or "2 1 1" and that of its issuer’s).',
    source: 'RFC 7672 3.1, RFC 6698 2.1',
  },
  'dane.unsigned': {
    severity: 'info',
    title: 'The TLSA records stand in a signed zone',
    why: 'Without DNSSEC anybody could have written them, so senders ignore them.',
    fix: 'Sign the zone of the mail host’s name (DNSSEC), or take the records out.',
    source: 'RFC 7672 2.2',
  },
  'dane.match': {
    severity: 'blocker',
    title: 'A TLSA record matches the certificate',
    why: 'Senders that hold to DANE (Microsoft, Comcast, many in Germany and the Netherlands) deliver to nobody else: mail waits, and comes back to them.',
    fix: 'Publish the record of the certificate that is in use, beside the old one until its TTL is over; or go back to the old key.',
    source: 'RFC 7672 2.2, 3.1, RFC 7671 8.1',
  },
  'dane.rollover': {
    severity: 'advice',
    title: 'There is a TLSA record for the next key, too',
    why: 'With one record alone, a new key is refused until every resolver has forgotten the old record.',
    fix: 'Publish the record of the next key beside it before the key is changed, or keep the key when the certificate is renewed (certbot: --reuse-key).',
    source: 'RFC 7671 8.1, 8.4',
  },
} as const satisfies Record<string, CheckEntry>;
