import type { DomainSpec, RelaySpec } from '../../core/domain-spec.ts';
import { Problem, toProblem } from '../../core/problem.ts';
import type { Change, Conflict, Outcome, Resource } from '../../core/resource.ts';
import type { SshNeeds } from '../wire/ssh.ts';
import { computeEdits, type Wish } from './edits.ts';
import { planRelay, type RelayData } from './plan.ts';
import { isStale, refusedEdit, relayProblem } from './problems.ts';
import { openRelayHost } from './relay-host.ts';
import type { RelayState } from './relay-state.ts';
import { revertRelay } from './revert.ts';

/** What a look at a relay brought: its tables, or why nobody may go on there (its host key is not the one that is known). */
export type PostfixState = RelayState | { readonly refused: Problem };

/** How often an edit is made anew where somebody changed a table between reading and writing. */
const TRIES = 4;

/**
 * A Postfix relay: the tables by which it takes mail for domains and passes it on, found by `postconf`, edited over SSH. One connection for
 * a run; each look is one command, and so is each edit, whatever the number of domains.
 */
export function openPostfix(relay: RelaySpec, needs: SshNeeds): Resource<DomainSpec, PostfixState> {
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
    const domains = wishes.map(({ id }) => id.slice(id.indexOf('/') + 1));
    for (let attempt = 1; ; attempt += 1) {
      const state = await there.show(domains);
      const { input, refused } = computeEdits(host, wishes, state, taking);
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

  return {
    name: `postfix ${host}`,
    together: true,
    async read({ domain }) {
      try {
        return await look(domain);
      } catch (error) {
        // A host that is not the one it should be is no outage: nobody goes on before that is cleared up.
        if (error instanceof Problem && error.kind === 'conflict') return { refused: error };
        throw error;
      }
    },
    plan(spec, state, owned) {
      const own = spec.relays?.find((one) => one.host === host && one.managed);
      if ('refused' in state) return { conflicts: [refusal(host, state.refused)], partial: true };
      return planRelay(spec, own, state, owned);
    },
    revert(made, state, spec) {
      if ('refused' in state)
        return { changes: [], left: made.map(({ id, what }) => ({ id, what, why: state.refused.message })) };
      return revertRelay(host, made, state, spec);
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
  const linesOf = (data: Change['after']) => (data as unknown as RelayData | undefined)?.lines ?? {};
  return { id, before: linesOf(before), after: linesOf(after) };
}

function refusal(host: string, { code, message, fix }: Problem): Conflict {
  return { code, system: `postfix ${host}`, name: host, message, fix: fix ?? 'Clear it up, then run again.' };
}
