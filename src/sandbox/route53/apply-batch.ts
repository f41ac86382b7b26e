import { isWithin } from '../dns/names.ts';
import { InvalidChangeBatch } from './errors.ts';
import { writeName } from './names.ts';
import type { SetChange } from './set-input.ts';
import { keyOf, type RecordSet, type SetTable } from './state.ts';
import { findProblem, foldValue } from './values.ts';

const MOST_RECORDS = 1000;
const MOST_CHARACTERS = 32_000;

/** A zone's sets after a batch. All of it happens or nothing. @throws InvalidChangeBatch with every message */
export function applyBatch(origin: string, sets: SetTable, changes: readonly SetChange[]): SetTable {
  refuse(tooMuch(changes));
  refuse(changes.flatMap(({ set }) => findValueProblems(set)));
  refuse(findDoubles(changes));
  const after = new Map(sets);
  // In the order given: what is to make room for another set must come before it.
  refuse(changes.flatMap((change) => applyChange(origin, after, change)));
  refuse(findMissingApex(origin, after));
  return after;
}

/** Whether a change touches the zone's own NS or SOA. */
export function touchesApex(origin: string, { set }: SetChange): boolean {
  return set.name === origin && (set.type === 'NS' || set.type === 'SOA');
}

function refuse(messages: readonly string[]): void {
  if (messages.length > 0) throw new InvalidChangeBatch(messages);
}

/** UPSERT counts twice, for it may delete as well as create. */
function tooMuch(changes: readonly SetChange[]): string[] {
  const sum = (size: (set: RecordSet) => number) =>
    changes.reduce((total, { action, set }) => total + size(set) * (action === 'UPSERT' ? 2 : 1), 0);
  const records = sum(({ values }) => values.length);
  const characters = sum(({ values }) => values.reduce((total, value) => total + value.length, 0));
  return [
    ...(records > MOST_RECORDS ? [`Number of records limit of ${MOST_RECORDS} exceeded.`] : []),
    ...(characters > MOST_CHARACTERS ? [`RDATA character limit of ${MOST_CHARACTERS} exceeded.`] : []),
  ];
}

function findValueProblems({ name, type, values }: RecordSet): string[] {
  const problems = values.flatMap((value) => findProblem(type, value) ?? []);
  if (problems.length > 0) return problems;
  if (type === 'CNAME' && values.length > 1)
    return [`RRSet of type CNAME with DNS name ${writeName(name)} has more than one value.`];
  const seen = new Set<string>();
  return values.flatMap((value) => {
    const folded = foldValue(type, value);
    if (seen.has(folded)) return [`Duplicate Resource Record: '${value}'`];
    seen.add(folded);
    return [];
  });
}

/** One set can be changed once in a batch, or deleted and created again. */
function findDoubles(changes: readonly SetChange[]): string[] {
  const actions = new Map<string, string[]>();
  for (const { action, set } of changes) actions.set(keyOf(set), [...(actions.get(keyOf(set)) ?? []), action]);
  return [...actions]
    .filter(([, done]) => done.length > 1 && done.join() !== 'DELETE,CREATE')
    .map(([key]) => {
      const [name = '', type = ''] = key.split(' ');
      return `The request contains an invalid set of changes for a resource record set '${type} ${writeName(name)}'`;
    });
}

function applyChange(origin: string, sets: Map<string, RecordSet>, { action, set }: SetChange): string[] {
  const key = keyOf(set);
  const old = sets.get(key);
  const identifier = set.setIdentifier === undefined ? '' : `, set-identifier='${set.setIdentifier}'`;
  const shown = `[name='${writeName(set.name)}', type='${set.type}'${identifier}]`;
  if (!isWithin(set.name, origin))
    return [`RRSet with DNS name ${writeName(set.name)} is not permitted in zone ${writeName(origin)}`];
  if (action === 'DELETE') {
    if (!old) return [`Tried to delete resource record set ${shown} but it was not found`];
    if (!isSame(old, set))
      return [`Tried to delete resource record set ${shown} but the values provided do not match the current values`];
    sets.delete(key);
    return [];
  }
  if (old && action === 'CREATE') return [`Tried to create resource record set ${shown} but it already exists`];
  const conflict = findConflict(origin, sets, set);
  if (conflict !== undefined) return [conflict];
  sets.set(key, set);
  return [];
}

function findConflict(origin: string, sets: SetTable, set: RecordSet): string | undefined {
  const what = `RRSet of type ${set.type} with DNS name ${writeName(set.name)} is not permitted`;
  const zone = writeName(origin);
  const beside = [...sets.values()].filter(({ name }) => name === set.name);
  if (set.type === 'CNAME') {
    if (set.name === origin) return `${what} at apex in zone ${zone}`;
    if (beside.some(({ type }) => type !== 'CNAME'))
      return `${what} as it conflicts with other records with the same DNS name in zone ${zone}`;
  } else if (beside.some(({ type }) => type === 'CNAME'))
    return `${what} because a conflicting RRSet of type  CNAME with the same DNS name already exists in zone ${zone}`;
  if (set.type === 'SOA' && set.name !== origin) return `${what} in zone ${zone}`;
  const family = beside.filter((other) => other.type === set.type && keyOf(other) !== keyOf(set));
  if (family.some((other) => policyOf(other) !== policyOf(set)))
    return `RRSet with DNS name ${writeName(set.name)}, type ${set.type}, SetIdentifier ${set.setIdentifier ?? 'null'} cannot be created as other RRSets exist with the same name and type.`;
  if (set.alias && set.alias.dnsName === set.name) return `${what} as its alias target is itself`;
  return undefined;
}

/** Sets of one name and type share a routing policy; a simple one stands alone. */
function policyOf({ setIdentifier, routing }: RecordSet): string {
  if (setIdentifier === undefined) return 'simple';
  return Object.keys(routing).find((key) => key !== 'HealthCheckId') ?? '';
}

function isSame(old: RecordSet, given: RecordSet): boolean {
  const facts = ({ ttl, values, alias, routing }: RecordSet) =>
    JSON.stringify([ttl, [...values].sort(), alias, Object.entries(routing).sort()]);
  return facts(old) === facts(given);
}

function findMissingApex(origin: string, sets: SetTable): string[] {
  const has = (type: string) => sets.has(keyOf({ name: origin, type }));
  return [
    ...(has('NS') ? [] : ['A HostedZone must contain at least one NS record for the zone itself.']),
    ...(has('SOA') ? [] : ['A HostedZone must contain exactly one SOA record.']),
  ];
}
