import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { Duplex } from 'node:stream';
import type { Client, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import type { SshSpec } from '../../../core/domain-spec.ts';
import { Problem, toProblem } from '../../../core/problem.ts';
import { authMethods, type SshNeeds } from './ssh-auth.ts';
import { knownKeys, resolveTarget, type SshTarget } from './ssh-config.ts';
import { execute, type Ran } from './ssh-execute.ts';
import { toSshProblem, unknownKey, unreachable, wrongKey } from './ssh-problems.ts';

/** One connection to one host, opened with the first command and kept for the run. */
export interface SshHost {
  /** Runs a command with `stdin`. Throws a Problem where the connection fails or is cut: what became of the command is then unknown. */
  run(command: string, stdin: string): Promise<Ran>;
  close(): void;
}

/** A host, and those from which it is gone to: itself the last of them. */
type Target = SshTarget & { readonly from: readonly string[] };

/** Host key types that OpenSSH and ssh2 both know, best first. */
const KEY_TYPES: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** An OpenSSH fingerprint: 'SHA256:' and base64 without padding. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** A host by SSH as people have it: their ssh_config, known_hosts, agent and keys. Nothing is sent to a host whose key is not known. */
export function openSshHost(host: string, spec: SshSpec, needs: SshNeeds): SshHost {
  let connection: Promise<Client> | undefined;
  let opened: Client | undefined;

  function connected(): Promise<Client> {
    connection ??= connect(host, spec, needs).then((client) => {
      opened = client;
      client.once('close', () => {
        connection = undefined;
      });
      return client;
    });
    // What failed is tried again with the next look.
    connection.catch(() => {
      connection = undefined;
    });
    return connection;
  }

  return {
    async run(command, stdin) {
      const client = await connected();
      return execute(client, host, command, stdin, needs.timeoutMs);
    },
    close: () => void opened?.end(),
  };
}

/** `way`: the jump hosts before it where they are given, and those that are waiting for this connection already. */
async function connect(
  host: string,
  spec: SshSpec,
  needs: SshNeeds,
  way: { readonly jumps: readonly string[]; readonly from: readonly string[] } = { jumps: [], from: [] },
): Promise<Client> {
  const resolved = await resolveTarget(host, spec, needs);
  const jumps = way.jumps.length > 0 ? way.jumps : resolved.jumps;
  const target: Target = { ...resolved, jumps, from: [...way.from, host] };
  const known = target.hostKey === undefined ? await knownKeys(target) : [];
  if (target.hostKey === undefined && known.length === 0) {
    // Only the key is asked for: no user name, no password goes to a host that nobody knows.
    throw unknownKey(host, await offeredKey(host, target, needs));
  }
  const types = orderedTypes(known.filter(({ revoked }) => !revoked).map(({ type }) => type));
  const accepts = (key: Buffer) =>
    target.hostKey === undefined
      ? known.some((one) => one.key === key.toString('base64')) &&
        !known.some((one) => one.revoked && one.key === key.toString('base64'))
      : fingerprint(key) === target.hostKey;
  let seen: string | undefined;
  // A pinned fingerprint does not say its type: a host with several keys is asked for each.
  const tries = target.hostKey === undefined ? [types] : [types, ...KEY_TYPES.map((type) => [type])];
  for (const [index, serverHostKey] of tries.entries()) {
    try {
      return await dial(host, target, needs, {
        algorithms: { serverHostKey: [...serverHostKey] },
        hostVerifier: (key: Buffer) => {
          const right = accepts(key);
          if (!right) seen ??= fingerprint(key);
          return right;
        },
      });
    } catch (error) {
      const wrong = (error as { code?: string }).code === 'ssh.host-key' || isNoCommonKey(error);
      if (!wrong) throw error;
      if (index < tries.length - 1) continue;
      throw wrongKey(host, target, seen);
    }
  }
  throw wrongKey(host, target, seen);
}

/** The types that known_hosts has, first; RSA keys sign with either of two hashes. */
function orderedTypes(known: readonly string[]): readonly ServerHostKeyAlgorithm[] {
  if (known.length === 0) return KEY_TYPES;
  return KEY_TYPES.filter((type) => known.includes(type) || (type.startsWith('rsa-sha2') && known.includes('ssh-rsa')));
}

function isNoCommonKey(error: unknown): boolean {
  return error instanceof Problem && error.code === 'ssh.handshake' && /host key|no matching/i.test(error.message);
}

/** The host key that a host shows. Throws the Problem that keeps it from showing any. */
async function offeredKey(host: string, target: Target, needs: SshNeeds): Promise<string> {
  let offered: string | undefined;
  try {
    const client = await dial(host, { ...target, keyFiles: [] }, needs, {
      algorithms: { serverHostKey: [...KEY_TYPES] },
      hostVerifier: (key: Buffer) => {
        offered = fingerprint(key);
        return false;
      },
    });
    client.destroy();
  } catch (error) {
    if (offered === undefined) throw error;
  }
  return offered ?? '';
}

/** One attempt: through jump hosts or a proxy command where the configuration says so. */
async function dial(
  host: string,
  target: Target,
  needs: SshNeeds,
  keys: Pick<ConnectConfig, 'algorithms' | 'hostVerifier'>,
): Promise<Client> {
  const ssh2 = (await import('ssh2')).default;
  const client = new ssh2.Client();
  const { sock, close } = await openWay(target, needs);
  const methods = authMethods(host, target, needs, ssh2);
  const tried: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (error: Problem) => {
      client.destroy();
      close();
      reject(error);
    };
    client.once('ready', () => {
      client.removeAllListeners('error');
      // A connection that breaks later is told to the command that is running.
      client.on('error', () => undefined);
      client.once('close', close);
      resolve(client);
    });
    client.on('error', (error) => {
      // An agent that is gone is one way less, not the end.
      if (error.level !== 'agent') fail(toSshProblem(error, host, target, tried));
    });
    client.once('close', () => fail(unreachable(host, target, 'the connection was closed')));
    client.connect({
      host: target.address,
      port: target.port,
      username: target.user,
      ...(sock ? { sock } : {}),
      authHandler(_left, _partial, next) {
        methods.next().then(
          ({ value }) => {
            if (value) tried.push(value.type);
            // false, which the types do not know, is the end of the list.
            next(value ?? (false as unknown as 'none'));
          },
          (error: unknown) => fail(toProblem(error)),
        );
      },
      readyTimeout: needs.timeoutMs,
      keepaliveInterval: 10_000,
      keepaliveCountMax: 3,
      ...keys,
    });
  });
}

/** The connection below SSH, where it is not simply TCP. */
async function openWay(target: Target, needs: SshNeeds): Promise<{ sock?: Duplex; close: () => void }> {
  const last = target.jumps.at(-1);
  if (last !== undefined) {
    const [, user, bare = '', port] =
      /^(?:ssh:\/\/)?(?:([^@]+)@)?([^:[\]]+|\[[^\]]+\])(?::(\d+))?$/.exec(last.trim()) ?? [];
    const name = bare.replace(/^\[|\]$/g, '');
    if (name === '' || target.from.includes(name))
      throw new Problem(
        'unknown',
        'ssh.jump',
        `${target.from[0]}: the way by jump hosts leads ${name === '' ? `to “${last}”, which is no host` : `in a circle (${[...target.from, name].join(', ')})`}.`,
        { fix: 'Correct ProxyJump in ~/.ssh/config.' },
      );
    const spec: SshSpec = {
      ...(user === undefined ? {} : { user }),
      ...(port === undefined ? {} : { port: Number(port) }),
      privilege: 'auto',
    };
    // The password is the relay's, and nobody else's to see.
    const jump = await connect(
      name,
      spec,
      { ...needs, password: undefined },
      { jumps: target.jumps.slice(0, -1), from: target.from },
    );
    const sock = await new Promise<Duplex>((resolve, reject) => {
      const refuse = () => {
        jump.end();
        reject(unreachable(target.from.at(-1) ?? '', target, `${name} does not pass the connection on`));
      };
      const timer = setTimeout(refuse, needs.timeoutMs);
      jump.forwardOut('127.0.0.1', 0, target.address, target.port, (error, stream) => {
        clearTimeout(timer);
        if (error) refuse();
        else resolve(stream);
      });
    });
    return { sock, close: () => jump.end() };
  }
  if (target.proxyCommand !== undefined) {
    const words: Readonly<Record<string, string>> = {
      '%h': target.address,
      '%n': target.from.at(-1) ?? '',
      '%p': String(target.port),
      '%r': target.user,
      '%%': '%',
    };
    // They get into a shell: what ssh itself refuses there since 9.6 is refused here.
    const odd = [target.address, target.user].find((word) => !/^[\w.:%@+][\w.:%@+-]*$/.test(word));
    if (odd !== undefined)
      throw new Problem('input', 'ssh.name', `${target.from[0]}: “${odd}” is no name for a ProxyCommand.`, {
        fix: 'Correct ssh.address or ssh.user in the profile, or HostName and User in ~/.ssh/config.',
      });
    const command = target.proxyCommand.replaceAll(/%[hnpr%]/g, (token) => words[token] ?? token);
    const child = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'ignore'] });
    return { sock: Duplex.from({ readable: child.stdout, writable: child.stdin }), close: () => child.kill() };
  }
  return { close: () => undefined };
}
