import { isIP, isIPv4, isIPv6 } from 'node:net';
import { invalidRecord, isObject } from './refusal.ts';
import type { Draft } from './state.ts';
import { readText, writeText } from './txt.ts';

/** The type-dependent part of a record. */
export type Content = Pick<Draft, 'content' | 'priority' | 'data'>;

/** Types whose parts come in `data`, in the order in which they make up the content. */
const DATA_FIELDS: Readonly<Record<string, readonly string[]>> = {
  SRV: ['priority', 'weight', 'port', 'target'],
  CAA: ['flags', 'tag', 'value'],
  TLSA: ['usage', 'selector', 'matching_type', 'certificate'],
  DS: ['key_tag', 'algorithm', 'digest_type', 'digest'],
  SSHFP: ['algorithm', 'type', 'fingerprint'],
  HTTPS: ['priority', 'target', 'value'],
  SVCB: ['priority', 'target', 'value'],
  URI: ['weight', 'target'],
  NAPTR: ['order', 'preference', 'flags', 'service', 'regex', 'replacement'],
  CERT: ['type', 'key_tag', 'algorithm', 'certificate'],
  DNSKEY: ['flags', 'protocol', 'algorithm', 'public_key'],
  LOC: ['lat_degrees', 'lat_direction', 'long_degrees', 'long_direction', 'altitude'],
  SMIMEA: ['usage', 'selector', 'matching_type', 'certificate'],
};

/** Reads `content`, `priority` and `data` of a record; refuses what its type can't hold. `name` is the full name. */
export function readContent(type: string, name: string, input: Readonly<Record<string, unknown>>): Content {
  const fields = DATA_FIELDS[type];
  if (fields) return readData(type, fields, input);
  const { content } = input;
  if (typeof content !== 'string') throw invalidRecord(9002, `Content for ${type} record is required.`);
  switch (type) {
    case 'A':
      if (!isIPv4(content)) throw invalidRecord(9005, 'Content for A record must be a valid IPv4 address.');
      return { content };
    case 'AAAA':
      if (!isIPv6(content) || content.includes('%'))
        throw invalidRecord(9006, 'Content for AAAA record must be a valid IPv6 address.');
      return { content: new URL(`http://[${content}]`).hostname.slice(1, -1) };
    case 'CNAME': {
      const target = readHost(type, 9007, content);
      if (target.toLowerCase() === name) throw invalidRecord(9039, 'CNAME content cannot reference itself.');
      return { content: target };
    }
    case 'NS':
      return { content: readHost(type, 9008, content) };
    case 'PTR':
      return { content: readHost(type, 9013, content) };
    case 'MX':
      return { content: content === '.' ? '.' : readHost(type, 9009, content), priority: readPriority(input.priority) };
    case 'TXT':
      return { content: writeText(readText(content)) };
    case 'OPENPGPKEY':
      return { content };
    default:
      throw invalidRecord(9020, `Invalid DNS record type: ${type}.`);
  }
}

function readPriority(priority: unknown): number {
  if (priority === undefined || priority === null) throw invalidRecord(9101, 'priority is a required field.');
  if (typeof priority !== 'number' || !Number.isInteger(priority) || priority < 0 || priority > 65_535)
    throw invalidRecord(9102, 'priority must be set and be between 0 and 65535.');
  return priority;
}

/** A host name without its trailing dot, which writes may have; addresses are no host names. */
function readHost(type: string, code: number, content: string): string {
  const host = content.replace(/\.$/, '');
  const labels = host.split('.');
  const sound = labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
  if (!sound || host.length > 253 || isIP(host) !== 0)
    throw invalidRecord(code, `Content for ${type} record is invalid.`);
  return host;
}

function readData(type: string, fields: readonly string[], input: Readonly<Record<string, unknown>>): Content {
  const { data } = input;
  if (!isObject(data)) throw invalidRecord(9100, `data is a required field for ${type} records.`);
  const values = fields.map((field) => {
    const value = data[field];
    if (typeof value !== 'string' && typeof value !== 'number')
      throw invalidRecord(9100, `data.${field} is a required field for ${type} records.`);
    return String(value).replace(/^(.+)\.$/, '$1');
  });
  if (type === 'SRV') {
    const [priority, weight, port, target = ''] = values;
    for (const number of [priority, weight, port]) readPriority(Number(number));
    readHost(type, 9018, target);
    // The priority is not part of an SRV record's content as it is read back.
    return { content: `${weight} ${port} ${target}`, priority: Number(priority), data: { ...data, target } };
  }
  if (type === 'CAA') return { content: `${values[0]} ${values[1]} "${values[2]}"`, data };
  return { content: values.join(' '), data };
}
