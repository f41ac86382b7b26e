import { PARAMETERS } from '../postfix/installation.ts';
import { GaveUp } from './section.ts';

/** One edit as it came: of a table's file, or of a list in main.cf. */
export type Edit = {
  readonly parameter: string;
  /** Of what was read: the file, or the line that `postconf -h` prints. */
  readonly expected: string;
  readonly text: string;
} & ({ readonly kind: '@edit'; readonly type: string; readonly path: string } | { readonly kind: '@inline' });

/** Reads the edits of a `put`: '@edit PARAMETER TYPE PATH SHA256' or '@inline PARAMETER SHA256', base64 below, '@end'. */
export function readEdits(stdin: string): Edit[] {
  const found: { head: string; packed: string }[] = [];
  const lines = stdin.split('\n');
  // What follows the last line break is no whole line; `read` of the shell leaves it.
  lines.pop();
  const end = lines.indexOf('@end');
  for (const line of end < 0 ? lines : lines.slice(0, end)) {
    if (/^@(edit|inline) /.test(line)) found.push({ head: line, packed: '' });
    else if (line.startsWith('@')) throw new GaveUp('usage', `unknown line ${line}`);
    else if (found.length > 0) Object.assign(found.at(-1) ?? {}, { packed: `${found.at(-1)?.packed}${line}` });
  }
  if (end < 0) throw new GaveUp('cut', 'the connection ended before all of it had come');
  if (found.length === 0) throw new GaveUp('usage', 'no edits');
  return found.map(({ head, packed }, at) => {
    const [kind, parameter = '', ...words] = head.split(' ');
    if (!PARAMETERS.some((name) => name === parameter))
      throw new GaveUp('usage', `${parameter} is not for this program`);
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) throw new GaveUp('usage', `edit ${at + 1} is no base64`);
    const text = Buffer.from(packed, 'base64').toString('utf8');
    const odd = [...text.matchAll(/[^\t\n\r -~\u0080-\u{10ffff}]/gu)].length;
    if (odd > 0) throw new GaveUp('content', `${odd} control characters in the new text for ${parameter}`);
    const [first = '', path = '', expected = ''] = words;
    return kind === '@edit'
      ? { kind, parameter, type: first, path, expected, text }
      : { kind: '@inline', parameter, expected: first, text };
  });
}
