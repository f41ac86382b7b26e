import { isDmarc } from '../records/dmarc.ts';
import { lintDmarc } from './lint-dmarc.ts';

/** A text that receivers take for no policy, as it was evidently meant: without quotes, with a semicolon between tags; undefined where that is not evident. */
export function meantDmarc(text: string): string | undefined {
  const meant = text
    .replace(/["“”„‘’«»\\]/g, '')
    .trim()
    .replace(/[\s;,]+(?=(?:p|sp|np|rua|ruf|adkim|aspf|fo|pct|t|psd)\s*=)/gi, '; ')
    .replace(/^v\s*=\s*dmarc1\b/i, 'v=DMARC1');
  const isGood = isDmarc(meant) && lintDmarc(meant).every(({ severity }) => severity !== 'error');
  return isGood && meant !== text ? meant : undefined;
}
