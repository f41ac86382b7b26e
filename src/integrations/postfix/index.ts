import type { DomainSpec, RelaySpec } from '../../core/domain-spec.ts';
import { Problem, toProblem } from '../../core/problem.ts';
import type { Change, Conflict, Findings, Outcome, Resource } from '../../core/resource.ts';
import type { SmtpCredential } from '../../core/smtp-credentials.ts';
import type { SshNeeds } from '../wire/ssh/ssh-auth.ts';
import { computeEdits, type Wish } from './edits.ts';
import { isOutbound, type OutboundData, planOutbound } from './outbound.ts';
import { planRelay } from './plan.ts';
import { isStale, refusedEdit, relayProblem } from './problems.ts';
import { openRelayHost } from './relay-host.ts';
import type { RelayState } from './relay-state.ts';
import { revertRelay } from './revert.ts';
import { revertOutbound } from './revert-outbound.ts';
import { tableFor, type WantedTransport, wantedTransport } from './transport.ts';

/** What a look at a relay brought: its tables, or why nobody may go on there (its host key is not the one that is known). */
export type PostfixState = RelayState | { readonly refused: Problem };

/** What the outside must give a relay. */
export interface PostfixNeeds extends SshNeeds {
  /** Reads a file of SMTP passwords. Throws a Problem for one that can't be used. */
  readonly readCredentials: (path: string) => Promise<readonly SmtpCredential[]>;
}

/** How often an edit is made anew where somebody changed a table between reading and writing. */
const TRIES = 4;

/**
 * A Postfix relay: the tables by which it takes mail for domains and passes it on, found by `postconf`, edited over SSH. One connection for
 * a run; each look is one command, and so is each edit, whatever the number of domains.
 */
export function openPostfix(relay: RelaySpec, needs: PostfixNeeds): Resource<DomainSpec, PostfixState> {
  const { host } = relay;
  const there = openRelayHost(relay, needs);

  /** One command at a time: domains that come while it runs share the next. */
  let running: Promise<unknown> = Promise.resolve();
  let next: { readonly domains: string[]; readonly state: Promise<RelayState> } | undefined;
  function look(domain: string): Promise<RelayState> {
    if (!next) {
      const domains: string[] = [];
      const state = running
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          const work = there.show(domains);
          running = work;
          return work;
        });
      next = { domains, state };
    }
    next.domains.push(domain);
    return next.state;
  }

  async function edit(wishes: readonly Wish[], taking: boolean): Promise<ReadonlyMap<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    const domains = [...new Set(wishes.map(({ id }) => id.split('/')[1] ?? ''))];
    const passwords = await passwordsFor(wishes);
    for (let attempt = 1; ; attempt += 1) {
      const state = await there.show(domains);
      const { input, refused } = computeEdits(host, wishes, state, { taking, passwords });
      for (const [id, problem] of refused) outcomes.set(id, { status: 'failed', problem: problem.toJSON() });
      const rest = wishes.filter(({ id }) => !refused.has(id));
      const all = (outcome: Outcome) => {
        for (const { id } of rest) outcomes.set(id, outcome);
        return outcomes;
      };
      if (input === '') return all({ status: 'done' });
      const ran = await there.put(input);
      if (isStale(ran) && attempt < TRIES) continue;
      const problem = isStale(ran)
        ? refusedEdit(host, 'somebody goes on changing its tables')
        : relayProblem(relay, ran, true);
      return all(problem ? { status: 'failed', problem: problem.toJSON() } : { status: 'done' });
    }
  }

  /** What the domain's mail is to leave by; undefined where the passwords can't be used, which is told elsewhere. */
  async function wantedOutbound(spec: DomainSpec): Promise<WantedTransport | undefined> {
    if (spec.outbound?.by !== 'ses') return undefined;
    try {
      return wantedTransport(spec, host, await needs.readCredentials(spec.outbound.credentials));
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
  }

  /** The password tables of the transports that are wished for, by their names: for the edit itself, never to be kept. */
  async function passwordsFor(wishes: readonly Wish[]): Promise<ReadonlyMap<string, string>> {
    const tables = new Map<string, string>();
    for (const { transport } of wishes.flatMap(({ after }) => after)) {
      if (!transport || tables.has(transport.name)) continue;
      const table = tableFor(transport, await needs.readCredentials(transport.credentials));
      if (table === undefined) throw refusedEdit(host, `${transport.credentials} has other passwords by now`);
      tables.set(transport.name, table);
    }
    return tables;
  }

  return {
    name: `postfix ${host}`,
    together: true,
    async read(spec) {
      try {
        const [state, outbound] = await Promise.all([look(spec.domain), wantedOutbound(spec)]);
        return outbound ? { ...state, outbound } : state;
      } catch (error) {
        // A host that is not the one it should be is no outage: nobody goes on before that is cleared up.
        if (error instanceof Problem && error.kind === 'conflict') return { refused: error };
        throw error;
      }
    },
    plan(spec, state, owned) {
      const own = spec.relays?.find((one) => one.host === host && one.managed);
      if ('refused' in state) return { conflicts: [refusal(host, state.refused)], partial: true };
      return own ? together(planRelay(spec, own, state, owned), planOutbound(spec, own, state, owned)) : {};
    },
    revert(made, state, spec) {
      if ('refused' in state)
        return { changes: [], left: made.map(({ id, what }) => ({ id, what, why: state.refused.message })) };
      const [sending, receiving] = [made.filter(({ id }) => isOutbound(id)), made.filter(({ id }) => !isOutbound(id))];
      const parts = [revertOutbound(host, sending, state), revertRelay(host, receiving, state, spec)];
      return { changes: parts.flatMap((part) => part.changes), left: parts.flatMap((part) => part.left) };
    },
    async apply(changes, report) {
      // What is added and what is taken away go in opposite orders.
      for (const taking of [false, true]) {
        const group = changes.filter((change) => (change.verb === 'delete') === taking);
        if (group.length === 0) continue;
        for (const { id } of group) report.start(id);
        const outcomes = await edit(group.map(toWish), taking).catch((error: unknown) => {
          const problem = toProblem(error).toJSON();
          return new Map(group.map(({ id }): [string, Outcome] => [id, { status: 'failed', problem }]));
        });
        for (const { id } of group) {
          const outcome = outcomes.get(id);
          if (outcome) report.outcome(id, outcome);
        }
      }
    },
    async close() {
      there.close();
    },
  };
}

function toWish({ id, before, after }: Change): Wish {
  const sideOf = (data: Change['after']): Wish['after'] => {
    const { lines = {}, transport } = (data ?? {}) as unknown as Partial<OutboundData>;
    return { lines, ...(transport ? { transport } : {}) };
  };
  return { id, before: sideOf(before), after: sideOf(after) };
}

function together(a: Findings, b: Findings): Findings {
  const all = <K extends 'changes' | 'checks' | 'conflicts' | 'wanted'>(kind: K) => [
    ...(a[kind] ?? []),
    ...(b[kind] ?? []),
  ];
  return {
    ...a,
    ...b,
    changes: all('changes') as readonly Change[],
    checks: all('checks') as NonNullable<Findings['checks']>,
    conflicts: all('conflicts') as readonly Conflict[],
    wanted: all('wanted') as readonly string[],
  };
}

function refusal(host: string, { code, message, fix }: Problem): Conflict {
  return { code, system: `postfix ${host}`, name: host, message, fix: fix ?? 'Clear it up, then run again.' };
}
