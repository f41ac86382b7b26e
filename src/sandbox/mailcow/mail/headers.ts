import { randomBytes } from 'node:crypto';

/** Where a message came from and went to, as a trace header says it. */
export interface Trace {
  readonly helo: string;
  readonly ip: string;
  /** ESMTP, or ESMTPA after a login. */
  readonly protocol: 'ESMTP' | 'ESMTPA';
  readonly by: string;
  readonly recipient?: string;
  /** Sandbox milliseconds. */
  readonly at: number;
}

/** A Received header of RFC 5321 section 4.4, in Postfix's shape. */
export function receivedHeader({ helo, ip, protocol, by, recipient, at }: Trace): string {
  const id = randomBytes(5).toString('hex').toUpperCase();
  const address = ip.includes(':') ? `IPv6:${ip}` : ip;
  const to = recipient === undefined ? '' : `\r\n\tfor <${recipient}>`;
  return `Received: from ${helo} (unknown [${address}])\r\n\tby ${by} (Postcow) with ${protocol} id ${id}${to};\r\n\t${mailDate(at)}\r\n`;
}

/** A date as RFC 5322 section 3.3 writes it. */
export function mailDate(at: number): string {
  return new Date(at).toUTCString().replace('GMT', '+0000');
}

/** The header block of a message, folded lines joined. */
export function unfoldedHeaders(raw: Buffer): string[] {
  const text = raw.toString('latin1');
  const end = text.search(/\r?\n\r?\n/);
  return (end < 0 ? text : text.slice(0, end))
    .replaceAll(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)
    .filter((line) => line !== '');
}

/** A message without results that claim to be this host's own, which nobody but itself may write (RFC 8601 section 5). */
export function withoutForgedResults(raw: Buffer, host: string): Buffer {
  const text = raw.toString('latin1');
  const end = /\r?\n\r?\n/.exec(text)?.index ?? text.length;
  const fields = text.slice(0, end).split(/\r?\n(?![ \t])/);
  const own = new RegExp(`^authentication-results:\\s*${host.replaceAll('.', '\\.')}\\s*;`, 'i');
  const kept = fields.filter((field) => !own.test(field));
  return kept.length === fields.length ? raw : Buffer.from(kept.join('\r\n') + text.slice(end), 'latin1');
}
