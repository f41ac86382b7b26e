import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { decode, encode, type Packet, type Answer as WireRecord } from 'dns-packet';

/** What a server of a test was asked. */
export interface Asked {
  /** As it was written, case and all. */
  readonly name: string;
  readonly type: string;
  readonly proto: 'udp' | 'tcp';
  readonly recursionDesired: boolean;
  readonly edns: boolean;
  /** CD: it is wanted as it is. */
  readonly unverified: boolean;
}

/** What it is to answer. */
export interface Told {
  readonly rcode?: number;
  /** AA; true where absent. */
  readonly authoritative?: boolean;
  readonly cut?: boolean;
  /** AD. */
  readonly verified?: boolean;
  readonly answers?: readonly WireRecord[];
  readonly authorities?: readonly WireRecord[];
  readonly additionals?: readonly WireRecord[];
  /** Messages sent before the answer: the answer's own bytes, spoilt. */
  readonly before?: readonly ((message: Buffer) => Buffer)[];
  /** What is sent in the answer's place. */
  readonly instead?: (message: Buffer) => Buffer;
  /** Milliseconds until the answer is sent, over UDP. */
  readonly lateMs?: number;
  /** Sent by somebody else, from another port. */
  readonly byStranger?: boolean;
}

/** How a server of a test answers; undefined: not at all. */
export type Answering = (asked: Asked) => Told | undefined;

const [AA, TC, AD] = [1 << 10, 1 << 9, 1 << 5];

/** Name servers by loopback address, UDP and TCP, all on one port, with what each was asked. */
export async function openTestServers(servers: Readonly<Record<string, Answering>>) {
  const closing: (() => void)[] = [];
  const asked: (Asked & { server: string })[] = [];
  let port = 0;
  for (const [address, answering] of Object.entries(servers)) {
    const stranger = createSocket('udp4');
    const reply = (message: Buffer, proto: 'udp' | 'tcp', peerPort = 0): Buffer[] => {
      const { id = 0, questions = [], additionals = [], flag_rd } = decode(message);
      const [question] = questions;
      if (!question) return [];
      const heard = {
        name: question.name,
        type: question.type,
        proto,
        recursionDesired: flag_rd,
        edns: additionals.length > 0,
        unverified: (message.readUInt16BE(2) & (1 << 4)) !== 0,
      };
      asked.push({ ...heard, server: address });
      const told = answering({ ...heard, name: question.name.toLowerCase() });
      if (!told) return [];
      const {
        rcode = 0,
        authoritative = true,
        cut = false,
        verified = false,
        before = [],
        byStranger = false,
        lateMs = 0,
        instead,
        ...records
      } = told;
      const flags = rcode | (authoritative ? AA : 0) | (cut ? TC : 0) | (verified ? AD : 0);
      const packet = encode({ type: 'response', id, flags, questions, ...records } as Packet);
      if (byStranger) {
        stranger.send(packet, peerPort, '127.0.0.1');
        return [];
      }
      if (lateMs > 0 && proto === 'udp') {
        const timer = setTimeout(() => udp.send(packet, peerPort, '127.0.0.1'), lateMs);
        closing.push(() => clearTimeout(timer));
        return [];
      }
      return [...before.map((spoil) => spoil(Buffer.from(packet))), instead ? instead(packet) : packet];
    };
    const tcp = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        for (const packet of reply(chunk.subarray(2), 'tcp')) {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(packet.length);
          socket.write(length);
          socket.write(packet);
        }
      });
    });
    await new Promise<void>((resolve, reject) => tcp.once('error', reject).listen(port, address, resolve));
    port = (tcp.address() as { port: number }).port;
    const udp = createSocket('udp4');
    udp.on('message', (message, peer) => {
      for (const packet of reply(message, 'udp', peer.port)) udp.send(packet, peer.port, peer.address);
    });
    await new Promise<void>((resolve) => udp.bind(port, address, resolve));
    closing.push(() => {
      tcp.close();
      udp.close();
      stranger.close();
    });
  }
  return {
    port,
    asked,
    close() {
      for (const close of closing) close();
    },
  };
}

/** Records of the tests' zones. */
export const ns = (name: string, data: string): WireRecord => ({ name, type: 'NS', ttl: 3600, data });
export const a = (name: string, data: string, ttl = 3600): WireRecord => ({ name, type: 'A', ttl, data });
export const txt = (name: string, data: string | Buffer, ttl = 60): WireRecord => ({
  name,
  type: 'TXT',
  ttl,
  data: [data],
});
export const cname = (name: string, data: string): WireRecord => ({ name, type: 'CNAME', ttl: 60, data });
export const soa = (name: string): WireRecord => ({
  name,
  type: 'SOA',
  ttl: 60,
  data: { mname: `ns.${name}`, rname: `h.${name}`, serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
});
export const NXDOMAIN = 3;
