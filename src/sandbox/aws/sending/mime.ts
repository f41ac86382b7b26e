import { badRequest } from '../gate/errors.ts';

/** A header field as it stands in the message, folding kept, without its last line break. */
export interface Field {
  readonly name: string;
  readonly line: string;
}

/** A message taken apart; `body` begins after the empty line. Bytes above 127 survive as Latin-1. */
export interface Mime {
  readonly fields: readonly Field[];
  readonly body: string;
}

/** Takes a message apart at its first empty line, line breaks made CRLF. @throws AwsError BadRequestException for what is no header */
export function parseMime(bytes: Buffer): Mime {
  const text = bytes.toString('latin1').replaceAll(/\r?\n/g, '\r\n');
  const end = text.startsWith('\r\n') ? 0 : text.indexOf('\r\n\r\n') + 2;
  const head = end === 1 ? text : text.slice(0, end);
  const body = end === 1 ? '' : text.slice(end + 2);
  const fields = head
    .replace(/\r\n$/, '')
    .split(/\r\n(?![ \t])/)
    .filter(Boolean)
    .map((line) => {
      const name = /^[!-9;-~]+(?=[ \t]*:)/.exec(line)?.[0];
      if (name === undefined) throw badRequest('Invalid MIME header.');
      return { name, line };
    });
  return { fields, body };
}

/** Puts a message together again. */
export function writeMime({ fields, body }: Mime): Buffer {
  return Buffer.from(`${fields.map(({ line }) => `${line}\r\n`).join('')}\r\n${body}`, 'latin1');
}

/** A header field of a name and an ASCII value. */
export function field(name: string, value: string): Field {
  return { name, line: `${name}: ${value}` };
}

/** The unfolded values of a header, in order. */
export function valuesOf(mime: Pick<Mime, 'fields'>, name: string): string[] {
  return mime.fields
    .filter((found) => found.name.toLowerCase() === name.toLowerCase())
    .map(({ line }) =>
      line
        .slice(line.indexOf(':') + 1)
        .replaceAll(/\r\n(?=[ \t])/g, '')
        .trim(),
    );
}

/** The message without headers of some names. */
export function without(mime: Mime, drop: (name: string) => boolean): Mime {
  return { ...mime, fields: mime.fields.filter(({ name }) => !drop(name.toLowerCase())) };
}
