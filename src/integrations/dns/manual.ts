import * as z from 'zod';
import { type LiveRecord, sameData } from '../../core/dns.ts';
import type { DnsProvider, Zone } from '../../core/dns-provider.ts';
import { Problem } from '../../core/problem.ts';
import { type Answer, NOBODYS_LABEL, type Question, type Resolver } from '../../core/resolver.ts';
import type { DnsProviderNeeds } from './provider-file.ts';

export const name = 'manual';
export const title = 'A person, by hand';
export const credentials = 'none';
export const settings = z.strictObject({});
export const serves = () => false;
/** Never chosen unasked: a person has to do the work. */
export const onlyByName = true;

/** What is asked of each name; that it is an alias (CNAME) is said with every answer. */
const TYPES = ['TXT', 'MX', 'A', 'AAAA'] as const;
/** What is entered with the domain doubled stands below the name that was meant. */
const DOUBLED_TYPES = ['TXT', 'MX'] as const;

/** Any DNS host: what is live is asked of its name servers, what is to change is entered by a person. */
export function open(
  _settings: z.infer<typeof settings>,
  { resolver }: Pick<DnsProviderNeeds, 'resolver'>,
): DnsProvider {
  return {
    name,
    limits: {
      by: 'person',
      unit: 'record',
      reads: 'names',
      minTtl: 60,
      maxTtl: 86_400,
      txtBytes: 4000,
      batch: 1,
      marker: 'none',
      apexCname: 'refused',
    },
    async findZone(domain): Promise<Zone> {
      const found = await resolver.zoneOf(domain);
      if (found.status === 'present') {
        return { id: found.zone, name: found.zone, account: 'entered by hand', nameServers: found.servers };
      }
      if (found.status === 'absent') {
        throw new Problem(
          'conflict',
          'manual.no-zone',
          `${found.zone} is delegated to nobody: it has no name servers.`,
          {
            fix: 'Register the domain, or set its name servers at the registrar, then run again.',
          },
        );
      }
      throw new Problem('unknown', 'manual.unreachable', `Who serves ${domain} can't be found out: ${found.reason}.`, {
        fix: 'Check that this machine may ask DNS (port 53, UDP and TCP); then run again.',
        retry: {},
      });
    },
    zones: async () => [],
    async records(zone, names) {
      const wanted = [...new Set(names)];
      const asked = await Promise.all([
        ...wanted.map((one) => readName(resolver, zone.name, one, TYPES)),
        ...wanted.map((one) => readName(resolver, zone.name, `${one}.${zone.name}`, DOUBLED_TYPES)),
      ]);
      const records = asked.flat();
      return [...new Map(records.map((record) => [JSON.stringify(record), record])).values()];
    },
    async apply() {
      throw new Error('what a person is to enter is never applied');
    },
  };
}

/** What stands at one name. What a wildcard answers there is shown as the wildcard's. */
async function readName(
  resolver: Resolver,
  zone: string,
  name: string,
  types: readonly Question['type'][],
): Promise<LiveRecord[]> {
  const records = await askAll(resolver, zone, name, types);
  if (records.length === 0 || name === zone) return records;
  const parent = name.slice(name.indexOf('.') + 1);
  const sibling = await askAll(resolver, zone, `${NOBODYS_LABEL}.${parent}`, types);
  return records.map((record) =>
    sibling.some((one) => sameData({ ...one, name }, record)) ? { ...record, name: `*.${parent}` } : record,
  );
}

async function askAll(
  resolver: Resolver,
  zone: string,
  name: string,
  types: readonly Question['type'][],
): Promise<LiveRecord[]> {
  const answers = await Promise.all(types.map((type) => resolver.authoritative({ name, type, zone })));
  const silent = answers.findIndex((answer) => answer.status === 'unknown');
  if (silent >= 0) {
    throw new Problem(
      'unknown',
      'manual.unreachable',
      `The name servers of ${zone} can't be asked for ${name} ${types[silent]}: ${answers[silent]?.servers[0]?.reason ?? 'no answer'}.`,
      { fix: 'Check that this machine may ask DNS (port 53, UDP and TCP); then run again.', retry: {} },
    );
  }
  // At an alias, everything else that was answered belongs to its target.
  const aliases = answers.flatMap((answer) => answer.servers.filter((server) => server.alias !== undefined));
  const [alias] = aliases;
  if (alias?.alias !== undefined) {
    return [{ name, type: 'CNAME', value: alias.alias, ttl: Math.max(...aliases.map(({ ttl = 300 }) => ttl)) }];
  }
  return answers.flatMap((answer, index) =>
    answer.values.map((value) => toRecord(name, types[index] ?? 'TXT', value, answer)),
  );
}

function toRecord(name: string, type: Question['type'], value: string, { servers }: Answer): LiveRecord {
  const ttls = servers.flatMap((server) => (server.values.includes(value) ? (server.ttl ?? []) : []));
  const base = { name, type, ttl: ttls.length > 0 ? Math.max(...ttls) : 300 };
  if (type !== 'MX') return { ...base, value };
  const [preference = '0', host = ''] = value.split(' ');
  return { ...base, value: host, preference: Number(preference) };
}
