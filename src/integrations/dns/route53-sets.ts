import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { LiveRecord } from '../../core/dns.ts';
import { toBytes } from '../../core/records/txt.ts';

/** A name as Route 53 writes it: trailing dot, other than letters, digits and -_. as \ and three octal digits. */
export function decodeName(text: string): string {
  return unescapeOctal(text).toLowerCase().replace(/\.$/, '');
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** TXT data of Route 53 as a byte string: quoted strings, \" and \\, and \ with three *octal* digits, unlike zone files. */
export function decodeTxtValue(value: string): string {
  const strings = [...value.matchAll(/"((?:\\.|[^"\\])*)"/gs)].map(([, inside = '']) => inside);
  if (strings.length === 0) return toBytes(value);
  return strings
    .map((text) =>
      text.replace(/\\([0-3][0-7]{2})|\\(.)|([^\\]+)/gs, (_all, octal?: string, char?: string, plain?: string) =>
        octal !== undefined ? String.fromCharCode(Number.parseInt(octal, 8)) : toBytes(char ?? plain ?? ''),
      ),
    )
    .join('');
}

/** The presentation that Route 53 takes: quoted strings of at most 255 bytes. */
export function encodeTxtValue(bytes: string): string {
  const strings: string[] = [];
  for (let i = 0; i < bytes.length || i === 0; i += 255) {
    const quoted = bytes
      .slice(i, i + 255)
      .replace(/["\\]|[^ -~]/g, (char) =>
        char === '"' || char === '\\' ? `\\${char}` : `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`,
      );
    strings.push(`"${quoted}"`);
  }
  return strings.join(' ');
}

/** A record's value as one of a set's values. */
export function encodeValue(record: LiveRecord): string {
  if (record.type === 'TXT') return encodeTxtValue(record.value);
  if (record.type === 'MX') return `${record.preference ?? 0} ${record.value || '.'}`;
  return record.value;
}

/** The records of a set. Sets that are no plain list of values (aliases, routing policies) are shown, and nobody edits them here. */
export function toRecords(set: ResourceRecordSet): LiveRecord[] {
  const name = decodeName(set.Name ?? '');
  const type = set.Type ?? '';
  const locked = set.AliasTarget
    ? 'an alias of Route 53'
    : set.SetIdentifier !== undefined
      ? `a routing policy of Route 53 (${set.SetIdentifier})`
      : undefined;
  const readOnly = locked === undefined ? {} : { readOnly: locked };
  if (set.AliasTarget) {
    return [{ name, type, value: decodeName(set.AliasTarget.DNSName ?? ''), ttl: 'auto', ...readOnly }];
  }
  return (set.ResourceRecords ?? []).map(({ Value: value = '' }): LiveRecord => {
    const base = { name, type, ttl: set.TTL ?? 300, ...readOnly };
    if (type === 'TXT' || type === 'SPF') return { ...base, value: decodeTxtValue(value) };
    if (type !== 'MX') return { ...base, value: value.toLowerCase().replace(/\.$/, '') };
    const [preference = '0', host = ''] = value.trim().split(/\s+/);
    return { ...base, value: host.toLowerCase().replace(/\.$/, ''), preference: Number(preference) };
  });
}
