import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshSpec } from '../../../core/domain-spec.ts';

/** How a host is reached, once the profile and the user's own SSH configuration have been heard. */
export interface SshTarget {
  /** As known_hosts has it: HostKeyAlias alone, else the address, in brackets with a port that is not 22. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Private key files that are there, in the order in which they are tried. */
  readonly keyFiles: readonly string[];
  /** Socket of an agent; absent where none is to be asked. */
  readonly agent?: string;
  /** Files with the public keys that alone the agent is asked for (IdentitiesOnly); absent: all that it has. */
  readonly agentOnly?: readonly string[];
  readonly knownHosts: readonly string[];
  /** Hosts to go through, in order, as ProxyJump writes them: '[user@]host[:port]'. */
  readonly jumps: readonly string[];
  /** A program whose input and output are the connection. */
  readonly proxyCommand?: string;
  /** The one host key that is accepted ('SHA256:…'), whatever known_hosts says. */
  readonly hostKey?: string;
}

/** What `ssh -G` says, by lower-case keyword; a keyword may come several times. */
type Settings = ReadonlyMap<string, readonly string[]>;

/**
 * Resolves a host as the user's own `ssh` would: HostName, User, Port, IdentityFile, IdentityAgent, ProxyJump, UserKnownHostsFile … of
 * ~/.ssh/config (ssh_config(5), asked with `ssh -G`); what the profile says comes first. Without an OpenSSH client: its defaults.
 */
export async function resolveTarget(
  host: string,
  spec: SshSpec,
  { configFile, agentSocket }: { configFile?: string | undefined; agentSocket?: string | undefined },
): Promise<SshTarget> {
  const name = spec.address ?? host;
  const settings = await askSsh(name, configFile);
  const one = (key: string) => settings.get(key)?.[0];
  const home = homedir();
  const toPath = (text: string) => text.replace(/^~(?=\/|$)/, home);
  const named = spec.keyFile === undefined ? [] : [spec.keyFile];
  const listed =
    settings.get('identityfile') ?? ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((file) => join(home, '.ssh', file));
  const agentSetting = one('identityagent');
  const agent =
    agentSetting === undefined || agentSetting === 'SSH_AUTH_SOCK'
      ? agentSocket
      : agentSetting === 'none'
        ? undefined
        : toPath(agentSetting);
  const only = one('identitiesonly') === 'yes';
  const files = spec.keyFile !== undefined ? named : listed.map(toPath);
  const known = [
    one('userknownhostsfile') ?? '~/.ssh/known_hosts',
    one('globalknownhostsfile') ?? '/etc/ssh/ssh_known_hosts',
  ];
  const address = one('hostname') ?? name;
  const port = spec.port ?? Number(one('port') ?? 22);
  const jump = one('proxyjump');
  const command = one('proxycommand');
  return {
    name: one('hostkeyalias') ?? (port === 22 ? address : `[${address}]:${port}`),
    address,
    port,
    user: spec.user ?? one('user') ?? userInfo().username,
    keyFiles: files.filter((file) => existsSync(file)),
    ...(agent === undefined || spec.keyFile !== undefined ? {} : { agent }),
    ...(only ? { agentOnly: files.map((file) => file.replace(/(\.pub)?$/, '.pub')) } : {}),
    knownHosts: known
      .flatMap((text) => text.split(' '))
      .map(toPath)
      .filter((file) => existsSync(file)),
    jumps: jump === undefined || jump === 'none' ? [] : jump.split(','),
    ...(command === undefined || command === 'none' ? {} : { proxyCommand: command }),
    ...(spec.hostKey === undefined ? {} : { hostKey: spec.hostKey }),
  };
}

async function askSsh(host: string, configFile: string | undefined): Promise<Settings> {
  // A name that begins with a hyphen would be an option.
  if (host.startsWith('-')) return new Map();
  const args = [...(configFile === undefined ? [] : ['-F', configFile]), '-G', host];
  const text = await new Promise<string>((resolve) => {
    execFile('ssh', args, { timeout: 5000 }, (error, stdout) => resolve(error ? '' : stdout));
  });
  const lines = text.split('\n').flatMap((line) => {
    const at = line.indexOf(' ');
    return at > 0 ? [[line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const] : [];
  });
  return new Map([...Map.groupBy(lines, ([key]) => key)].map(([key, all]) => [key, all.map(([, value]) => value)]));
}

/**
 * The keys by which known_hosts knows a host, as base64 of the wire form with their types; `ssh-keygen -F` reads the files, because names in
 * them are mostly hashed. A revoked key is `revoked`.
 */
export async function knownKeys(
  target: Pick<SshTarget, 'name' | 'knownHosts'>,
): Promise<readonly { readonly type: string; readonly key: string; readonly revoked: boolean }[]> {
  const found = await Promise.all(
    target.knownHosts.map(
      (file) =>
        new Promise<string>((resolve) => {
          execFile('ssh-keygen', ['-F', target.name, '-f', file], { timeout: 5000 }, (_error, stdout) =>
            resolve(stdout),
          );
        }),
    ),
  );
  return found
    .flatMap((text) => text.split('\n'))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const words = line.split(/\s+/);
      const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
      const [, type, key] = words;
      // A certificate authority's key is no host's own.
      if (type === undefined || key === undefined || marker === '@cert-authority') return [];
      return [{ type, key, revoked: marker === '@revoked' }];
    });
}
