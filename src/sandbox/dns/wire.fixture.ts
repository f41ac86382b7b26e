import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { type DecodedPacket, decode, encode, type RecordType } from 'dns-packet';
import { Clock } from '../clock.ts';
import { Faults } from '../faults.ts';
import { Ledger } from '../ledger.ts';
import { openDns } from './main.ts';
import { parseResource, type Resource } from './resource.ts';
import { Zone } from './zone.ts';

/** A DNS world for a test. */
export async function openTestDns() {
  const clock = new Clock();
  const ledger = new Ledger(() => clock.now());
  const faults = new Faults();
  const dns = await openDns({ clock, ledger, faults }, { upstreamTimeoutMs: 150 });
  return { clock, ledger, faults, dns };
}

/** A zone from lines of [name, type, value, ttl?]; SOA TTL 3600 and minimum 120 seconds. */
export function makeZone(origin: string, lines: readonly (readonly [string, string, string, number?])[]): Zone {
  const zone = new Zone(origin, {
    primary: `ns1.${origin}`,
    admin: `hostmaster.${origin}`,
    serial: 7,
    refresh: 900,
    retry: 900,
    expire: 1800,
    minimum: 120,
    ttl: 3600,
  });
  const sets = new Map<string, Resource[]>();
  for (const [name, type, value, ttl = 300] of lines) {
    const key = `${name} ${type}`;
    sets.set(key, [...(sets.get(key) ?? []), parseResource(name, type, ttl, value)]);
  }
  for (const [key, set] of sets) zone.put(key.split(' ')[0] ?? '', key.split(' ')[1] ?? '', set);
  return zone;
}

/** What a server said, with its header's response code, which dns-packet's types leave out. */
export interface Said extends DecodedPacket {
  readonly code: number;
  readonly size: number;
}

/** How to ask. */
export interface Manner {
  readonly proto?: 'udp' | 'tcp';
  readonly recursionDesired?: boolean;
  /** EDNS buffer size; no OPT record where absent. */
  readonly edns?: number;
  readonly ednsVersion?: number;
  readonly klass?: 'IN' | 'CH';
  readonly timeoutMs?: number;
}

/** Asks a server with nothing but sockets and dns-packet; `undefined` is silence. */
export function askWire(address: string, port: number, name: string, type: string, manner: Manner = {}) {
  const query = encode({
    type: 'query',
    id: 4711,
    flags: manner.recursionDesired ? 1 << 8 : 0,
    questions: [{ name, type: type as RecordType, class: manner.klass ?? 'IN' }],
    additionals:
      manner.edns === undefined
        ? []
        : [
            {
              name: '.',
              type: 'OPT',
              udpPayloadSize: manner.edns,
              extendedRcode: 0,
              ednsVersion: manner.ednsVersion ?? 0,
              flags: 0,
              flag_do: false,
              options: [],
            },
          ],
  });
  return sendRaw(address, port, query, manner);
}

/** Sends a message as it is. */
export async function sendRaw(
  address: string,
  port: number,
  message: Buffer,
  { proto = 'udp', timeoutMs = 1000 }: Manner = {},
): Promise<Said | undefined> {
  const reply =
    proto === 'udp' ? await overUdp(address, port, message, timeoutMs) : await overTcp(address, port, message);
  return reply && { ...decode(reply), code: reply.readUInt16BE(2) & 0xf, size: reply.length };
}

function overUdp(address: string, port: number, message: Buffer, timeoutMs: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const finish = (reply?: Buffer) => {
      clearTimeout(timer);
      socket.close();
      resolve(reply);
    };
    const timer = setTimeout(finish, timeoutMs);
    socket.once('message', finish);
    socket.send(message, port, address);
  });
}

function overTcp(address: string, port: number, message: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, address);
    let received = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('connect', () => {
      const prefix = Buffer.alloc(2);
      prefix.writeUInt16BE(message.length);
      // In two pieces: length and message needn't come together.
      socket.write(prefix);
      setTimeout(() => socket.write(message), 5);
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return;
      socket.destroy();
      resolve(received.subarray(2, received.readUInt16BE(0) + 2));
    });
  });
}
