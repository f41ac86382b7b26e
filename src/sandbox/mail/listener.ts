import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

/** An SMTP server that listens. */
export interface Listener {
  readonly port: number;
  /** Cuts the connection of a session without a word. */
  cut(session: SMTPServerSession): void;
  close(): Promise<void>;
}

/** Opens an SMTP server at an address and port (0 is a free one); who is refused is cut off without a word. */
export async function listenSmtp(
  options: SMTPServerOptions,
  {
    address,
    port,
    refuses = () => false,
  }: { address: string; port: number; refuses?: ((peer: string) => boolean) | undefined },
): Promise<Listener> {
  const server = new SMTPServer({
    banner: 'Postcow',
    disableReverseLookup: true,
    // Senders keep connections open; the end of a test must not wait for them.
    closeTimeout: 100,
    ...options,
  });
  const sockets = new Map<string, Socket>();
  server.server.prependListener('connection', (socket) => {
    if (refuses(socket.remoteAddress ?? '')) socket.destroy();
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(peer, socket);
    socket.once('close', () => sockets.delete(peer));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // A client that goes away is the client's business.
  server.on('error', () => {});
  const { port: bound } = server.server.address() as AddressInfo;
  return {
    port: bound,
    cut: ({ remoteAddress, remotePort }) => void sockets.get(`${remoteAddress}:${remotePort}`)?.destroy(),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** All of a message. */
export async function bytesOf(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer | string>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Gives the outcome of an asynchronous answer to a callback of the SMTP server. */
export function settle(work: Promise<unknown>, done: (error?: Error | null) => void): void {
  work.then(
    () => done(),
    (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
  );
}
