import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server as TcpServer } from 'node:net';

/** The UDP and TCP socket of one address on the shared port. */
export interface Pair {
  readonly address: string;
  readonly port: number;
  readonly udp: UdpSocket;
  readonly tcp: TcpServer;
}

function bindUdp(address: string, port: number): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    // Roomy, as a burst of questions must not be lost: the sandbox loses messages on request only.
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 21 });
    socket.once('error', reject);
    socket.bind(port, address, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function bindTcp(address: string, port: number): Promise<TcpServer> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

/** Closes both sockets. */
export async function closePair({ udp, tcp }: Pair): Promise<void> {
  await Promise.all([
    new Promise<void>((resolve) => udp.close(() => resolve())),
    new Promise<void>((resolve) => tcp.close(() => resolve())),
  ]);
}

async function bindAll(addresses: readonly string[], wanted: number): Promise<Pair[]> {
  const pairs: Pair[] = [];
  let port = wanted;
  try {
    for (const address of addresses) {
      const tcp = await bindTcp(address, port);
      const bound = tcp.address();
      if (bound !== null && typeof bound === 'object') port = bound.port;
      try {
        pairs.push({ address, port, tcp, udp: await bindUdp(address, port) });
      } catch (error) {
        tcp.close();
        throw error;
      }
    }
    return pairs;
  } catch (error) {
    await Promise.all(pairs.map(closePair));
    throw error;
  }
}

/** Binds all addresses, UDP and TCP, on one port: `port`, or one that is free on all of them. */
export async function bindShared(addresses: readonly string[], port = 0): Promise<Pair[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await bindAll(addresses, port);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EADDRNOTAVAIL') throw new Error(missingAlias(addresses), { cause: error });
      if (code !== 'EADDRINUSE' || port !== 0 || attempt >= 50) throw error;
    }
  }
}

function missingAlias(addresses: readonly string[]): string {
  const fix = addresses.slice(1).map((address) => `sudo ifconfig lo0 alias ${address} up`);
  return `The sandbox's name servers need more loopback addresses than this machine has; add them with: ${fix.join('; ')}`;
}
