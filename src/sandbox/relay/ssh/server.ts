import { type AddressInfo, createServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type ServerChannel } from 'ssh2';
import { USER } from './key-folder.ts';
import type { KeyPair } from './key-pair.ts';

/** What a command has said, and how it goes on. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  /** Instead of an end: the connection is cut after so many bytes of stdout, or nothing ever comes. */
  readonly instead?: { readonly cutAfter: number } | 'silence';
}

/** Runs a command with all of its standard input; nothing of it ever runs on this machine. */
export type RunCommand = (command: string, stdin: Buffer, peer: string) => Promise<Ended>;

/** An SSH server of one relay. */
export interface SshServer {
  readonly port: number;
  /** Shows another host key to whoever connects from now. */
  showKey(key: KeyPair): void;
  /** Nobody listens any more, or again at the same port. */
  setDown(down: boolean): Promise<void>;
  close(): Promise<void>;
}

const MOST_INPUT = 64 * 1024 * 1024;

/** Opens an SSH server that lets one key in and runs commands without a terminal: no shell, no files, no forwarding. */
export async function openSshServer(
  address: string,
  { hostKey, client, run }: { readonly hostKey: KeyPair; readonly client: KeyPair; readonly run: RunCommand },
): Promise<SshServer> {
  // ssh2 keeps its sockets to itself; a cable that is pulled needs them.
  const sockets = new Map<string, Socket>();
  const speak = ({ privateKey }: KeyPair) =>
    new ssh2.Server({ hostKeys: [privateKey], ident: 'OpenSSH_9.2p1' }, (connection, { ip, port: peerPort }) => {
      // A client that goes away is the client's business.
      connection.on('error', () => {});
      connection.on('authentication', (asked) => {
        if (isClient(asked, client)) asked.accept();
        else asked.reject(['publickey']);
      });
      connection.on('session', (accept) => {
        accept().on('exec', (acceptExec, _reject, { command }) => {
          serve(acceptExec(), (stdin) => run(command, stdin, ip)).catch(() =>
            sockets.get(`${ip}:${peerPort}`)?.destroy(),
          );
        });
      });
    });
  let speaker = speak(hostKey);
  const listener = createServer({ noDelay: true }, (socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(peer, socket);
    socket.once('close', () => sockets.delete(peer));
    speaker.injectSocket(socket);
  });
  let port = 0;
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(port, address, () => {
        listener.off('error', reject);
        port = (listener.address() as AddressInfo).port;
        resolve();
      });
    });
  const stop = async () => {
    for (const socket of sockets.values()) socket.destroy();
    if (listener.listening) await new Promise<void>((resolve) => listener.close(() => resolve()));
  };
  await listen();
  return {
    port,
    showKey(key) {
      speaker = speak(key);
    },
    async setDown(down) {
      if (down) await stop();
      else if (!listener.listening) await listen();
    },
    close: stop,
  };
}

function isClient(asked: AuthContext, { publicKey }: KeyPair): boolean {
  if (asked.method !== 'publickey' || asked.username !== USER) return false;
  const known = ssh2.utils.parseKey(publicKey);
  if (known instanceof Error || !known.getPublicSSH().equals(asked.key.data)) return false;
  // Without a signature the client asks only whether this key would do.
  return !asked.signature || !asked.blob || known.verify(asked.blob, asked.signature, asked.hashAlgo) === true;
}

/** Reads all input, runs, answers. Rejects where the connection is to be cut. */
async function serve(channel: ServerChannel, run: (stdin: Buffer) => Promise<Ended>): Promise<void> {
  const { stdout, stderr, code, instead } = await run(await inputOf(channel));
  if (instead === 'silence') return;
  if (instead) {
    const head = Buffer.from(stdout).subarray(0, instead.cutAfter);
    if (head.length > 0) await new Promise<void>((resolve) => channel.write(head, () => resolve()));
    throw new Error('cut');
  }
  if (stderr !== '') channel.stderr.write(stderr);
  channel.write(stdout);
  channel.exit(code);
  channel.end();
}

/** All input; where the connection breaks off before its end, what had come. */
async function inputOf(channel: ServerChannel): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  await new Promise<void>((resolve) => {
    channel.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_INPUT) channel.destroy();
      chunks.push(chunk);
    });
    channel.once('end', resolve);
    channel.once('close', resolve);
  });
  return Buffer.concat(chunks);
}
