import { meantDmarc, withMended } from '../core/checks/audit/dmarc-fixes.ts';
import { meantSpf } from '../core/checks/audit/spf-fixes.ts';
import { meantMtaSts, meantTlsRpt } from '../core/checks/audit/transport-fixes.ts';
import { type Check, type CheckId, SEVERITIES, type Severity } from '../core/checks/check.ts';
import { finding } from '../core/checks/finding.ts';
import { lintBimi } from '../core/checks/lint/lint-bimi.ts';
import { lintDkim } from '../core/checks/lint/lint-dkim.ts';
import { lintDmarc } from '../core/checks/lint/lint-dmarc.ts';
import { lintMtaStsPolicy, lintMtaStsRecord } from '../core/checks/lint/lint-mta-sts.ts';
import { lintSpf } from '../core/checks/lint/lint-spf.ts';
import { lintTlsRpt } from '../core/checks/lint/lint-tls-rpt.ts';
import type { LintKind, LintReport } from '../core/lint-report.ts';
import { decodeTxt, encodeTxt, fromBytes, toBytes } from '../core/records/txt.ts';

const LEAST_BAD = SEVERITIES.indexOf('error');

/** What a logo is checked by: SVG Tiny PS is no matter of text. */
export interface LintNeeds {
  logoFaults(svg: string): Promise<readonly string[]>;
}

/**
 * Says what is wrong with a record by itself; nothing is looked up. An MTA-STS policy and a BIMI logo are known by their form. Exit status 1
 * where something is at least as bad as `failOn`.
 */
export async function lint(kind: LintKind, record: string, failOn: Severity, needs: LintNeeds): Promise<LintReport> {
  const found = await findingsOf(kind, record, needs);
  const rank = (check: Check) => SEVERITIES.indexOf(check.severity);
  const findings = found.toSorted((a, b) => rank(a) - rank(b));
  const worst = findings[0] ? rank(findings[0]) : SEVERITIES.length;
  return {
    version: 1,
    command: 'lint',
    kind,
    record,
    valid: worst > LEAST_BAD,
    exit: worst <= SEVERITIES.indexOf(failOn) ? 1 : 0,
    findings: findings as LintReport['findings'],
  };
}

async function findingsOf(kind: LintKind, record: string, needs: LintNeeds): Promise<readonly Check[]> {
  const { text, strings } = unquote(record);
  switch (kind) {
    case 'spf':
      return asMeant(lintSpf(text, strings), meantSpf(text));
    case 'dkim':
      return lintDkim(text);
    case 'dmarc':
      return asMeant(withMended(lintDmarc(text), text, { show: written }), meantDmarc(text));
    case 'mta-sts':
      // A policy file has lines; a record has tags.
      return /^\s*[a-z_]+\s*:/i.test(text) || (text.includes('\n') && !/^\W*v\s*=/i.test(text))
        ? lintMtaStsPolicy(record)
        : asMeant(lintMtaStsRecord(text), meantMtaSts(text));
    case 'tls-rpt':
      return asMeant(lintTlsRpt(text), meantTlsRpt(text));
    case 'bimi':
      return record.trimStart().startsWith('<')
        ? (await needs.logoFaults(record)).map((fault) => finding('bimi.logo', fault))
        : lintBimi(text);
  }
}

/** Faults for which receivers take a text for no record at all. */
const UNREAD: readonly CheckId[] = [
  ...(['spf.syntax', 'spf.chunks', 'dmarc.version', 'dmarc.quoted'] as const),
  ...(['mta-sts.record', 'tls-rpt.record'] as const),
];

/** The way out of a record that can't be read is the one that was meant, where that is evident. */
function asMeant(checks: readonly Check[], meant: string | undefined): readonly Check[] {
  if (meant === undefined) return checks;
  const fix = `${written(meant)}: that was probably meant.`;
  return checks.map((one) => (UNREAD.includes(one.id) ? { ...one, fix } : one));
}

function written(record: string): string {
  return `Write ${encodeTxt(toBytes(record))}`;
}

/** A record as zone files have it, in quoted strings, with or without its name, is read as receivers do: joined without a space. */
function unquote(record: string): { text: string; strings: readonly string[] } {
  const trimmed = record
    .trim()
    .replace(/^\S+\s+(?:\d+\s+)?(?:IN\s+)?TXT\s+(?=[("])/i, '')
    .replace(/^\(\s*(".*")\s*\)$/s, '$1');
  if (!/^"(?:[^"\\]|\\.)*"(?:\s+"(?:[^"\\]|\\.)*")*$/s.test(trimmed)) return { text: record, strings: [] };
  const strings = [...trimmed.matchAll(/"(?:[^"\\]|\\.)*"/gs)].map(([quoted]) => decodeTxt(quoted));
  return { text: fromBytes(strings.join('')), strings };
}
