import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyPair, makeKeyPair } from './key-pair.ts';

/** The user whom all relays let in. */
export const USER = 'mailwright';

/** How one relay is reached by SSH, and the key that clients know of it. */
export interface KnownHost {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly publicKey: string;
}

/** The files of whoever reaches the relays: a private key, a ssh_config and a known_hosts with every relay in them. */
export interface KeyFolder {
  readonly client: KeyPair;
  readonly keyFile: string;
  readonly config: string;
  /** Writes ssh_config and known_hosts anew. */
  write(hosts: readonly KnownHost[]): void;
  remove(): void;
}

/** Makes the folder below the system's one for temporary files; the private key can be read by its owner alone. */
export function openKeyFolder(): KeyFolder {
  const folder = mkdtempSync(join(tmpdir(), 'mailwright-relays-'));
  const client = makeKeyPair('mailwright sandbox');
  const keyFile = join(folder, 'id_ed25519');
  const config = join(folder, 'ssh_config');
  const known = join(folder, 'known_hosts');
  writeFileSync(keyFile, client.privateKey, { mode: 0o600 });
  const write = (hosts: readonly KnownHost[]) => {
    writeFileSync(config, hosts.map((host) => entryOf(host, keyFile, known)).join('\n'));
    // OpenSSH looks for the HostName that a configuration gives; who asks for the alias finds it, too.
    const lines = hosts.map(
      ({ host, address, port, publicKey }) => `[${host}]:${port},[${address}]:${port} ${publicKey}\n`,
    );
    writeFileSync(known, lines.join(''));
  };
  write([]);
  return { client, keyFile, config, write, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function entryOf({ host, address, port }: KnownHost, keyFile: string, known: string): string {
  const settings = {
    HostName: address,
    Port: port,
    User: USER,
    IdentityFile: keyFile,
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    UserKnownHostsFile: known,
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
  };
  const lines = Object.entries(settings).map(([keyword, value]) => `  ${keyword} ${value}\n`);
  return `Host ${host}\n${lines.join('')}`;
}
