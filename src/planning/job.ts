import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { Json } from '../core/problem.ts';
import type { Change, DesiredRecord, Outcome } from '../core/resource.ts';
import { accountEntry } from './accounts.ts';
import type { Approval } from './apply.ts';
import type { Survey } from './survey.ts';
import { unreported } from './unreported.ts';

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
  /** Makes a change of a system: journal, call, ledger, journal. */
  make(change: Change): Promise<Outcome>;
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
    if (outcome.status === 'done') await ground.owned.write(domain, { ...ownsOf(change), ...accountOf(change) });
    await ground.journal.write({ kind: 'settled', domain, at: at(), id: change.id, outcome });
    settled(domain, change, outcome);
  }

  /** From now on resolvers let go of the old value one by one; when the last has, is told by what the TTL was. */
  async function rememberTtl(change: Change): Promise<void> {
    const { ttl } = change.before as { ttl?: Json };
    await ground.facts.remember(change.id, { from: typeof ttl === 'number' ? ttl : 300 });
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
        if (!first && !records.has(id)) return `waits for ${id}`;
      }
      return undefined;
    },
    begin,
    settle,
    async make(change) {
      await begin(change);
      let outcome: Outcome | undefined;
      const report = {
        start: () => {},
        outcome: (_id: string, told: Outcome) => {
          outcome = told;
        },
      };
      await survey.systems.get(change.system)?.resource.apply([change], report);
      const known = outcome ?? unreported(change);
      await settle(change, known);
      return known;
    },
  };
}

/** What the ledger keeps once a change is done. */
export function ownsOf(change: Change): NonNullable<Change['owns']> {
  if (change.owns !== undefined) return change.owns;
  return { [change.id]: change.verb === 'delete' ? null : (change.after ?? null) };
}
