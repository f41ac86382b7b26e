import type { LiveRecord } from '../core/dns.ts';
import { isSpf, spfReferences } from '../core/records/spf.ts';
import { fromBytes } from '../core/records/txt.ts';
import type { Answer, Resolver } from '../core/resolver.ts';
import type { DesiredRecord } from '../core/resource.ts';
import { type Zones, zoneOf } from './zones.ts';

/** What DNS says about what is wanted. */
export interface Evidence {
  /** All live records at the wanted names. */
  readonly live: readonly LiveRecord[];
  /** Answers of the authoritative servers for records that the provider holds, by record id. */
  readonly served: ReadonlyMap<string, Answer>;
  /** SPF records that records to be merged draw in, by domain. */
  readonly spfTree: ReadonlyMap<string, string>;
}

/** Asks DNS about the wanted records that the providers hold already. */
export async function readEvidence(
  records: readonly DesiredRecord[],
  zones: Zones,
  resolver: Resolver,
): Promise<Evidence> {
  const placed = records.flatMap((want) => {
    const view = zoneOf(want.record.name, zones);
    return view ? [{ want, view }] : [];
  });
  // At a name that is delegated to a zone which is not ours, the delegation is all that is known.
  const away = records.map((want) => want.record.name).filter((name) => zoneOf(name, zones) === undefined);
  const cuts = 'problem' in zones.main ? [] : zones.main.live.filter((record) => away.includes(record.name));
  const read = placed.flatMap(({ want, view }) => view.live.filter((record) => record.name === want.record.name));
  const live = [...new Set([...read, ...cuts])];
  // A name that is not published yet is asked of nobody: a miss would be remembered.
  const published = placed.filter(({ want }) =>
    live.some((record) => record.name === want.record.name && record.type === want.record.type),
  );
  const [answers, spfTree] = await Promise.all([
    Promise.all(
      published.map(({ want, view }) =>
        resolver.authoritative({ name: want.record.name, type: want.record.type as 'TXT', zone: view.zone.name }),
      ),
    ),
    readSpfTree(records, live, resolver),
  ]);
  return { live, served: new Map(published.map(({ want }, index) => [want.id, answers[index] as Answer])), spfTree };
}

/** As deep as the record goes (at most as wide as receivers would look). */
async function readSpfTree(
  records: readonly DesiredRecord[],
  live: readonly LiveRecord[],
  resolver: Resolver,
): Promise<ReadonlyMap<string, string>> {
  const tree = new Map<string, string>();
  const merging = records.filter((want) => isSpf(want.record.value));
  const roots = live.filter(
    (record) =>
      record.type === 'TXT' && isSpf(record.value) && merging.some((want) => want.record.name === record.name),
  );
  let open = [...roots, ...merging.map((want) => want.record)].flatMap(({ value }) => spfReferences(fromBytes(value)));
  // What the include of SES costs in a record that is new is known.
  if (roots.length === 0) open = open.filter((name) => name !== 'amazonses.com');
  for (let depth = 0; depth < 10 && open.length > 0 && tree.size < 60; depth += 1) {
    const names = [...new Set(open)].filter((name) => !tree.has(name));
    const answers = await Promise.all(names.map((name) => resolver.public({ name, type: 'TXT' })));
    open = answers.flatMap((answer, index) => {
      const text = answer.values.find((value) => isSpf(value));
      if (text === undefined) return [];
      tree.set(names[index] ?? '', fromBytes(text));
      return spfReferences(fromBytes(text));
    });
  }
  return tree;
}
