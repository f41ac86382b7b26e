import { KNOWN } from '../postfix/installation.ts';
import { GaveUp } from './section.ts';

/** One edit as it came: of a table's file, of a list in main.cf, of our own table of senders, or of a transport. */
export type Edit =
  | {
      readonly kind: '@edit';
      readonly parameter: string;
      readonly type: string;
      readonly path: string;
      /** SHA-256 of what was read: the file, or the line that `postconf -h` prints. */
      readonly expected: string;
      readonly text: string;
    }
  | { readonly kind: '@inline'; readonly parameter: string; readonly expected: string; readonly text: string }
  /** 'none': there is none yet; without text it goes. */
  | { readonly kind: '@senders'; readonly expected: string; readonly text: string }
  /** Without passwords it goes; '-' is no word. */
  | {
      readonly kind: '@ses';
      readonly name: string;
      readonly tenant: string;
      readonly configurationSet: string;
      readonly text: string;
    };

/**
 * Reads the edits of a `put`: '@edit PARAMETER TYPE PATH SHA256', '@inline PARAMETER SHA256', '@senders SHA256' or
 * '@ses NAME TENANT SET', base64 below, '@end'.
 */
export function readEdits(stdin: string): Edit[] {
  const found: { head: string; packed: string }[] = [];
  const lines = stdin.split('\n');
  // What follows the last line break is no whole line; `read` of the shell leaves it.
  lines.pop();
  const end = lines.indexOf('@end');
  for (const line of end < 0 ? lines : lines.slice(0, end)) {
    if (/^@(edit|inline|senders|ses) /.test(line)) found.push({ head: line, packed: '' });
    else if (line.startsWith('@')) throw new GaveUp('usage', `unknown line ${line}`);
    else if (found.length > 0) Object.assign(found.at(-1) ?? {}, { packed: `${found.at(-1)?.packed}${line}` });
  }
  if (end < 0) throw new GaveUp('cut', 'the connection ended before all of it had come');
  if (found.length === 0) throw new GaveUp('usage', 'no edits');
  return found.map(({ head, packed }, at) => readEdit(head.split(' '), packed, at + 1));
}

function readEdit([kind = '', first = '', ...words]: readonly string[], packed: string, n: number): Edit {
  if (kind === '@ses') return readTransport(first, words, unpack(packed, n));
  const isKnown = kind === '@senders' || KNOWN.includes(first);
  if (!isKnown) throw new GaveUp('usage', `${first} is not for this program`);
  const text = unpack(packed, n);
  const odd = [...text.matchAll(/[^\t\n\r -~\u0080-\u{10ffff}]/gu)].length;
  if (odd > 0) throw new GaveUp('content', `${odd} control characters in the new text for ${first}`);
  if (kind === '@senders') return { kind, expected: first, text };
  const [second = '', path = '', expected = ''] = words;
  return kind === '@edit'
    ? { kind, parameter: first, type: second, path, expected, text }
    : { kind: '@inline', parameter: first, expected: second, text };
}

function unpack(packed: string, n: number): string {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) throw new GaveUp('usage', `edit ${n} is no base64`);
  return Buffer.from(packed, 'base64').toString('utf8');
}

function readTransport(name: string, [tenant = '', configurationSet = '']: readonly string[], text: string): Edit {
  if (!name.startsWith('ses-')) throw new GaveUp('usage', `${name} is not for this program`);
  if (!/^ses-[a-z0-9-]+$/.test(name)) throw new GaveUp('usage', `${name} is no name for a transport`);
  for (const word of [tenant, configurationSet])
    if (!/^[A-Za-z0-9_-]+$/.test(word)) throw new GaveUp('usage', `'${word}' names no tenant or configuration set`);
  const lines = text.split('\n').filter((line, at, all) => line !== '' || at < all.length - 1);
  if (lines.some((line) => !/^\[[A-Za-z0-9.-]+\]:[0-9]+ [A-Za-z0-9_+=/.-]+:[!-~]+$/.test(line)))
    throw new GaveUp('content', 'a line that is no password of a host');
  return { kind: '@ses', name, tenant, configurationSet, text };
}
