import * as z from 'zod';
import type { LiveRecord } from '../../core/dns.ts';
import type { DnsProvider, Zone } from '../../core/dns-provider.ts';
import { Problem } from '../../core/problem.ts';
import type { Answer, Question, Resolver } from '../../core/resolver.ts';
import type { DnsProviderNeeds } from './provider-file.ts';

export const name = 'manual';
export const title = 'A person, by hand';
export const credentials = 'none';
export const settings = z.strictObject({});
export const serves = () => false;
/** Never chosen unasked: a person has to do the work. */
export const onlyByName = true;

const TYPES = ['CNAME', 'A', 'AAAA', 'MX', 'TXT', 'NS'] as const;
/** What is entered with the domain doubled stands below the name that was meant. */
const DOUBLED_TYPES = ['CNAME', 'MX', 'TXT'] as const;

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
      const questions = [...new Set(names)].flatMap((one) => [
        ...TYPES.filter((type) => type !== 'NS' || one !== zone.name).map((type) => ({ name: one, type })),
        ...DOUBLED_TYPES.map((type) => ({ name: `${one}.${zone.name}`, type })),
      ]);
      const answers = await Promise.all(questions.map((question) => ask(resolver, { ...question, zone: zone.name })));
      return [...Map.groupBy(answers, ({ question }) => question.name).values()].flatMap(recordsOf);
    },
    async apply() {
      throw new Error('what a person is to enter is never applied');
    },
  };
}

interface Asked {
  readonly question: Question;
  readonly answer: Answer;
}

async function ask(resolver: Resolver, question: Question): Promise<Asked> {
  const answer = await resolver.authoritative(question);
  if (answer.status === 'unknown') {
    throw new Problem(
      'unknown',
      'manual.unreachable',
      `The name servers of ${question.zone} can't be asked for ${question.name} ${question.type}: ${answer.servers[0]?.reason ?? 'no answer'}.`,
      { fix: 'Check that this machine may ask DNS (port 53, UDP and TCP); then run again.', retry: {} },
    );
  }
  return { question, answer };
}

/** What stands at one name. At an alias, everything else that was answered belongs to its target. */
function recordsOf(asked: readonly Asked[]): LiveRecord[] {
  const alias = asked.find(({ question, answer }) => question.type === 'CNAME' && answer.status === 'present');
  return (alias ? [alias] : asked).flatMap(({ question, answer }) =>
    answer.values.map((value): LiveRecord => {
      const ttls = answer.servers.flatMap((server) => (server.values.includes(value) ? (server.ttl ?? []) : []));
      const base = { name: question.name, type: question.type, ttl: ttls.length > 0 ? Math.max(...ttls) : 300 };
      if (question.type !== 'MX') return { ...base, value };
      const [preference = '0', host = ''] = value.split(' ');
      return { ...base, value: host, preference: Number(preference) };
    }),
  );
}
