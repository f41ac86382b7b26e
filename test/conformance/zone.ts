import { foldAnswers, type Question, type Resolver, type ServerAnswer } from '../../src/core/resolver.ts';

/** What stands at a name: values by type, as the Resolver has them; 'unknown' for a server that does not answer. */
export type ZoneData = ReadonlyMap<string, Readonly<Partial<Record<Question['type'], readonly string[] | 'unknown'>>>>;

/** A resolver over data in memory, as one public resolver would answer, with CNAMEs followed. */
export function zoneResolver(zone: ZoneData): Pick<Resolver, 'public'> {
  return {
    public: ({ name, type }) => Promise.resolve(foldAnswers([answerOf(zone, name, type)])),
  };
}

function answerOf(zone: ZoneData, name: string, type: Question['type'], hops = 0): ServerAnswer {
  const by = 'test';
  const unknown = (reason: string): ServerAnswer => ({ by, status: 'unknown', values: [], reason });
  const labels = name.split('.');
  if (labels.some((label) => label.length > 63 || label === '')) return unknown('the name is none');
  const there = zone.get(name.toLowerCase());
  if (!there) return { by, status: 'absent', values: [], nameMissing: true };
  const values = there[type];
  if (values === 'unknown') return unknown('no answer in 2 s');
  if (values) return { by, status: values.length > 0 ? 'present' : 'absent', values };
  const alias = there.CNAME;
  if (alias === undefined || alias === 'unknown' || type === 'CNAME') return { by, status: 'absent', values: [] };
  return hops > 10 ? unknown('a circle of aliases') : answerOf(zone, alias[0] ?? '', type, hops + 1);
}
