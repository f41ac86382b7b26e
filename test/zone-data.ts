import type { See } from '../src/core/checks/audit/see.ts';
import { toBytes } from '../src/core/records/txt.ts';
import { foldAnswers, type Question, type Resolver, type ServerAnswer } from '../src/core/resolver.ts';

/** What stands at a name: values by type, as the Resolver has them; 'unknown' for a server that does not answer. */
export type ZoneData = ReadonlyMap<string, Readonly<Partial<Record<Question['type'], readonly string[] | 'unknown'>>>>;

/** A resolver over data in memory: one server for everything, with CNAMEs followed. */
export function zoneResolver(zone: ZoneData): Pick<Resolver, 'public' | 'authoritative' | 'zoneOf'> {
  return {
    public: ({ name, type }) => Promise.resolve(foldAnswers([answerOf(zone, name, type)])),
    authoritative: ({ name, type }) => Promise.resolve(foldAnswers([answerOf(zone, name, type)])),
    zoneOf: (name) =>
      Promise.resolve({ status: 'present', zone: name, servers: (zone.get(name)?.NS as readonly string[]) ?? [] }),
  };
}

/** What pure checks look at, where everything is known. */
export function seeZone(zone: ZoneData): See {
  return (name, type) => foldAnswers([answerOf(zone, name, type)]);
}

/** A zone as text: 'name TYPE value' on each line; names below `origin` without it, '@' for itself. TXT without quotes. */
export function parseZone(origin: string, text: string): ZoneData {
  const zone = new Map<string, Partial<Record<Question['type'], string[]>>>();
  for (const line of text.split('\n')) {
    const [, name = '', type = '', value = ''] = /^\s*(\S+)\s+([A-Z]+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (name === '') continue;
    const full = name === '@' ? origin : name.endsWith('.') ? name.slice(0, -1) : `${name}.${origin}`;
    const there = zone.get(full) ?? {};
    const kind = type as Question['type'];
    there[kind] = [...(there[kind] ?? []), kind === 'TXT' ? toBytes(value) : value];
    zone.set(full, there);
  }
  return zone;
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
  if (hops > 10) return unknown('a circle of aliases');
  return { ...answerOf(zone, alias[0] ?? '', type, hops + 1), alias: alias[0] ?? '' };
}
