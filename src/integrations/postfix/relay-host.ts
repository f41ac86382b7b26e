import type { RelaySpec } from '../../core/domain-spec.ts';
import { Problem } from '../../core/problem.ts';
import { openSshHost } from '../wire/ssh/ssh.ts';
import type { SshNeeds } from '../wire/ssh/ssh-auth.ts';
import type { Ran } from '../wire/ssh/ssh-execute.ts';
import { relayProblem } from './problems.ts';
import { HELPER, relayCommand } from './relay-script.ts';
import { parseShow, type RelayState } from './relay-state.ts';

/** A relay as it is spoken to: one connection, one command for each look and each edit. */
export interface RelayHost {
  /** Looks at its tables, and at what these domains meet there. Throws a Problem. */
  show(domains: readonly string[]): Promise<RelayState>;
  /** Sends edits, all of which are made, or none. */
  put(edits: string): Promise<Ran>;
  /** Looks, and says by what right. */
  examine(): Promise<{ readonly state: RelayState; readonly right: 'root' | 'helper' | 'sudo' }>;
  close(): void;
}

export function openRelayHost(relay: RelaySpec, needs: SshNeeds): RelayHost {
  const ssh = openSshHost(relay.host, relay.ssh, needs);

  async function show(domains: readonly string[]): Promise<RelayState> {
    const ran = await ssh.run(relayCommand('show', relay), domains.map((one) => `${one}\n`).join(''));
    const problem = relayProblem(relay, ran, false);
    // Nothing was tried, only looked at: what can't be read is unknown.
    if (problem)
      throw problem.kind === 'failed' ? new Problem('unknown', problem.code, problem.message, problem) : problem;
    return parseShow(relay.host, ran.stdout);
  }

  return {
    show,
    put: (edits) => ssh.run(relayCommand('put', relay), edits),
    async examine() {
      // A name that nobody has: whether a table answers is seen by asking it.
      const state = await show(['mailwright.invalid']);
      if (relay.ssh.privilege !== 'auto') return { state, right: relay.ssh.privilege };
      const who = await ssh.run(`sh -c 'id -u; test -x ${HELPER} && echo helper; true'`, '');
      const right = who.stdout.startsWith('0\n') ? 'root' : who.stdout.includes('helper') ? 'helper' : 'sudo';
      return { state, right };
    },
    close: () => ssh.close(),
  };
}
