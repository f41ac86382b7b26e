import type { Report } from '../api/entry.ts';
import { type Attributes, intOf, isEmpty, wordsOf } from '../api/loose.ts';
import { isAddress, splitAddress } from '../api/names.ts';

/** Where mail that is thrown away, or learnt as spam or ham, is sent. */
export const SINKS = { goto_null: 'null@localhost', goto_spam: 'spam@localhost', goto_ham: 'ham@localhost' } as const;

/** The sink that one of the `goto_…` flags asks for. */
export function findSink(attr: Attributes): string | undefined {
  for (const [flag, sink] of Object.entries(SINKS)) if (intOf(attr[flag]) === 1) return sink;
  return undefined;
}

/** The targets in a text; what is no address is reported and left out. */
export function readTargets(text: unknown, report: Report): string[] {
  const targets = wordsOf(text).flatMap((word) => {
    if (isEmpty(word)) return [];
    const { local, domain } = splitAddress(word);
    const target = `${local}@${domain}`;
    if (isAddress(target)) return [target];
    report.danger(['goto_invalid', target]);
    return [];
  });
  return [...new Set(targets)];
}
