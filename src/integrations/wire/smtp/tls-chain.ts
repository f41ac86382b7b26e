import { createHash, type X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { escapeControls } from '../../../core/records/txt.ts';
import type { ShownCertificate } from '../../../core/smtp-tls.ts';

const DAY_MS = 86_400_000;
/** No honest chain is longer (RFC 7671 has four). */
const MOST_CERTIFICATES = 10;
const MOST_NAMES = 100;

/**
 * The host's certificate and the issuers that it sent along, as far as each signed the one before, in whatever order they came. Nothing of
 * this machine's own store is in it. `now`: milliseconds since 1970.
 */
export function readChain(socket: TLSSocket, now: number): ShownCertificate[] {
  const sent: X509Certificate[] = [];
  for (let one = socket.getPeerX509Certificate(); one && sent.length < MOST_CERTIFICATES; one = one.issuerCertificate)
    sent.push(one);
  const chain: X509Certificate[] = [];
  for (let at = sent[0]; at !== undefined && !chain.includes(at); ) {
    const below = at;
    chain.push(below);
    at = sent.find((one) => one.ca && !chain.includes(one) && below.checkIssued(one) && isSignedBy(below, one));
  }
  return chain.map((one) => show(one, now));
}

function isSignedBy(below: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return below.verify(issuer.publicKey);
  } catch {
    // A key of a kind that nobody knows signs nothing.
    return false;
  }
}

function show(certificate: X509Certificate, now: number): ShownCertificate {
  const { validFromDate, validToDate } = certificate;
  return {
    subject: inOneLine(certificate.subject),
    issuer: inOneLine(certificate.issuer),
    names: dnsNames(certificate.subjectAltName ?? ''),
    notAfter: validToDate.toISOString(),
    daysLeft: Math.floor((validToDate.getTime() - now) / DAY_MS),
    lifetimeDays: Math.floor((validToDate.getTime() - validFromDate.getTime()) / DAY_MS),
    associations: [certificate.raw, keyOf(certificate)].flatMap((data, selector) =>
      data
        ? [
            `${selector} 0 ${data.toString('hex')}`,
            `${selector} 1 ${createHash('sha256').update(data).digest('hex')}`,
            `${selector} 2 ${createHash('sha512').update(data).digest('hex')}`,
          ]
        : [],
    ),
  };
}

/** SubjectPublicKeyInfo, as DER; undefined for a kind of key that can't be read. */
function keyOf(certificate: X509Certificate): Buffer | undefined {
  try {
    return certificate.publicKey.export({ type: 'spki', format: 'der' });
  } catch {
    return undefined;
  }
}

/** Node writes one part on each line. */
function inOneLine(name: string | undefined): string {
  return escapeControls((name ?? '').split('\n').join(', ')).slice(0, 200);
}

/** Node writes 'DNS:a.example, IP Address:192.0.2.1'; what could be taken for something else stands in quotes, and is no host name. */
function dnsNames(text: string): string[] {
  const parts = text.matchAll(/([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy);
  return [...parts]
    .flatMap(([, kind, value = '']) => (kind === 'DNS' && /^[^"]{1,253}$/.test(value) ? [value.toLowerCase()] : []))
    .slice(0, MOST_NAMES);
}
