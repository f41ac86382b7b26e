import { isIPv4, isIPv6 } from 'node:net';
import { readName } from './names.ts';

const TEXT_TYPES = new Set(['TXT', 'SPF']);
const QUOTED = /\s*"((?:[^"\\]|\\[0-7]{3}|\\[^0-7])*)"(?:\s+|$)/y;

/** Whether a type's values are quoted strings. */
export function isText(type: string): boolean {
  return TEXT_TYPES.has(type);
}

/** What Route 53 finds wrong with a value; `undefined` where nothing. */
export function findProblem(type: string, value: string): string | undefined {
  if (isText(type)) return findTextProblem(value);
  const fields = value.trim().split(/\s+/);
  const problem = PROBLEMS[type]?.(value.trim(), fields);
  return problem === undefined ? undefined : fatal(problem, value);
}

/** The character-strings of a TXT value that has no problem. Escapes are octal: \101 is A. */
export function readStrings(value: string): Buffer[] {
  return quotedParts(value)?.map(readEscapes) ?? [];
}

/** What makes two values of a type the same record. */
export function foldValue(type: string, value: string): string {
  if (isText(type))
    return readStrings(value)
      .map((string) => string.toString('hex'))
      .join(' ');
  return value
    .trim()
    .split(/\s+/)
    .map((field) => field.toLowerCase().replace(/(.)\.$/, '$1'))
    .join(' ');
}

function fatal(problem: string, value: string): string {
  return `Invalid Resource Record: FATAL problem: ${problem} encountered with '${value}'`;
}

function findTextProblem(value: string): string | undefined {
  const parts = quotedParts(value);
  if (!parts) return fatal('InvalidCharacterString (Value should be enclosed in quotation marks)', value);
  if (/[^\x20-\x7e\t]/.test(value)) return fatal('UnsupportedCharacter (Value contains unsupported characters)', value);
  if (parts.some((part) => readEscapes(part).length > 255))
    return fatal('CharacterStringTooLong (Value is too long)', value);
  return undefined;
}

/** The insides of the quoted strings, escapes unread; `undefined` where there is anything else. */
function quotedParts(value: string): string[] | undefined {
  const parts: string[] = [];
  QUOTED.lastIndex = 0;
  while (QUOTED.lastIndex < value.length) {
    const match = QUOTED.exec(value);
    if (!match) return undefined;
    parts.push(match[1] ?? '');
  }
  return parts.length > 0 ? parts : undefined;
}

function readEscapes(part: string): Buffer {
  const bytes = [...part.matchAll(/\\([0-7]{3})|\\?(.)/gs)].map(([, octal, char = '']) =>
    octal === undefined ? char.charCodeAt(0) : Number.parseInt(octal, 8) & 0xff,
  );
  return Buffer.from(bytes);
}

const PROBLEMS: Readonly<Record<string, (value: string, fields: readonly string[]) => string | undefined>> = {
  A: (value) => (isIPv4(value) ? undefined : 'ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)'),
  AAAA: (value) => (isIPv6(value) ? undefined : 'AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)'),
  CNAME: hostProblem,
  NS: hostProblem,
  PTR: hostProblem,
  MX: (_value, fields) => {
    if (fields.length !== 2) return "MXRRDATANotTwoFields (MX record doesn't have 2 fields)";
    if (!isNumber(fields[0])) return 'MXRRDATAPreferenceIllegal (Preference is not a number from 0 to 65535)';
    return fields[1] === '.' ? undefined : hostProblem(fields[1] ?? '', fields.slice(1));
  },
  SRV: (_value, fields) => {
    if (fields.length !== 4) return "SRVRRDATANotFourFields (SRV record doesn't have 4 fields)";
    if (!fields.slice(0, 3).every(isNumber)) return 'SRVRRDATAIllegal (Value is not a number from 0 to 65535)';
    return fields[3] === '.' ? undefined : hostProblem(fields[3] ?? '', fields.slice(3));
  },
  CAA: (value) =>
    /^\d{1,3} (issue|issuewild|iodef) "[^"]*"$/.test(value) ? undefined : 'CAARRDATAIllegal (Value is not valid)',
  SOA: (_value, fields) =>
    fields.length === 7 ? undefined : "SOARRDATANotSevenFields (SOA record doesn't have 7 fields)",
};

function hostProblem(value: string, fields: readonly string[]): string | undefined {
  if (fields.length !== 1) return 'RRDATANotSingleField (Value contains spaces)';
  try {
    readName(value);
  } catch {
    return 'DomainNameIllegal (Value is not a valid domain name)';
  }
  return /["']/.test(value) ? 'UnsupportedCharacter (Value contains unsupported characters)' : undefined;
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d+$/.test(text) && Number(text) <= 65_535;
}
