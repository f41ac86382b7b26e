import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { decode, encode, type RecordType } from 'dns-packet';
import { foldName } from './names.ts';
import type { Resource } from './resource.ts';

/** One question to one server. */
export interface Asking {
  readonly server: string;
  readonly port: number;
  readonly name: string;
  readonly type: string;
  readonly recursionDesired: boolean;
  readonly timeoutMs: number;
  /** Told the source port before the question leaves ('udp:40001'), so that servers can know the sandbox's own questions. */
  readonly onSource: (source: string) => () => void;
}

/** What the server said. */
export interface Heard {
  /** Response code number, RFC 1035 section 4.1.1. */
  readonly rcode: number;
  readonly aa: boolean;
  readonly answers: readonly Resource[];
  readonly authorities: readonly Resource[];
  readonly additionals: readonly Resource[];
}

const RD = 1 << 8;
const EDNS_SIZE = 1232;

/** Asks over UDP, and again over TCP where the answer was cut. `undefined`: no usable answer in time. */
export async function ask(asking: Asking): Promise<Heard | undefined> {
  const id = Math.floor(Math.random() * 65_536);
  const query = encode({
    type: 'query',
    id,
    flags: asking.recursionDesired ? RD : 0,
    // The type is any of the wire's; unknown ones are named UNKNOWN_n by the encoder itself.
    questions: [{ name: asking.name, type: asking.type as RecordType }],
    additionals: [
      {
        name: '.',
        type: 'OPT',
        udpPayloadSize: EDNS_SIZE,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
  const first = await overUdp(asking, query, id);
  if (!first) return undefined;
  if (!first.cut) return first.heard;
  return (await overTcp(asking, query, id))?.heard;
}

function read(message: Buffer, { name, type }: Asking, id: number): { heard: Heard; cut: boolean } | undefined {
  if (message.length < 12 || message.readUInt16BE(0) !== id) return undefined;
  try {
    const packet = decode(message);
    const [question] = packet.questions ?? [];
    // A bare refusal carries no question; anything else must repeat ours.
    if (question && (foldName(question.name) !== foldName(name) || question.type !== type)) return undefined;
    const records = (list: typeof packet.answers) =>
      (list ?? []).filter((record): record is Resource => record.type !== 'OPT');
    return {
      cut: packet.flag_tc,
      heard: {
        rcode: message.readUInt16BE(2) & 0xf,
        aa: packet.flag_aa,
        answers: records(packet.answers),
        authorities: records(packet.authorities),
        additionals: records(packet.additionals),
      },
    };
  } catch {
    return undefined;
  }
}

function overUdp(asking: Asking, query: Buffer, id: number): Promise<ReturnType<typeof read>> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    let release = () => {};
    const finish = (result: ReturnType<typeof read>) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.close();
      release();
      resolve(result);
    };
    const timer = setTimeout(() => finish(undefined), asking.timeoutMs);
    socket.on('error', () => finish(undefined));
    socket.on('message', (message) => {
      const result = read(message, asking, id);
      if (result) finish(result);
    });
    socket.connect(asking.port, asking.server, () => {
      release = asking.onSource(`udp:${socket.address().port}`);
      socket.send(query);
    });
  });
}

function overTcp(asking: Asking, query: Buffer, id: number): Promise<ReturnType<typeof read>> {
  return new Promise((resolve) => {
    const socket = connect(asking.port, asking.server);
    let release = () => {};
    let received = Buffer.alloc(0);
    const finish = (result: ReturnType<typeof read>) => {
      clearTimeout(timer);
      socket.destroy();
      release();
      resolve(result);
    };
    const timer = setTimeout(() => finish(undefined), asking.timeoutMs);
    socket.on('error', () => finish(undefined));
    socket.on('end', () => finish(undefined));
    socket.on('connect', () => {
      release = asking.onSource(`tcp:${socket.localPort ?? 0}`);
      const prefix = Buffer.alloc(2);
      prefix.writeUInt16BE(query.length);
      socket.write(Buffer.concat([prefix, query]));
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return;
      finish(read(received.subarray(2, received.readUInt16BE(0) + 2), asking, id));
    });
  });
}
