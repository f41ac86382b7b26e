import type { Diagnosis } from '../core/diagnosis.ts';
import { type LiveRecord, MARKER } from '../core/dns.ts';
import type { DnsProvider, Zone } from '../core/dns-provider.ts';
import { Problem, toProblem } from '../core/problem.ts';
import type { Change, Outcome } from '../core/resource.ts';

/** The permissions that a record proves, whatever a provider calls them. */
const WRITE = 'write records';
const REMOVE = 'remove records';

/** What a write test of DNS is told. */
export interface DnsWriteTest {
  /** Random, so that no name is somebody's: '1a2b3c4d'. */
  readonly mark: string;
  dnsFor(name: string): Promise<DnsProvider>;
  /** Says that no further test is to begin; what one has made is removed all the same. */
  readonly stop?: AbortSignal;
}

/**
 * Writes one TXT record into the zone of each name and removes it, by the way that a run writes. What was made and can't be removed is
 * named. Never throws.
 */
export async function testDnsWrites(names: readonly string[], test: DnsWriteTest): Promise<readonly Diagnosis[]> {
  const lines: Diagnosis[] = [];
  const tried = new Set<string>();
  for (const name of names) {
    if (test.stop?.aborted) break;
    try {
      const provider = await test.dnsFor(name);
      const zone = await provider.findZone(name);
      const key = `${provider.name} ${zone.id}`;
      if (!tried.has(key)) lines.push(...(await testZone(provider, zone, test.mark)));
      tried.add(key);
    } catch (error) {
      lines.push({ ...at('dns', name), status: 'unknown', says: `no record was tried: ${toProblem(error).message}` });
    }
  }
  return lines;
}

/** What is known with the word of write tests: what they tried is no longer open. */
export function withWritten(known: readonly Diagnosis[], written: readonly Diagnosis[]): readonly Diagnosis[] {
  const tried = written.filter((one) => one.permission && one.status !== 'unknown');
  const isOpen = (line: Diagnosis) =>
    line.status !== 'unprovable' ||
    !tried.some(
      (one) =>
        one.system === line.system &&
        one.about === line.about &&
        (one.permission?.action === WRITE || one.permission?.action === line.permission?.action),
    );
  return [...known.filter(isOpen), ...written];
}

async function testZone(provider: DnsProvider, zone: Zone, mark: string): Promise<readonly Diagnosis[]> {
  const line = at(provider.name, zone.name);
  if (provider.limits.by === 'person')
    return [{ ...line, status: 'unprovable', says: 'no record was tried: a person enters them' }];
  const record: LiveRecord = {
    name: `_mailwright-check-${mark}.${zone.name}`,
    type: 'TXT',
    value: 'mailwright doctor --write-test; can be removed',
    ttl: Math.max(60, provider.limits.minTtl),
    ...(provider.limits.marker === 'comment' ? { comment: MARKER } : {}),
  };
  // As in a run, a look comes before the write: what a provider remembers of an earlier one is used up by it.
  await provider.records(zone, [record.name]);
  const made = await applyOne(provider, zone, change('create', record));
  const there = await find(provider, zone, record);
  if (there instanceof Problem) {
    if (made instanceof Problem) return [wrote(line, record, made)];
    return [wrote(line, record, made), leftBehind(line, record, there.message)];
  }
  if (there === undefined)
    return [
      wrote(line, record, made),
      ...(made ? [] : [leftBehind(line, record, 'it is not found among the records')]),
    ];
  const removed = await applyOne(provider, zone, change('delete', there));
  const gone = removed === undefined || (await find(provider, zone, record)) === undefined;
  if (!gone) return [wrote(line, record, undefined), leftBehind(line, record, removed.message)];
  return [wrote(line, record, undefined), { ...proved(line, REMOVE), says: 'proved: it was removed again' }];
}

/** What became of one change: undefined where it was made, else why not. */
async function applyOne(provider: DnsProvider, zone: Zone, one: Change): Promise<Problem | undefined> {
  let outcome: Outcome | undefined;
  try {
    await provider.apply(zone, [one], { start: () => {}, outcome: (_id, what) => (outcome = what) });
  } catch (error) {
    return toProblem(error);
  }
  if (outcome?.status !== 'failed') return undefined;
  const { kind, code, message, fix } = outcome.problem;
  return new Problem(kind as Problem['kind'], code, message, { fix });
}

/** The record as it is live now; an answer that was lost says nothing about what was written. */
async function find(provider: DnsProvider, zone: Zone, { name, type }: LiveRecord) {
  try {
    return (await provider.records(zone, [name])).find((one) => one.name === name && one.type === type);
  } catch (error) {
    return toProblem(error);
  }
}

function change(verb: 'create' | 'delete', record: LiveRecord): Change {
  return {
    id: `dns ${record.name} TXT`,
    system: 'dns',
    verb,
    what: `${record.name} TXT`,
    effect: 'nothing visible',
    ...(verb === 'create' ? { after: { ...record } } : { before: { ...record } }),
    by: 'us',
    undo: 'inverse',
  };
}

type At = Pick<Diagnosis, 'id' | 'system' | 'about'>;

function at(system: string, about: string): At {
  return { id: `${system}.write-test`, system, about };
}

function proved(line: At, action: string) {
  return { ...line, status: 'ok' as const, permission: { action, proof: 'write' as const } };
}

function wrote(line: At, record: LiveRecord, problem: Problem | undefined): Diagnosis {
  if (problem === undefined) return { ...proved(line, WRITE), says: `proved: ${record.name} TXT was written` };
  const refused = problem.kind === 'account' || problem.kind === 'conflict' || problem.kind === 'failed';
  return {
    ...line,
    status: refused ? 'refused' : 'unknown',
    permission: { action: WRITE },
    says: problem.message,
    fix: problem.fix ?? 'Give the credentials the right to write the zone, then run again.',
  };
}

function leftBehind(line: At, record: LiveRecord, why: string): Diagnosis {
  return {
    ...line,
    status: 'broken',
    permission: { action: REMOVE },
    says: `LEFT BEHIND: ${record.name} TXT could not be removed: ${why}`,
    fix: `Remove it at the DNS host: ${record.name} TXT. It does nothing.`,
  };
}
