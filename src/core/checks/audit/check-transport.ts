import { registeredDomain } from '../../domain.ts';
import { dmarcTag, policyOf, shareOf } from '../../records/dmarc.ts';
import { fromBytes } from '../../records/txt.ts';
import type { Check, CheckId } from '../check.ts';
import { finding, publish } from '../finding.ts';
import { lintBimi } from '../lint/lint-bimi.ts';
import { lintMtaStsRecord } from '../lint/lint-mta-sts.ts';
import { lintTlsRpt } from '../lint/lint-tls-rpt.ts';
import { findPolicy } from './check-dmarc.ts';
import { deadAlias, fine, follow, placeOf, type See, type Subject, unheard, unseen } from './see.ts';
import { meantMtaSts, meantTlsRpt } from './transport-fixes.ts';

/** MTA-STS, TLS reports and BIMI, each only where something is published. Pure. */
export function checkTransport({ domain }: Subject, see: See): Check[] {
  const sts = record(`_mta-sts.${domain}`, domain, see, {
    exact: /^v=STSv1[ \t]*(;|$)/,
    near: /\bv\s*=\s*STS/i,
    id: 'mta-sts.record',
    several: 'mta-sts.several',
    lint: lintMtaStsRecord,
    meant: meantMtaSts,
  });
  const reports = record(`_smtp._tls.${domain}`, domain, see, {
    exact: /^v=TLSRPTv1[ \t]*(;|$)/,
    near: /\bv\s*=\s*TLS-?RPT/i,
    id: 'tls-rpt.record',
    several: 'tls-rpt.several',
    lint: lintTlsRpt,
    meant: meantTlsRpt,
  });
  const logo = record(`default._bimi.${domain}`, domain, see, {
    exact: /^v\s*=\s*BIMI1\s*(;|$)/,
    near: /\bv\s*=\s*BIMI/i,
    id: 'bimi.record',
    several: 'bimi.several',
    lint: lintBimi,
  });
  // Senders look no further where they can't read the record.
  const isSts =
    sts.text !== undefined &&
    sts.checks.every(({ id, status, severity }) => id !== 'mta-sts.record' || status === 'ok' || severity !== 'error');
  return [
    ...sts.checks,
    ...reports.checks,
    ...logo.checks,
    ...(isSts ? policyHost(domain, see) : []),
    ...(isSts && reports.isAbsent
      ? [finding('mta-sts.no-reports', 'no TLS-RPT record', { name: `_smtp._tls.${domain}` })]
      : []),
    ...(logo.text === undefined || logo.checks.some(({ id }) => id === 'bimi.declined') ? [] : logoPolicy(domain, see)),
  ];
}

interface Kind {
  /** How a record begins: others are left out (RFC 8461 3.1, RFC 8460 3). */
  readonly exact: RegExp;
  /** What was meant as one. */
  readonly near: RegExp;
  readonly id: CheckId;
  readonly several: CheckId;
  readonly lint: (text: string) => Check[];
  /** The record that a broken one was meant as, where that is evident. */
  readonly meant?: (text: string) => string | undefined;
}

function record(
  name: string,
  domain: string,
  see: See,
  { exact, near, id, several, lint, meant }: Kind,
): { checks: Check[]; text?: string; isAbsent?: true } {
  const { answer } = follow(see, name, 'TXT');
  const silence = unheard(answer);
  if (silence !== undefined) return { checks: [unseen(id, name, silence)] };
  const all = answer.values.map(fromBytes);
  const texts = all.filter((one) => exact.test(one));
  const text = texts[0] ?? all.find((one) => near.test(one));
  const dead = deadAlias(see, name, 'TXT', domain);
  if (dead !== undefined) return { checks: [dangling(id, name, dead)] };
  if (text === undefined) return { checks: [], isAbsent: true };
  if (texts.length > 1) return { checks: [finding(several, texts.map((one) => `"${one}"`).join(' and '), { name })] };
  const whole = meant?.(text);
  const way =
    whole === undefined
      ? {}
      : { fix: `${publish(placeOf(see, name, 'TXT'), whole)} in its place: that was probably meant.` };
  const faults = lint(text).map((one) => ({ ...one, name, ...(one.id === id ? way : {}) }));
  return { checks: faults.some((one) => one.id === id) ? faults : [fine(id, name, text), ...faults], text };
}

/** Somebody was asked to keep the record: it is not there by choice. */
function dangling(id: CheckId, name: string, target: string): Check {
  const fix = `Have whoever keeps ${target} publish the record there, or remove the alias at ${name}.`;
  return finding(id, `an alias of ${target}, where nothing is`, { name, fix });
}

function policyHost(domain: string, see: See): Check[] {
  const name = `mta-sts.${domain}`;
  const answers = (['A', 'AAAA'] as const).map((type) => follow(see, name, type).answer);
  if (answers.some(({ status }) => status === 'present')) return [];
  const silence = answers.map(unheard).find((reason) => reason !== undefined);
  return [
    silence === undefined
      ? finding('mta-sts.policy-host', 'no address', {
          name,
          fix: `Publish an address for ${name} and the policy on it, or remove the record at _mta-sts.${domain}.`,
        })
      : unseen('mta-sts.policy-host', name, silence),
  ];
}

/** The policy of the domain, and that of its organisation, which counts for a logo as well (7.1). */
function logoPolicy(domain: string, see: See): Check[] {
  for (const name of new Set([domain, registeredDomain(domain)])) {
    const policy = findPolicy(name, see);
    if (policy === 'none') {
      if (name === domain) return [finding('bimi.dmarc', 'no policy', { name })];
    } else if ('unknown' in policy) return [unseen('bimi.dmarc', domain, policy.unknown)];
    else if (isWeak(policy.record)) return [finding('bimi.dmarc', `"${policy.record}"`, { name: policy.name })];
  }
  return [];
}

function isWeak(record: string): boolean {
  const published = policyOf(record);
  return (
    published === 'none' ||
    // A share of less than all counts for reject alone.
    (published === 'quarantine' && shareOf(record) < 100) ||
    dmarcTag(record, 'sp')?.toLowerCase() === 'none' ||
    dmarcTag(record, 't')?.toLowerCase() === 'y'
  );
}
