/**
 * TXT record data. Inside, a TXT value is a *byte string*: one character per byte (0–255), all character-strings joined,
 * so that two spellings of the same record compare equal (RFC 1035 3.3.14; RFC 7208 3.3 joins without spaces).
 */

const encoder = new TextEncoder();

/** The byte string of ordinary text (UTF-8). */
export function toBytes(text: string): string {
  let bytes = '';
  for (const byte of encoder.encode(text)) bytes += String.fromCharCode(byte);
  return bytes;
}

/** A byte string for people: as UTF-8 where it is, else byte by byte. */
export function fromBytes(bytes: string): string {
  const raw = Uint8Array.from(bytes, (char) => char.charCodeAt(0));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    return bytes;
  }
}

/**
 * A byte string on a terminal or in a report: control characters and those that turn text round are shown as \DDD, because whoever
 * publishes a record must not write on the screen of whoever looks at it.
 */
export function showText(bytes: string): string {
  return escapeControls(fromBytes(bytes));
}

/** Text from outside with what is not seen, or turns text round, written as \DDD. */
export function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (char) => `\\${String(char.codePointAt(0) ?? 0).padStart(3, '0')}`,
  );
}

/**
 * Reads a provider's presentation of TXT data: one or more quoted character-strings with \" \\ and \DDD (decimal) escapes,
 * or unquoted text, which is taken literally. A lone quote inside unquoted text stays what it is.
 */
export function decodeTxt(content: string): string {
  const text = content.trim();
  if (!text.startsWith('"')) return toBytes(text);
  let out = '';
  let inside = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] ?? '';
    if (!inside) {
      if (char === '"') inside = true;
      else if (!/\s/.test(char)) return toBytes(text); // not a list of quoted strings after all
    } else if (char === '"') {
      inside = false;
    } else if (char === '\\') {
      const digits = /^\d{3}/.exec(text.slice(i + 1))?.[0];
      if (digits !== undefined && Number(digits) < 256) {
        out += String.fromCharCode(Number(digits));
        i += 3;
      } else {
        out += toBytes(text[i + 1] ?? '\\');
        i += 1;
      }
    } else {
      out += toBytes(char);
    }
  }
  return inside ? toBytes(text) : out;
}

/** The canonical presentation: quoted strings of at most 255 bytes, other than printable ASCII as \DDD. */
export function encodeTxt(bytes: string): string {
  const strings: string[] = [];
  for (let i = 0; i < bytes.length || i === 0; i += 255) {
    const quoted = bytes
      .slice(i, i + 255)
      .replace(/["\\]|[^ -~]/g, (char) =>
        char === '"' || char === '\\' ? `\\${char}` : `\\${String(char.charCodeAt(0)).padStart(3, '0')}`,
      );
    strings.push(`"${quoted}"`);
  }
  return strings.join(' ');
}
