import { addReportAddresses, dmarcTag, editTag, isDmarc } from '../../records/dmarc.ts';
import type { Check, CheckId } from '../check.ts';
import { asksForNothing, lintDmarc } from '../lint/lint-dmarc.ts';

/** A text that receivers take for no policy, as it was evidently meant: without quotes, with a semicolon between tags; undefined where that is not evident. */
export function meantDmarc(text: string): string | undefined {
  // Longer than any honest record, over which patterns take long.
  if (text.length > 2000) return undefined;
  const meant = text
    .replace(/["“”„‘’«»\\]/g, '')
    .trim()
    .replace(/[\s;,]+(?=(?:p|sp|np|rua|ruf|adkim|aspf|fo|pct|t|psd)\s*=)/gi, '; ')
    .replace(/^v\s*=\s*dmarc1\b/i, 'v=DMARC1');
  const isGood = isDmarc(meant) && lintDmarc(meant).every(({ severity }) => severity !== 'error');
  return isGood && meant !== text ? meant : undefined;
}

/** Where a mended record goes. */
interface Place {
  /** 'Publish _dmarc.example.com TXT "…" in its place' */
  readonly show: (record: string) => string;
  /** The domain whose mailbox may get reports, where there is one. */
  readonly domain?: string;
}

/**
 * What was found in a record that can be read, with the whole record as the way out where its words are beyond doubt. It is the same in each
 * of them: whoever copies one loses none of the others.
 */
export function withMended(found: readonly Check[], text: string, { show, domain }: Place): Check[] {
  if (found.some(({ severity }) => severity === 'error')) return [...found];
  const has = (id: CheckId) => found.some((one) => one.id === id);
  let mended = editTag(
    editTag(text, 'rf', () => undefined),
    'ri',
    () => undefined,
  );
  const share = dmarcTag(text, 'pct');
  const isTrial =
    share !== undefined && share !== '100' && !asksForNothing(text) && !/^n$/i.test(dmarcTag(text, 't') ?? '');
  if (isTrial && dmarcTag(text, 't') === undefined) mended = mended.replace(/;(\s*)pct\s*=\s*\d+/i, ';$1t=y');
  else mended = editTag(mended, 'pct', () => undefined);
  if (has('dmarc.np-missing'))
    mended = editTag(mended, dmarcTag(mended, 'sp') === undefined ? 'p' : 'sp', (value) => `${value}; np=reject`);
  const fixes: Partial<Record<CheckId, string>> = {
    'dmarc.np-missing': `${show(mended)}.`,
    'dmarc.obsolete-tag': `${show(mended)}.`,
    'dmarc.pct': isTrial
      ? `${show(mended)}: t=y for as long as the policy is on trial, then without it.`
      : `${show(mended)}.`,
    ...(domain !== undefined && dmarcTag(text, 'rua') === undefined
      ? {
          'dmarc.reports-none': `${show(addReportAddresses(mended, [`mailto:dmarc@${domain}`]))}, with an address that somebody reads.`,
        }
      : {}),
  };
  return found.map((one) => {
    const fix = fixes[one.id];
    return fix === undefined ? one : { ...one, fix };
  });
}
