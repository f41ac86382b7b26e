import type { Answer as WireRecord } from 'dns-packet';
import { isBelow } from '../../../core/domain.ts';
import type { Question, ServerAnswer } from '../../../core/resolver.ts';
import type { DnsReply, DnsSilence } from './dns-query.ts';

const MOST_HOPS = 16;

/** A TTL above this is none (RFC 2181 8). */
const MOST_TTL = 2 ** 31 - 1;

/** A name in its one form: lower case, no trailing dot. */
export function plain(name: string): string {
  // A name may hold any byte; what is no plain character is shown as zone files do, byte by byte. Before letters are made small: there
  // are others than ASCII's that become ASCII's (the Kelvin sign a k), and the name another one.
  return name
    .replace(/[^!-~]/gu, (char) => [...Buffer.from(char)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join(''))
    .replace(/\.$/, '')
    .toLowerCase();
}

/** Seconds. */
function lifetime(ttl = 0): number {
  return ttl > MOST_TTL ? 0 : ttl;
}

/** The values of one type at a name, at the end of its chain of CNAMEs where the answer holds it, with their lowest TTL in seconds, and its alias. */
export function valuesAt(
  name: string,
  type: Question['type'],
  answers: readonly WireRecord[],
): Pick<ServerAnswer, 'values' | 'ttl' | 'alias'> {
  const aliases = new Map<string, string>();
  for (const record of answers)
    if (record.type === 'CNAME' && !aliases.has(plain(record.name)))
      aliases.set(plain(record.name), plain(record.data));
  let owner = plain(name);
  const first = aliases.get(owner);
  // Longer chains are followed by no resolver; a loop ends there.
  for (let hops = 0; type !== 'CNAME' && hops < MOST_HOPS; hops += 1) {
    const next = aliases.get(owner);
    if (next === undefined) break;
    owner = next;
  }
  const records = answers.filter((record) => record.type === type && plain(record.name) === owner);
  const ttls = records.map((record) => ('ttl' in record ? lifetime(record.ttl) : 0));
  return {
    values: records.map(showData),
    ...(ttls.length > 0 ? { ttl: Math.min(...ttls) } : {}),
    ...(first === undefined ? {} : { alias: first }),
  };
}

/** The three-valued answer that a reply gives to a question; `zone`: what the server should have authority for, without which it is lame. */
export function toServerAnswer(
  by: string,
  { name, type }: Question,
  heard: DnsReply | DnsSilence,
  zone?: string,
): ServerAnswer {
  const unknown = (reason: string): ServerAnswer => ({ by, status: 'unknown', values: [], reason });
  if ('silence' in heard) return unknown(heard.silence);
  if (heard.rcode !== 'NOERROR' && heard.rcode !== 'NXDOMAIN') return unknown(heard.rcode);
  if (zone !== undefined && !heard.authoritative) return unknown('lame: not authoritative');
  // Of whoever says that the name is not there, and what stands at it, resolvers believe the former.
  const isDenied = heard.rcode === 'NXDOMAIN' && type !== 'CNAME';
  const found = valuesAt(name, type, isDenied ? heard.answers.filter((one) => one.type === 'CNAME') : heard.answers);
  // With an alias in the answer, it is the alias's end that is not there.
  const isMissing = heard.rcode === 'NXDOMAIN' && found.alias === undefined;
  const soa = found.values.length > 0 ? undefined : heard.authorities.find((record) => record.type === 'SOA');
  const miss = soa && missSeconds(soa);
  // Whoever has the zone above, and not this one, says of everything in it that it is not there.
  const above = soa && found.alias === undefined ? plain(soa.name) : undefined;
  if (zone !== undefined && above !== undefined && (above === '' || isBelow(zone, above)))
    return unknown(`lame: it answers for ${above || 'the root'}`);
  return {
    by,
    status: found.values.length > 0 ? 'present' : 'absent',
    ...found,
    ...(miss === undefined ? {} : { missSeconds: miss }),
    ...(isMissing ? { nameMissing: true as const } : {}),
  };
}

/** The lower one of the SOA's TTL and its last number. */
function missSeconds(soa: WireRecord): number | undefined {
  return soa?.type === 'SOA' ? Math.min(lifetime(soa.ttl), lifetime(soa.data.minimum)) : undefined;
}

function showData(record: WireRecord): string {
  switch (record.type) {
    case 'TXT':
      // Byte strings, as core/txt has them: one character for each byte, strings joined.
      return [record.data]
        .flat()
        .map((part) => Buffer.from(part).toString('latin1'))
        .join('');
    case 'MX':
      return `${record.data.preference ?? 0} ${plain(record.data.exchange)}`;
    case 'SRV':
      return `${record.data.priority ?? 0} ${record.data.weight ?? 0} ${record.data.port} ${plain(record.data.target)}`;
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
      return [plain(mname), plain(rname), serial, refresh, retry, expire, minimum].join(' ');
    }
    case 'TLSA': {
      const { usage, selector, matchingType, certificate } = record.data;
      return `${usage} ${selector} ${matchingType} ${certificate.toString('hex')}`.trimEnd();
    }
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return plain(record.data);
    case 'A':
    case 'AAAA':
      return record.data;
    default:
      throw new Error(`no question asks for ${record.type}`);
  }
}
