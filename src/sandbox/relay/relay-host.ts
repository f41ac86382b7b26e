import type { Listener } from '../mail/listener.ts';
import type { World } from '../world.ts';
import { Postfix, type PostfixOptions } from './postfix/installation.ts';
import { commandRunner } from './program/run-command.ts';
import { openIncoming } from './smtp/incoming.ts';
import { Queue } from './smtp/queue.ts';
import { type KeyPair, makeKeyPair } from './ssh/key-pair.ts';
import { openSshServer, type SshServer } from './ssh/server.ts';

/** One relay: a host with SSH and Postfix at an address of its own. */
export interface RelayHost {
  readonly host: string;
  readonly address: string;
  readonly sshPort: number;
  readonly postfix: Postfix;
  readonly queue: Queue;
  readonly sudo: { isRefused: boolean };
  readonly isSshDown: boolean;
  /** The host key that clients were told of. */
  readonly knownKey: KeyPair;
  setSshDown(down: boolean): Promise<void>;
  /** `postfix stop` and `postfix start`. */
  setStopped(stopped: boolean): Promise<void>;
  /** A key that nobody was told of, as after a new installation (or of somebody between). */
  changeHostKey(): KeyPair;
  close(): Promise<void>;
}

/** Starts a relay. @throws EADDRINUSE where the address is taken at the world's SMTP port */
export async function openRelayHost(
  world: World,
  {
    host,
    address,
    smtpPort,
    client,
    ...options
  }: PostfixOptions & {
    readonly host: string;
    readonly address: string;
    readonly smtpPort: number;
    readonly client: KeyPair;
  },
): Promise<RelayHost> {
  const postfix = new Postfix(host, world.clock, options);
  const self = { address, smtpPort };
  const queue = new Queue(world, postfix, self);
  const sudo = { isRefused: false };
  const knownKey = makeKeyPair(host);
  let smtp: Listener | undefined = await openIncoming(world, postfix, queue, self);
  let ssh: SshServer;
  try {
    ssh = await openSshServer(address, { hostKey: knownKey, client, run: commandRunner(world, postfix, sudo) });
  } catch (error) {
    await smtp.close();
    throw error;
  }
  let isSshDown = false;
  return {
    host,
    address,
    sshPort: ssh.port,
    postfix,
    queue,
    sudo,
    knownKey,
    get isSshDown() {
      return isSshDown;
    },
    async setSshDown(down) {
      await ssh.setDown(down);
      isSshDown = down;
    },
    async setStopped(stopped) {
      if (stopped === !postfix.running) return;
      postfix.running = !stopped;
      if (stopped) {
        await smtp?.close();
        smtp = undefined;
      } else {
        postfix.daemons.restart();
        smtp = await openIncoming(world, postfix, queue, self);
      }
    },
    changeHostKey() {
      const key = makeKeyPair(host);
      ssh.showKey(key);
      return key;
    },
    async close() {
      queue.close();
      await ssh.close();
      await smtp?.close();
    },
  };
}
