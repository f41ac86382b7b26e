import type { ShownCertificate } from '../../smtp-tls.ts';
import type { Check } from '../check.ts';
import { finding } from '../finding.ts';
import { coversHost } from './covers-host.ts';
import { fine, follow, type Outside, type See, unheard, unseen } from './see.ts';

/** A TLSA record that senders use for SMTP (RFC 7672 3.1): of the host's own certificate (3) or of an issuer's (2). */
interface Tlsa {
  readonly usage: 2 | 3;
  /** 'selector matching hex', as certificates have it. */
  readonly association: string;
}

/** What stands at a host's TLSA name. */
export interface Dane {
  /** The name, which checks are about. */
  readonly name: string;
  readonly checks: readonly Check[];
  /** Those that senders hold the host to; none where the zone is known to be unsigned. */
  readonly usable: readonly Tlsa[];
  /** There are records, and DNSSEC vouches for them: whoever holds to DANE delivers by TLS alone, also where none can be used (RFC 7672 2.2). */
  readonly isSecure: boolean;
}

/** TLSA records of an MX host: whether they can be used, and whether they count (RFC 7672). Pure. */
export function checkDane(host: string, see: See, { security }: Outside): Dane {
  const name = `_25._tcp.${host}`;
  const nothing = { name, usable: [], isSecure: false };
  const { answer, hops } = follow(see, name, 'TLSA');
  const silence = unheard(answer);
  if (silence !== undefined) return { ...nothing, checks: [unseen('dane.record', name, silence)] };
  if (answer.values.length === 0) return { ...nothing, checks: [] };
  // Every zone on the way has to be signed, and each is asked about, however the one before turned out.
  const found = [name, ...hops].map((one) => security(one) ?? 'unknown');
  if (found.includes('bogus'))
    return {
      ...nothing,
      checks: [finding('dnssec.bogus', 'a resolver that verifies answers SERVFAIL, and answers without', { name })],
    };
  const said = answer.values.map(showTlsa).join(', ');
  if (found.includes('insecure')) return { ...nothing, checks: [finding('dane.unsigned', said, { name })] };
  const isSecure = found.every((one) => one === 'secure');
  const read = answer.values.map((value) => ({ value, tlsa: readTlsa(value) }));
  const usable = read.flatMap(({ tlsa }) => (typeof tlsa === 'string' ? [] : [tlsa]));
  const severity = usable.length === 0 ? 'error' : 'warning';
  const faults = read.flatMap(({ value, tlsa }) =>
    typeof tlsa === 'string' ? [finding('dane.record', `${showTlsa(value)}: ${tlsa}`, { name, severity })] : [],
  );
  return {
    name,
    usable,
    isSecure,
    checks: [
      ...(isSecure ? [] : [unseen('dane.unsigned', name, 'no resolver that verifies DNSSEC could be asked')]),
      ...(faults.length === 0 ? [fine('dane.record', name, said)] : faults),
      ...(usable.length === 1 ? [finding('dane.rollover', `${said} alone`, { name })] : []),
    ],
  };
}

/** Whether a chain is what the usable records say; nothing where there are none. Pure. */
export function checkDaneMatch(
  host: string,
  { name, usable, isSecure }: Dane,
  chain: readonly ShownCertificate[],
): Check[] {
  if (usable.length === 0) return [];
  const verdicts = usable.map((tlsa) => ({ tlsa, fault: mismatch(tlsa, host, chain) }));
  const match = verdicts.find(({ fault }) => fault === undefined);
  if (match) return [fine('dane.match', name, `${shorten(match.tlsa)} is that of the certificate in use`)];
  const [own] = chain;
  const inUse = own?.associations.find((one) => one.startsWith('1 1 '));
  return [
    finding('dane.match', verdicts.map(({ tlsa, fault }) => `${shorten(tlsa)}: ${fault}`).join('; '), {
      name,
      severity: isSecure ? 'blocker' : 'warning',
      ...(inUse === undefined
        ? {}
        : {
            fix: `Publish "3 ${inUse}", which is the key in use, beside what is there until its TTL is over; or go back to the old key.`,
          }),
    }),
  ];
}

/** Why a record does not match; undefined where it does. Names and dates count only for an issuer's (RFC 7672 3.1.1, 3.1.2). */
function mismatch({ usage, association }: Tlsa, host: string, chain: readonly ShownCertificate[]): string | undefined {
  const [own, ...issuers] = chain;
  const matches = (one: ShownCertificate) => one.associations.includes(association);
  if (own === undefined) return 'no certificate was shown';
  if (usage === 3) return matches(own) ? undefined : 'the host has another certificate';
  if (!issuers.some(matches)) return 'none of the issuers that the host sent along';
  if (own.daysLeft < 0) return `its issuer matches, but the certificate expired on ${own.notAfter.slice(0, 10)}`;
  if (!own.names.some((pattern) => coversHost(pattern, host)))
    return `its issuer matches, but the certificate is for ${own.names.slice(0, 5).join(', ') || 'no name'}`;
  return undefined;
}

const HEX_LENGTH: Readonly<Record<string, number>> = { 1: 64, 2: 128 };

/** A record, or why senders leave it out. */
function readTlsa(value: string): Tlsa | string {
  const [usage, selector = '', matching = '', data = ''] = value.split(' ');
  if (usage === '0' || usage === '1') return `usage ${usage} is not for SMTP`;
  if (usage !== '2' && usage !== '3') return `usage ${usage} is unknown`;
  if (selector !== '0' && selector !== '1') return `selector ${selector} is unknown`;
  if (matching !== '0' && matching !== '1' && matching !== '2') return `matching type ${matching} is unknown`;
  const wanted = HEX_LENGTH[matching];
  if (data === '') return 'it has no data';
  if (wanted !== undefined && data.length !== wanted)
    return `${data.length / 2} bytes are no SHA-${matching === '1' ? 256 : 512}, which has ${wanted / 2}`;
  return { usage: usage === '2' ? 2 : 3, association: `${selector} ${matching} ${data}` };
}

function showTlsa(value: string): string {
  return /^.{24}./.test(value) ? `${value.slice(0, 22)}…` : value;
}

function shorten({ usage, association }: Tlsa): string {
  return showTlsa(`${usage} ${association}`);
}
