import type { DnsRecord } from '../core/dns.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import { accountEntry } from '../core/ledger.ts';
import type { Json } from '../core/problem.ts';
import type { Change, DesiredRecord, Outcome, Resource } from '../core/resource.ts';
import type { Approval } from './apply.ts';
import { isDelegated } from './dns-checks.ts';
import { rememberMxGoing } from './expiry.ts';
import { nameOf } from './guards.ts';
import type { Survey } from './survey.ts';
import { zoneOf } from './zones.ts';

/** One domain's changes while they are made: what is done, what is held, what is free to go. */
export interface Job {
  readonly spec: DomainSpec;
  readonly survey: Survey;
  readonly changes: readonly Change[];
  readonly records: ReadonlyMap<string, DesiredRecord>;
  readonly outcomes: Map<string, Outcome>;
  readonly held: ReadonlyMap<string, string>;
  /** Somebody changed its zone since the look. */
  moved: boolean;
  /** Says why a change is not made now. */
  hold(change: Change, why: string): void;
  /** Records are announced that have no names yet, and something was done in this round: the zone waits to be written once, whole. */
  isNamingRecords(): boolean;
  /** undefined: free to go · 'wait': something of this round comes first · else why it is held back. */
  blockerOf(change: Change): string | undefined;
  /** Journals that a change begins. */
  begin(change: Change): Promise<void>;
  /** The system that makes a change. */
  resourceOf(change: Change): Resource<DomainSpec> | undefined;
  /** Whether its system wants the changes of several domains in one call. */
  isTogether(change: Change): boolean;
  /** Writes down how a change went, and what is ours since. */
  settle(change: Change, outcome: Outcome): Promise<void>;
}

interface JobNeeds {
  readonly ground: Ground;
  readonly started: (domain: string, change: Change) => void;
  readonly settled: (domain: string, change: Change, outcome: Outcome) => void;
}

export function openJob({ spec, plan, changes, survey }: Approval, { ground, started, settled }: JobNeeds): Job {
  const { domain } = spec;
  const outcomes = new Map<string, Outcome>();
  const held = new Map<string, string>();
  const byId = new Map(changes.map((change) => [change.id, change]));
  const records = new Map(plan.records.map((record) => [record.id, record]));
  const persons = new Map(plan.changes.filter((change) => change.by === 'person').map((change) => [change.id, change]));
  const at = () => new Date(ground.clock.now()).toISOString();

  async function begin(change: Change): Promise<void> {
    // Before the call: also where its answer is lost, or we are killed, the old value is to be waited for.
    if (change.id.startsWith('ttl ')) await rememberTtl(change);
    await rememberMxGoing(change, domain, ground);
    await ground.journal.write({ kind: 'started', domain, at: at(), id: change.id, change });
    started(domain, change);
  }

  /** What is ours of a system is in the account that it was made, or counted as ours, in. Ids of entries begin with their system. */
  function accountOf(change: Change): Readonly<Record<string, Json>> {
    const ours = Object.entries(ownsOf(change)).filter(([, value]) => value !== null);
    const systems = new Set(ours.map(([id]) => id.split(' ')[0] ?? ''));
    return Object.fromEntries(
      [...systems].flatMap((system) => {
        const account = plan.accounts[system];
        return account === undefined ? [] : [[accountEntry(system), { account }]];
      }),
    );
  }

  async function settle(change: Change, outcome: Outcome): Promise<void> {
    outcomes.set(change.id, outcome);
    if (outcome.status === 'done') {
      const owns = await keptElsewhere(change, survey, ground);
      await ground.owned.write(domain, { ...owns, ...accountOf(change) });
    }
    await ground.journal.write({ kind: 'settled', domain, at: at(), id: change.id, outcome });
    settled(domain, change, outcome);
  }

  /** From now on resolvers let go of the old value one by one; when the last has, is told by what the TTL was. */
  async function rememberTtl(change: Change): Promise<void> {
    const { ttl } = change.before as { ttl?: Json };
    await ground.facts.remember(change.id, { from: typeof ttl === 'number' ? ttl : 300 });
  }

  /** How a whole system stands that something waits for: undefined where nothing is left to do in it. */
  function standOf(system: string, isUnread: boolean): string | undefined {
    if (isUnread) return `waits until ${system} can be read`;
    // Also what this round may not make (given up earlier) is left to do.
    const own = plan.changes.filter((change) => change.system === system && !change.marks && !change.sendsBy);
    const stuck = own.find((change) => held.has(change.id) || outcomes.get(change.id)?.status === 'failed');
    if (stuck) return held.get(stuck.id) ?? `${stuck.what} failed`;
    const open = own.find((change) => !outcomes.has(change.id));
    if (open === undefined) return undefined;
    return byId.has(open.id) ? 'wait' : `waits for ${system}: ${open.what}`;
  }

  return {
    spec,
    survey,
    changes,
    records,
    outcomes,
    held,
    moved: false,
    hold: (change, why) => void held.set(change.id, why),
    isNamingRecords: () =>
      plan.later.length > 0 && [...outcomes.values()].some((outcome) => outcome.status !== 'failed'),
    blockerOf(change) {
      for (const id of change.waitsFor ?? []) {
        const first = byId.get(id);
        const outcome = outcomes.get(id);
        if (outcome?.status === 'failed') return `${first?.what ?? id} failed`;
        if (first && held.has(id)) return held.get(id);
        if (first && outcome === undefined) return 'wait';
        const turn = persons.get(id);
        if (turn) return `waits until somebody has entered ${turn.what}`;
        const system = survey.systems.get(id);
        const stand = system && standOf(id, system.problem !== undefined);
        if (stand !== undefined) return stand;
        if (system) continue;
        if (!first && !records.has(id)) return `waits for ${id}`;
      }
      return undefined;
    },
    begin,
    settle,
    resourceOf: (change) => survey.systems.get(change.system)?.resource,
    isTogether: (change) => survey.systems.get(change.system)?.resource.together === true,
  };
}

/**
 * What the ledger keeps of a change, which knows no hosts: what goes from a zone that is not the live one stays ours where the live one
 * serves it, too (a move that was prepared, and is taken back).
 */
async function keptElsewhere(
  change: Change,
  survey: Survey,
  { resolver }: Ground,
): Promise<NonNullable<Change['owns']>> {
  const owns = ownsOf(change);
  const forgets = Object.values(owns).some((value) => value === null);
  const view = change.system === 'dns' && forgets ? zoneOf(nameOf(change), survey.zones) : undefined;
  if (!view || isDelegated(view.zone, view.delegation) !== 'no') return owns;
  const { name, type, value, preference } = change.before as unknown as DnsRecord;
  const { values } = await resolver.authoritative({ name, type: type as 'TXT' });
  if (!values.includes(type === 'MX' ? `${preference} ${value}` : value)) return owns;
  return Object.fromEntries(Object.entries(owns).filter(([, entry]) => entry !== null));
}

/** What the ledger keeps once a change is done. */
export function ownsOf(change: Change): NonNullable<Change['owns']> {
  if (change.owns !== undefined) return change.owns;
  return { [change.id]: change.verb === 'delete' ? null : (change.after ?? null) };
}
