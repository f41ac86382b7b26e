import type { Socket } from 'node:net';
import { closePair, type Pair } from './sockets.ts';
import { type Query, type Reply, readQuery, writeReply } from './wire.ts';

/** A question with who asked it and how. */
export interface Asked extends Query {
  readonly proto: 'udp' | 'tcp';
  readonly peer: { readonly address: string; readonly port: number };
}

/** Gives the reply to a question, `undefined` for silence. */
export type Respond = (asked: Asked) => Promise<Reply | undefined>;

const IDLE_MS = 10_000;

/** Answers on one address over UDP and TCP (RFC 7766: several queries per connection, answered as they are ready). */
export function listen(pair: Pair, respond: Respond): { close(): Promise<void> } {
  const connections = new Set<Socket>();

  async function handle(
    message: Buffer,
    proto: 'udp' | 'tcp',
    peer: Asked['peer'],
    send: (reply: Buffer) => void,
  ): Promise<void> {
    const query = readQuery(message);
    if (!query) return;
    if (Buffer.isBuffer(query)) return send(query);
    const reply = await respond({ ...query, proto, peer });
    if (reply) send(writeReply(query, reply, proto));
  }

  const report = (error: unknown) => {
    // A stand-in that breaks must be seen at once, not read as a silent server.
    process.stderr.write(`sandbox dns: ${error instanceof Error ? error.stack : String(error)}\n`);
  };

  let closed = false;
  pair.udp.on('message', (message, { address, port }) => {
    handle(message, 'udp', { address, port }, (reply) => {
      if (!closed) pair.udp.send(reply, port, address);
    }).catch(report);
  });
  pair.udp.on('error', report);

  pair.tcp.on('connection', (socket) => {
    connections.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => connections.delete(socket));
    const peer = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= pending.readUInt16BE(0) + 2) {
        const length = pending.readUInt16BE(0);
        const message = pending.subarray(2, 2 + length);
        pending = pending.subarray(2 + length);
        handle(message, 'tcp', peer, (reply) => {
          const prefix = Buffer.alloc(2);
          prefix.writeUInt16BE(reply.length);
          if (!socket.destroyed) socket.write(Buffer.concat([prefix, reply]));
        }).catch(report);
      }
    });
  });

  return {
    async close() {
      closed = true;
      for (const socket of connections) socket.destroy();
      await closePair(pair);
    },
  };
}
