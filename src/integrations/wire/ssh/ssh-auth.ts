import { readFile } from 'node:fs/promises';
import type { AnyAuthMethod, KnownPublicKeys, ParsedKey } from 'ssh2';
import { Problem } from '../../../core/problem.ts';
import type { SshTarget } from './ssh-config.ts';

/** What reaching hosts by SSH stands on. */
export interface SshNeeds {
  /** ssh_config file; the user's own where absent. */
  readonly configFile?: string | undefined;
  /** The agent's socket (SSH_AUTH_SOCK). */
  readonly agentSocket?: string | undefined;
  /** For hosts that take no key. */
  readonly password?: string | undefined;
  /** The passphrase of a key file, asked for once; undefined where nobody can be asked. */
  readonly passphrase: (keyFile: string) => Promise<string | undefined>;
  /** Milliseconds for the connection, and for each command. */
  readonly timeoutMs: number;
}

/** The agent, or so much of it as the configuration lets us ask for. */
async function agentOf(socket: string, { agentOnly }: SshTarget, ssh2: typeof import('ssh2')) {
  const whole = ssh2.createAgent(socket);
  if (!agentOnly) return whole;
  const texts = await Promise.all(agentOnly.map((file) => readFile(file, 'utf8').catch(() => '')));
  const named = new Set(texts.map((text) => text.split(/\s/)[1]));
  const blobOf = (key: KnownPublicKeys<string | Buffer | ParsedKey>[number]) => {
    const parsed = ssh2.utils.parseKey(key as Buffer);
    return parsed instanceof Error ? undefined : parsed.getPublicSSH().toString('base64');
  };
  const getIdentities = whole.getIdentities.bind(whole);
  whole.getIdentities = (done) =>
    getIdentities((error, keys) =>
      done(
        error,
        keys?.filter((key) => named.has(blobOf(key))),
      ),
    );
  return whole;
}

/** What is tried, in order: the agent, the keys, the password. A passphrase is asked for only when everything before was refused. */
export async function* authMethods(
  host: string,
  target: SshTarget,
  needs: SshNeeds,
  ssh2: typeof import('ssh2'),
): AsyncGenerator<AnyAuthMethod, undefined> {
  const username = target.user;
  const { parseKey } = ssh2.utils;
  if (target.agent !== undefined) yield { type: 'agent', username, agent: await agentOf(target.agent, target, ssh2) };
  const locked: { file: string; key: Buffer }[] = [];
  for (const file of target.keyFiles) {
    const key = await readFile(file).catch(() => undefined);
    const parsed = key && parseKey(key);
    if (!key || !parsed) continue;
    if (!(parsed instanceof Error)) yield { type: 'publickey', username, key };
    else if (/passphrase|encrypted/i.test(parsed.message)) locked.push({ file, key });
  }
  if (needs.password !== undefined) yield { type: 'password', username, password: needs.password };
  for (const { file, key } of locked) {
    const passphrase = await needs.passphrase(file);
    if (passphrase === undefined) continue;
    if (parseKey(key, passphrase) instanceof Error)
      throw new Problem('unknown', 'ssh.passphrase', `${host}: that is not the passphrase of ${file}.`, {
        fix: 'Run again with the right one, or add the key to your agent (ssh-add).',
      });
    yield { type: 'publickey', username, key, passphrase };
  }
  return undefined;
}
