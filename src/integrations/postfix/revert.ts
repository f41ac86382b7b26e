import type { DomainSpec } from '../../core/domain-spec.ts';
import type { Json } from '../../core/problem.ts';
import type { Change, Left, Made, Reverted } from '../../core/resource.ts';
import type { RelayData } from './plan.ts';
import type { RelayState } from './relay-state.ts';
import { eachLine, type Lines, linesOf, parameter, standingOf } from './wanted-lines.ts';

/** Takes lines back that still stand as they were written; what somebody changed since is left and named. Pure. */
export function revertRelay(
  host: string,
  made: readonly Made[],
  state: RelayState,
  { mx = [], relays = [] }: DomainSpec,
): Reverted {
  // Mail may come to it by an MX of another name: a load balancer, a relay in front.
  const isNamed = relays.some((one) => one.host === host);
  const receivesAt = [...new Set([host, ...(isNamed ? mx.map((one) => one.host) : [])])];
  const changes: Change[] = [];
  const left: Left[] = [];
  for (const one of made) {
    const before = linesIn(one.before);
    const after = linesIn(one.after);
    const data = (one.after ?? one.before) as unknown as RelayData;
    const { domain, at } = data;
    const dataOf = (lines: Lines) => ({ host, domain, lines, ...(at ? { at } : {}) }) as unknown as Json;
    // What the step added or changed, and what it took away.
    const written = [...eachLine(after)].filter(([name, key, value]) => before[name]?.[key] !== value);
    const taken = [...eachLine(before)].filter(([name, key]) => after[name]?.[key] === undefined);
    const still = written.filter(([name, key, value]) => isAsWritten(state, name, key, value));
    const changed = written.filter(
      ([name, key, value]) => !isAsWritten(state, name, key, value) && standingOf(state, name, key).is !== 'missing',
    );
    for (const [name, key] of changed)
      left.push({ id: one.id, what: `${host}: ${key} in ${name}`, why: 'somebody changed it since' });
    const back = taken.filter(([name, key]) => standingOf(state, name, key).is === 'missing');
    if (still.length === 0 && back.length === 0) continue;
    const now = [...eachLine(after)].filter(([name, key, value]) => isAsWritten(state, name, key, value));
    const goal = linesOf([
      ...now
        .filter(([name, key]) => before[name]?.[key] !== undefined)
        .map(([name, key]) => [name, key, before[name]?.[key] ?? ''] as const),
      ...back,
    ]);
    const gone = [...eachLine(goal)].length === 0;
    changes.push({
      id: one.id,
      system: one.system,
      verb: gone ? 'delete' : 'update',
      what: gone
        ? `relay ${host} no longer takes mail for ${domain}`
        : `relay ${host}: lines of ${domain} as they were before`,
      effect: gone ? `${host} refuses mail for ${domain} from now` : 'other domains notice nothing but a reload',
      before: dataOf(linesOf(now)),
      ...(gone ? {} : { after: dataOf(goal) }),
      owns: { [one.id]: gone ? null : dataOf(goal) },
      by: 'us',
      ...(gone ? { receivesAt } : {}),
      undo: 'inverse',
    });
  }
  return { changes, left };
}

function linesIn(data: Json | undefined): Lines {
  return (data as unknown as RelayData | undefined)?.lines ?? {};
}

/** Between our marks, or (in a plain list, which has no marks) there at all. */
function isAsWritten(state: RelayState, name: Parameters<typeof standingOf>[1], key: string, value: string): boolean {
  const standing = standingOf(state, name, key);
  if (standing.is === 'ours') return standing.value === value;
  // Gone from the text, and still in the index: taking it away was cut off.
  const isIndexed = parameter(state, name).tables.some((table) => table.index?.get(key) === value);
  if (standing.is === 'missing' && isIndexed) return true;
  const listed = name === 'relay_domains' && parameter(state, name).tables.length === 0;
  return standing.is === 'theirs' && listed && standing.by === 'main.cf';
}
