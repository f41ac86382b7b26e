import type { Check } from '../check.ts';
import { lintMtaStsRecord } from '../lint/lint-mta-sts.ts';
import { lintTlsRpt } from '../lint/lint-tls-rpt.ts';
import { readTags } from '../lint/tag-list.ts';

const MOST = 2000;

/** A broken MTA-STS record as it was evidently meant; undefined where that is not evident. */
export function meantMtaSts(text: string): string | undefined {
  const { version, tags } = meantTags(text, ['id'], /^sts(?:v?1)?$/i);
  // Any id is as good as another: senders look only whether it is another than before.
  const ids = tags.get('id')?.map((id) => id.replace(/[^a-z0-9]/gi, '')) ?? [];
  return evident(text, version && ids[0] ? `v=STSv1; id=${ids[0]}` : undefined, lintMtaStsRecord);
}

/** A broken TLS-RPT record as it was evidently meant; undefined where that is not evident. */
export function meantTlsRpt(text: string): string | undefined {
  const { version, tags } = meantTags(text, ['rua'], /^tls-?rpt(?:v?1)?$/i);
  const addresses = (tags.get('rua') ?? [])
    .flatMap((value) => value.split(/[,\s]+/))
    .filter((address) => address !== '')
    // An address by itself is one of mail.
    .map((address) => (/^[^:/?@]+@[^:/?@]+$/.test(address) ? `mailto:${address}` : address));
  const all = [...new Set(addresses)].join(',');
  return evident(text, version && all !== '' ? `v=TLSRPTv1; rua=${all}` : undefined, lintTlsRpt);
}

/** The tags beneath quotes, without semicolons that lack or are too many; `version` where v is meant as this one. */
function meantTags(text: string, known: readonly string[], version: RegExp) {
  const plain = text
    // Longer than any honest record, over which patterns take long.
    .slice(0, MOST)
    .replace(/["“”„‘’«»\\]/g, '')
    .trim()
    .replace(/\s*=\s*/g, '=')
    .replace(new RegExp(`[\\s;,]+(?=(?:${known.join('|')})=)`, 'gi'), '; ');
  const { tags, faults } = readTags(plain);
  const [first] = tags;
  // Tags of somebody's own, and words that are none, would be lost.
  const isWhole =
    faults.every((part) => part === '') && tags.slice(1).every(({ name }) => known.includes(name.toLowerCase()));
  return {
    version: text.length <= MOST && isWhole && first?.name.toLowerCase() === 'v' && version.test(first.value),
    tags: new Map(
      [...Map.groupBy(tags, ({ name }) => name.toLowerCase())].map(([n, all]) => [n, all.map((one) => one.value)]),
    ),
  };
}

function evident(text: string, meant: string | undefined, lint: (text: string) => Check[]): string | undefined {
  return meant !== undefined && meant !== text && lint(meant).length === 0 ? meant : undefined;
}
