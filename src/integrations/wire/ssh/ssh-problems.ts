import { Problem } from '../../../core/problem.ts';
import type { SshTarget } from './ssh-config.ts';

/** What ended an attempt, as a sentence. `tried`: what was shown to be let in. */
export function toSshProblem(
  error: Error & { level?: string; code?: string },
  host: string,
  target: SshTarget,
  tried: readonly string[],
): Problem {
  if (error.level === 'client-authentication') {
    const how = tried.join(', ') || 'nothing to show: no key, no agent, no password';
    return new Problem('unknown', 'ssh.refused', `${host} lets ${target.user} not in (tried: ${how}).`, {
      fix: `Try \`ssh -p ${target.port} ${target.user}@${target.address} true\` yourself: a wrong key, a wrong user and a locked account all look like this.`,
    });
  }
  if (/verification failed/i.test(error.message)) return wrongKey(host, target, undefined);
  if (error.level === 'handshake' || error.level === 'protocol')
    return new Problem('unknown', 'ssh.handshake', `${host}: ${error.message}.`, {
      fix: 'Compare what the server offers: ssh -v shows it.',
    });
  return unreachable(host, target, error.message);
}

export function unreachable(host: string, target: SshTarget, why: string): Problem {
  return new Problem(
    'unknown',
    'ssh.unreachable',
    `${host} can’t be reached by SSH at ${target.address}:${target.port}: ${why}.`,
    {
      fix: 'Check that the host is up, and the address and port (profile, ~/.ssh/config); then run again.',
      retry: {},
    },
  );
}

/** The fingerprint is told, so that it can be compared. */
export function unknownKey(host: string, offered: string): Problem {
  return new Problem(
    'conflict',
    'ssh.unknown-host',
    `${host}: nobody knows its host key (it shows ${offered}); nothing was sent to it.`,
    {
      fix: `Compare it on the host (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); then connect once with ssh, write it into the profile (ssh.hostKey), or run with --host-key ${host}=${offered}.`,
    },
  );
}

/** `seen`: what it shows, where it showed any. */
export function wrongKey(host: string, target: SshTarget, seen: string | undefined): Problem {
  const wanted = target.hostKey ?? `the one in ${target.knownHosts.join(', ')}`;
  return new Problem(
    'conflict',
    'ssh.host-key',
    `${host} shows ${seen === undefined ? 'another host key' : `the host key ${seen}`}, expected is ${wanted}. It may be another host, or somebody between; nothing was sent to it.`,
    {
      fix: `Find out why. If the host was set up anew: ssh-keygen -R '${target.name}', or correct ssh.hostKey in the profile.`,
    },
  );
}
