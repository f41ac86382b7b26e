import { type Diagnosis, toDiagnosis } from '../../core/diagnosis.ts';
import type { RelaySpec } from '../../core/domain-spec.ts';
import { toProblem } from '../../core/problem.ts';
import type { SshNeeds } from '../wire/ssh/ssh-auth.ts';
import { openRelayHost } from './relay-host.ts';
import { RECEIVING, type RelayState } from './relay-state.ts';
import { parameter } from './wanted-lines.ts';

/**
 * For `mailwright doctor`: whether a relay is reached as the host that it should be, whether Postfix can be read and edited there, and
 * whether its tables are of a kind that can be. Reads only. Never throws.
 */
export async function examineRelay(relay: RelaySpec, needs: SshNeeds): Promise<readonly Diagnosis[]> {
  const system = `postfix ${relay.host}`;
  const at = (id: string): Pick<Diagnosis, 'id' | 'system' | 'about'> => ({ id: `postfix.${id}`, system });
  const host = openRelayHost(relay, needs);
  try {
    const { state, right } = await host.examine();
    return [
      { ...at('reachable'), status: 'ok', says: 'reached by SSH, and it shows the host key that is known' },
      rightLine(at('right'), relay, right),
      { ...at('version'), status: 'ok', says: `Postfix ${state.version}, ${state.configDirectory}` },
      ...(state.protocol < 2
        ? [
            {
              ...at('helper'),
              status: 'warning' as const,
              says: 'the helper is of an earlier version, which knows nothing of outbound mail',
              fix: 'Install the one of this version: mailwright relay install-helper prints it.',
            },
          ]
        : []),
      state.running
        ? { ...at('running'), status: 'ok', says: 'Postfix is running' }
        : { ...at('running'), status: 'broken', says: 'Postfix is stopped', fix: 'Start it there: postfix start.' },
      ...tableLines(at('table'), state),
    ];
  } catch (error) {
    const problem = toProblem(error);
    const id = problem.code.startsWith('ssh.') ? 'reachable' : 'right';
    const line = toDiagnosis(problem, at(id));
    // A host that is another one, or lets nobody in, is more than an outage.
    return [{ ...line, status: problem.code === 'ssh.refused' ? 'credentials' : line.status }];
  } finally {
    host.close();
  }
}

function rightLine(
  at: Pick<Diagnosis, 'id' | 'system'>,
  { ssh }: RelaySpec,
  right: 'root' | 'helper' | 'sudo',
): Diagnosis {
  const says = {
    root: `as root${ssh.user === undefined || ssh.user === 'root' ? '' : ` (${ssh.user})`}: everything is allowed there`,
    helper: 'by the helper, which is all that sudo allows',
    sudo: 'by sudo for any program, which is the same as root',
  }[right];
  return right === 'helper'
    ? { ...at, status: 'ok', says }
    : {
        ...at,
        status: 'warning',
        says,
        fix: 'Less is enough: mailwright relay install-helper prints a program for one user and two verbs.',
      };
}

function tableLines(at: Pick<Diagnosis, 'id' | 'system'>, state: RelayState): Diagnosis[] {
  return RECEIVING.map((name): Diagnosis => {
    const { tables, others, missing, expanded, unasked } = parameter(state, name);
    const [first] = tables;
    const here = { ...at, about: name };
    if (first?.broken !== undefined)
      return {
        ...here,
        status: 'broken',
        says: `the index of ${first.path} can’t be read (${first.broken})`,
        fix: `Run postmap ${first.type}:${first.path} there.`,
      };
    const [silent] = unasked;
    if (silent)
      return {
        ...here,
        status: 'broken',
        says: `${silent.table} can’t be asked (${silent.why})`,
        fix: `See that postmap -q NAME ${silent.table} answers there.`,
      };
    if (first?.unfit !== undefined)
      return {
        ...here,
        status: 'warning',
        says: `${first.path} is not edited by root: ${first.unfit}`,
        fix: 'Name a plain file in a folder of root in main.cf.',
      };
    if (first) return { ...here, status: 'ok', says: `${first.type}:${first.path}, ${first.entries.length} entries` };
    if (missing.length > 0) return { ...here, status: 'broken', says: `${missing.join(', ')} is not there` };
    if (others.length > 0)
      return {
        ...here,
        status: 'warning',
        says: `kept in ${others.join(', ')}: found there, and edited by you`,
        fix: 'Plans say which lines to add.',
      };
    if (name === 'relay_recipient_maps')
      return {
        ...here,
        status: 'warning',
        says: 'empty: every address of a relay domain is taken',
        fix: 'A relay_recipient_maps keeps mail for unknown addresses out (backscatter).',
      };
    return {
      ...here,
      status: expanded === '' ? 'warning' : 'ok',
      says: expanded === '' ? 'empty: there is no table to add lines to' : 'a list in main.cf',
    };
  });
}
