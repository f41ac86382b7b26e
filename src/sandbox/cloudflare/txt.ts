import { invalidRecord } from './refusal.ts';

// Wire limit of one record: 4,096 bytes including the length bytes of its strings.
const LARGEST_RECORD = 4096;

/**
 * The character-strings behind a TXT content: quoted strings (RFC 1035 section 5.1, with \" \\ and \DDD) or plain text
 * taken literally. Strings over 255 bytes are split. Throws a refusal for empty text, lone quotes and what is too large.
 */
export function readText(content: string): Buffer[] {
  const strings = content.trimStart().startsWith('"') ? readQuoted(content.trim()) : [Buffer.from(content)];
  const cut = strings.flatMap(split);
  const size = cut.reduce((sum, string) => sum + string.length + 1, 0);
  if (cut.every((string) => string.length === 0))
    throw invalidRecord(9207, 'Content for TXT record must not be empty.');
  if (size > LARGEST_RECORD) throw invalidRecord(9208, `Content for TXT record exceeds ${LARGEST_RECORD} bytes.`);
  return cut;
}

/** Character-strings as Cloudflare reads them back: each quoted, separated by one space. */
export function writeText(strings: readonly Buffer[]): string {
  return strings.map((string) => `"${[...string].map(escapeByte).join('')}"`).join(' ');
}

function split(string: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < string.length; at += 255) parts.push(string.subarray(at, at + 255));
  return parts.length > 0 ? parts : [string];
}

function escapeByte(byte: number): string {
  if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
  if (byte < 0x20 || byte > 0x7e) return `\\${String(byte).padStart(3, '0')}`;
  return String.fromCharCode(byte);
}

function readQuoted(content: string): Buffer[] {
  const strings: Buffer[] = [];
  let at = 0;
  while (at < content.length) {
    if (/\s/.test(content[at] ?? '')) {
      at += 1;
      continue;
    }
    const body = /^"((?:[^"\\]|\\\d{3}|\\\D)*)"/s.exec(content.slice(at));
    if (!body) throw invalidRecord(9209, 'Content for TXT record has unbalanced quotes.');
    strings.push(readEscapes(body[1] ?? ''));
    at += body[0].length;
  }
  return strings;
}

function readEscapes(body: string): Buffer {
  const parts: Buffer[] = [];
  for (const [piece] of body.matchAll(/\\\d{3}|\\\D|[^\\]+/gs)) {
    const decimal = /^\\(\d{3})$/.exec(piece)?.[1];
    if (decimal !== undefined) {
      if (Number(decimal) > 255) throw invalidRecord(9209, `Content for TXT record has the escape ${piece}.`);
      parts.push(Buffer.from([Number(decimal)]));
    } else parts.push(Buffer.from(piece.startsWith('\\') ? piece.slice(1) : piece));
  }
  return Buffer.concat(parts);
}
