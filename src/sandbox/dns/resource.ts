import { isIPv4, isIPv6 } from 'node:net';
import type { Answer, OptAnswer } from 'dns-packet';
import { fitsWire } from './names.ts';

/** A resource record on the wire; TXT data is a list of byte strings of at most 255 bytes each. */
export type Resource = Exclude<Answer, OptAnswer>;

/** Record types that the sandbox can serve. */
export const SERVED_TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'DS', 'MX', 'NS', 'PTR', 'SRV', 'TLSA', 'TXT'] as const;

/** Bytes cut into the character-strings of a TXT record (RFC 1035 section 3.3). */
export function splitText(text: Buffer): Buffer[] {
  const strings: Buffer[] = [];
  for (let at = 0; at < text.length; at += 255) strings.push(text.subarray(at, at + 255));
  return strings.length > 0 ? strings : [Buffer.alloc(0)];
}

function host(value: string): string {
  if (value === '.') return value;
  const name = value.replace(/\.$/, '');
  if (!fitsWire(name)) throw new RangeError(`"${value}" is not a host name`);
  return name;
}

function whole(value: string | undefined, most = 65_535): number {
  if (value === undefined || !/^\d+$/.test(value) || Number(value) > most)
    throw new RangeError(`"${value}" is not a number up to ${most}`);
  return Number(value);
}

/** A record from its usual text: TXT as one plain text (cut at 255 bytes), MX '10 host', SRV '0 5 443 host', names with or without dot. */
export function parseResource(name: string, type: string, ttl: number, value: string): Resource {
  const parts = value.trim().split(/\s+/);
  const [first = '', second = '', third = '', fourth = ''] = parts;
  switch (type) {
    case 'A':
      if (!isIPv4(value)) throw new RangeError(`"${value}" is not an IPv4 address`);
      return { name, type, ttl, data: value };
    case 'AAAA':
      if (!isIPv6(value)) throw new RangeError(`"${value}" is not an IPv6 address`);
      return { name, type, ttl, data: value };
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return { name, type, ttl, data: host(value) };
    case 'MX':
      return { name, type, ttl, data: { preference: whole(first), exchange: host(second) } };
    case 'SRV':
      return {
        name,
        type,
        ttl,
        data: { priority: whole(first), weight: whole(second), port: whole(third), target: host(fourth) },
      };
    case 'TXT':
      return { name, type, ttl, data: splitText(Buffer.from(value)) };
    case 'CAA': {
      const tag = second.toLowerCase();
      if (tag !== 'issue' && tag !== 'issuewild' && tag !== 'iodef') throw new RangeError(`"${second}" is no CAA tag`);
      return { name, type, ttl, data: { flags: whole(first, 255), tag, value: third.replaceAll('"', '') } };
    }
    case 'DS':
      return {
        name,
        type,
        ttl,
        data: {
          keyTag: whole(first),
          algorithm: whole(second, 255),
          digestType: whole(third, 255),
          digest: Buffer.from(fourth, 'hex'),
        },
      };
    case 'TLSA':
      return {
        name,
        type,
        ttl,
        data: {
          usage: whole(first, 255),
          selector: whole(second, 255),
          matchingType: whole(third, 255),
          certificate: Buffer.from(fourth, 'hex'),
        },
      };
    default:
      throw new RangeError(`records of type ${type} are not served here`);
  }
}

/** A record's data as text, the reverse of `parseResource`; TXT strings are joined, names have no trailing dot. */
export function showData(resource: Resource): string {
  switch (resource.type) {
    case 'MX':
      return `${resource.data.preference ?? 0} ${resource.data.exchange}`;
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = resource.data;
      return `${priority} ${weight} ${port} ${target}`;
    }
    case 'TXT': {
      const strings = Array.isArray(resource.data) ? resource.data : [resource.data];
      return Buffer.concat(strings.map((part) => Buffer.from(part))).toString();
    }
    case 'SOA':
      return `${resource.data.mname} ${resource.data.rname} ${resource.data.serial ?? 0}`;
    case 'CAA':
      return `${resource.data.flags ?? 0} ${resource.data.tag} "${resource.data.value}"`;
    default:
      if (typeof resource.data === 'string') return resource.data;
      return JSON.stringify(resource.data);
  }
}
