import { isGlued } from '../checks/lint/lint-spf.ts';
import { nearest } from '../nearest.ts';
import { isSpf } from './spf.ts';
import { isIpv4, isIpv6, readSpfTerm } from './spf-grammar.ts';

const MECHANISMS = 'include|a|mx|ptr|ip4|ip6|exists';

/** Whether a text was meant as an SPF record and is none: quotes before it, no space behind 'v=spf1', white space inside. */
export function isMeantAsSpf(text: string): boolean {
  return !isSpf(text) && /^[\s"'“”„‘’\\]*v\s*=\s*spf(?:1(?!\d)|\b)/i.test(text);
}

/** A broken record as it was evidently meant; undefined where that is not evident, or nothing is wrong. */
export function correctSpf(text: string): string | undefined {
  const plain = text
    .replace(/[\u200b\ufeff"'“”„‘’«»`\\]/g, '')
    .replace(/[–—−]/g, '-')
    .replace(/\s+/g, ' ')
    // A macro may hold a comma.
    .replace(text.includes('%') ? /;+/g : /[;,]+/g, ' ')
    .trim()
    .replace(/^v ?= ?spf1 */i, 'v=spf1 ')
    .replace(/([:=]) +/g, '$1');
  const words = plain.split(' ').filter((word) => word !== '');
  const corrected = words.flatMap((word, index) => (index === 0 ? word : correctWord(word))).join(' ');
  const isGood =
    isSpf(corrected) &&
    corrected
      .split(' ')
      .slice(1)
      .every((word) => !isGlued(word) && 'name' in readSpfTerm(word));
  return isGood && corrected !== text ? corrected : undefined;
}

function correctWord(word: string): string[] {
  if (isGlued(word))
    return word.split(new RegExp(`(?<=[^+?~-])(?=[+?~-]?(?:${MECHANISMS}):|[+?~-]all$)`, 'i')).flatMap(correctWord);
  if (!('wrong' in readSpfTerm(word))) return [word];
  const [, sign = '', name = '', value = ''] = /^([+?~-]?)([^:]*):?(.*)$/s.exec(word) ?? [];
  const address = value.split('/')[0] ?? '';
  const meant = isIpv4(address)
    ? 'ip4'
    : isIpv6(address)
      ? 'ip6'
      : nearest(
          name,
          [...MECHANISMS.split('|'), 'all'].filter((one) => one.length > 2),
        );
  return [meant === undefined ? word : `${sign}${meant}${value === '' ? '' : `:${value}`}`];
}
