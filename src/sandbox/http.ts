import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault } from './faults.ts';

/** A request with its body read (at most 64 MB). */
export interface Asked {
  readonly method: string;
  /** Path as sent, percent-encoding kept, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Header names and values as sent, for signatures. */
  readonly rawHeaders: readonly string[];
  readonly url: string;
  readonly body: Buffer;
  /** The client's address. */
  readonly peer: string;
}

/** What to answer; `faults` bend the delivery (slow, hang, drop), not the content. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  readonly faults?: readonly Fault[];
}

/** Where a server listens beside the usual, and whom it does not even talk to. */
export interface Door {
  readonly address?: string;
  /** A client that is turned away: its connections are cut without a word. */
  readonly refuses?: (peer: string) => boolean;
}

const BODY_LIMIT = 64 * 1024 * 1024;

/** An HTTP server on loopback at a free port (or `port`) that answers with `handle`. */
export async function openHttp(handle: (asked: Asked) => Promise<Reply> | Reply, port = 0, door: Door = {}) {
  const { address = '127.0.0.1', refuses = () => false } = door;
  const server = createServer((request, response) => {
    if (refuses(request.socket.remoteAddress ?? '')) {
      request.socket.destroy();
      return;
    }
    serve(request, response, handle).catch((error: unknown) => {
      // A stand-in that breaks must be seen at once, not read as the real thing's behaviour.
      process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : String(error)}\n`);
      if (!response.headersSent) response.writeHead(599);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${bound}`,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (asked: Asked) => Promise<Reply> | Reply,
): Promise<void> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) {
      response.writeHead(413).end();
      return;
    }
    chunks.push(chunk);
  }
  const url = request.url ?? '/';
  const [path = '/', query = ''] = url.split('?', 2);
  const reply = await handle({
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    url,
    body: Buffer.concat(chunks),
    peer: request.socket.remoteAddress ?? '',
  });
  const faults = reply.faults ?? [];
  for (const fault of faults)
    if (fault.kind === 'slow') await new Promise((done) => setTimeout(done, fault.ms ?? 1000));
  if (faults.some((fault) => fault.kind === 'hang')) return;
  const drop = faults.find((fault) => fault.kind === 'drop');
  const length = Buffer.byteLength(reply.body);
  response.writeHead(reply.status, { 'content-length': String(length), ...reply.headers });
  if (drop) {
    response.write(Buffer.from(reply.body).subarray(0, drop.bytes ?? 0), () => response.destroy());
    return;
  }
  response.end(reply.body);
}
