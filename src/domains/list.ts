import type { Ground } from '../core/ground.ts';
import { isNote } from '../core/ledger.ts';
import { type Problem, toProblem } from '../core/problem.ts';
import type { ListNeeds } from './needs.ts';
import { readRuns } from './runs.ts';

/**
 * managed: something of it is ours · foreign: in SES, and nothing of it is ours · orphaned: ours by the ledger, and neither in SES nor a
 * zone · zone: a zone that SES knows nothing of.
 */
export type Standing = 'managed' | 'foreign' | 'orphaned' | 'zone';

/** A domain as systems and our memory know it together. */
export interface Listed {
  readonly domain: string;
  readonly standing: Standing;
  /** Regions with an identity, and whether SES has verified it. */
  readonly regions: readonly { readonly region: string; readonly verified: boolean }[];
  /** The zone that holds it at the DNS provider. */
  readonly zone?: string;
  /** How many things of it are ours. */
  readonly ours: number;
  readonly lastRun?: { readonly run: string; readonly verb: string; readonly status: string };
}

/** Joins SES, the DNS provider's zones and the ledger. A system that can't be asked is a problem beside what the others say. */
export async function listDomains(
  ground: Pick<Ground, 'owned' | 'runs'>,
  needs: ListNeeds,
): Promise<{ domains: readonly Listed[]; problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const ask = <T>(work: Promise<readonly T[]>) =>
    work.catch((error: unknown): readonly T[] => {
      problems.push(toProblem(error));
      return [];
    });
  const [identities, zones, owned, runs] = await Promise.all([
    Promise.all(needs.identities.map((read) => ask(read()))).then((lists) => lists.flat()),
    Promise.all(needs.zones.map((read) => ask(read()))).then((lists) => [...new Set(lists.flat())]),
    ground.owned.domains(),
    readRuns(ground),
  ]);
  const entries = await Promise.all(
    owned.map(async (domain) => [...(await ground.owned.read(domain)).entries()].filter(([id]) => !isNote(id)).length),
  );
  const count = new Map(owned.map((domain, index) => [domain, entries[index] ?? 0]));
  // Address identities belong to their domain.
  const inSes = new Set(identities.filter(({ name }) => !name.includes('@')).map(({ name }) => name));
  const names = new Set([...inSes, ...owned, ...zones]);
  const domains = [...names].toSorted().map((domain): Listed => {
    const zone = zones
      .filter((one) => domain === one || domain.endsWith(`.${one}`))
      .toSorted((a, b) => b.length - a.length)[0];
    const last = runs.find((one) => one.domains.includes(domain));
    const ours = count.get(domain) ?? 0;
    const known = inSes.has(domain);
    return {
      domain,
      standing: ours > 0 ? (known || zone !== undefined ? 'managed' : 'orphaned') : known ? 'foreign' : 'zone',
      regions: identities.filter((one) => one.name === domain).map(({ region, verified }) => ({ region, verified })),
      ...(zone === undefined ? {} : { zone }),
      ours,
      ...(last === undefined ? {} : { lastRun: { run: last.run, verb: last.verb, status: last.status } }),
    };
  });
  // Credentials that are wrong are wrong in every region: said once.
  return { domains, problems: [...new Map(problems.map((one) => [one.message, one])).values()] };
}
