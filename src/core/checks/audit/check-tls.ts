import { isIpv4, isIpv6 } from '../../records/spf-grammar.ts';
import type { SecuredSmtp } from '../../smtp-tls.ts';
import { type Check, type CheckId, check, type Severity } from '../check.ts';
import { CHECKS } from '../table.ts';
import { checkDane, checkDaneMatch, type Dane } from './check-dane.ts';
import { mtaStsMode } from './check-mta-sts-policy.ts';
import { mxHosts } from './check-mx.ts';
import { coversHost } from './covers-host.ts';
import { follow, type Outside, type See, type Subject } from './see.ts';

/** More hosts of one domain are not talked to. */
const MOST_HOSTS = 10;
/** What renews itself does so a month before, mostly; what lives for days or weeks alone, with a third of its life left. */
const SOON_DAYS = 14;
const SOON_SHARE = 1 / 3;

/** What OpenSSL's reasons mean (X509_verify_cert_error_string); others are named by their code. */
const DISTRUST: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'it comes from an authority that nobody knows',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate of its issuer was not sent along, or nobody knows its authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate of its issuer was not sent along, or nobody knows its authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate of its issuer was not sent along, or nobody knows its authority',
  CERT_HAS_EXPIRED: 'it or one of its issuers has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
};

/** TLS of a domain's MX hosts, and DANE; nothing where nobody asks them. Pure. */
export function checkTls({ domain }: Subject, see: See, outside: Outside): Check[] {
  if (!outside.tls) return [];
  const hosts = [...new Set(mxHosts(follow(see, domain, 'MX').answer.values))].filter(
    (host) => !isIpv4(host) && !isIpv6(host),
  );
  const isEnforced = mtaStsMode({ domain }, see, outside) === 'enforce';
  return [
    ...hosts.slice(0, MOST_HOSTS).flatMap((host) => checkHost(host, see, outside, isEnforced)),
    ...hosts.slice(MOST_HOSTS).map((host) => notSeen(host, `not asked: the domain has more than ${MOST_HOSTS} hosts`)),
  ];
}

function checkHost(host: string, see: See, outside: Outside, isEnforced: boolean): Check[] {
  const dane = checkDane(host, see, outside);
  const shown = outside.tls?.(host);
  if (shown === undefined) return [...dane.checks];
  if ('silence' in shown) return [...dane.checks, notSeen(host, shown.silence)];
  const { address } = shown;
  // Who holds to a policy or to records that are signed delivers to nobody who can't show what they demand.
  const isDemanded = isEnforced || dane.isSecure;
  const bad = (id: CheckId, value: string, isRefused: boolean) =>
    told(id, host, 'failed', { address, value, ...(isRefused ? { severity: 'blocker' } : {}) });
  if ('plain' in shown)
    return [...dane.checks, bad('tls.starttls', `no STARTTLS in its answer to EHLO: ${shown.plain}`, isDemanded)];
  const offered = told('tls.starttls', host, 'ok', { address, value: 'STARTTLS' });
  if ('failed' in shown) return [...dane.checks, offered, bad('tls.handshake', shown.failed, isDemanded)];
  const { version, cipher } = shown;
  return [
    ...dane.checks,
    offered,
    /^(SSL|TLSv1(\.1)?$)/.test(version)
      ? bad('tls.version', `${version} at most`, false)
      : told('tls.version', host, 'ok', { address, value: `${version}, ${cipher}` }),
    ...checkCertificate(host, shown, dane, isEnforced),
  ];
}

/** A sender that holds to DANE looks at its records alone, all others at authorities, names and dates. */
function checkCertificate(host: string, shown: SecuredSmtp, dane: Dane, isEnforced: boolean): Check[] {
  const { address, chain, distrust } = shown;
  const matches = checkDaneMatch(host, dane, chain);
  const [own] = chain;
  if (own === undefined) return matches;
  const isVouchedFor = dane.isSecure && matches.some(({ status }) => status === 'ok');
  const day = own.notAfter.slice(0, 10);
  const hasExpired = own.daysLeft < 0;
  const faults = [
    ...(distrust === undefined || (distrust === 'CERT_HAS_EXPIRED' && hasExpired)
      ? []
      : [`${DISTRUST[distrust] ?? distrust} (issuer: ${own.issuer})`]),
    ...(own.names.some((pattern) => coversHost(pattern, host))
      ? []
      : [`it is for ${own.names.slice(0, 5).join(', ') || `no name (${own.subject})`}`]),
  ];
  // What DANE vouches for needs nobody else, unless the policy of MTA-STS demands it.
  const isFault = isEnforced || !isVouchedFor;
  const severity: Severity = isEnforced ? 'blocker' : 'warning';
  const value = faults.join('; ');
  const vouched = `${value}: DANE vouches for it`;
  return [
    ...matches,
    faults.length === 0
      ? told('tls.certificate', host, 'ok', { address, value: `${own.subject}, issuer: ${own.issuer}` })
      : isFault
        ? told('tls.certificate', host, 'failed', { address, value, severity })
        : told('tls.certificate', host, 'ok', { address, value: vouched }),
    hasExpired && isFault
      ? told('tls.expiry', host, 'failed', { address, value: `it expired on ${day}`, severity })
      : own.daysLeft < Math.min(SOON_DAYS, Math.floor(own.lifetimeDays * SOON_SHARE)) && isFault
        ? told('tls.expiry', host, 'failed', { address, value: `${own.daysLeft} days left, until ${day}` })
        : told('tls.expiry', host, 'ok', { address, value: `until ${day}` }),
  ];
}

/** From many places nobody could see more: it is no fault of the domain. */
function notSeen(host: string, why: string): Check {
  return told('tls.starttls', host, 'unknown', { address: host, value: why, severity: 'info' });
}

function told(
  id: CheckId,
  host: string,
  status: Check['status'],
  { address, value, severity }: { readonly address: string; readonly value: string; readonly severity?: Severity },
): Check {
  return check(id, {
    status,
    system: 'smtp',
    name: host,
    expected: CHECKS[id].title,
    seen: [{ by: address, value }],
    ...(severity === undefined ? {} : { severity }),
  });
}
