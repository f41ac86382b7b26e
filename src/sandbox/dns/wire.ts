import { type Answer, decode, encode, type Packet, type Question as WireQuestion } from 'dns-packet';
import type { Resource } from './resource.ts';

/** Response codes of RFC 1035 section 4.1.1 and their numbers. */
export const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type Rcode = keyof typeof RCODES;

/** What a server answers, before it is fitted to the transport. */
export interface Reply {
  readonly rcode: Rcode;
  readonly aa: boolean;
  /** Recursion available: the resolver only. */
  readonly ra?: boolean;
  readonly answers: readonly Resource[];
  readonly authorities: readonly Resource[];
  readonly additionals: readonly Resource[];
}

/** A query that can be answered. */
export interface Query {
  readonly id: number;
  readonly question: WireQuestion;
  readonly recursionDesired: boolean;
  /** The sender's EDNS buffer size (RFC 6891), `undefined` without an OPT record. */
  readonly udpSize: number | undefined;
}

/** The largest UDP answer (the DNS flag day 2020 size), whatever the client offers. */
const LARGEST_UDP = 1232;
const AA = 1 << 10;
const TC = 1 << 9;
const RD = 1 << 8;
const RA = 1 << 7;

/** Reads a message: a query, a finished refusal to send back, or `undefined` for what deserves no answer. */
export function readQuery(message: Buffer): Query | Buffer | undefined {
  if (message.length < 12) return undefined;
  const flags = message.readUInt16BE(2);
  const isResponse = (flags & 0x8000) !== 0;
  if (isResponse) return undefined;
  if (((flags >> 11) & 0xf) !== 0) return refusal(message, RCODES.NOTIMP);
  if (message.readUInt16BE(4) !== 1) return refusal(message, RCODES.FORMERR);
  let packet: ReturnType<typeof decode>;
  try {
    packet = decode(message);
  } catch {
    return refusal(message, RCODES.FORMERR);
  }
  const [question] = packet.questions ?? [];
  if (!question) return refusal(message, RCODES.FORMERR);
  // Classes other than IN have no zones here.
  if (question.class !== 'IN') return refusal(message, RCODES.REFUSED);
  const opt = packet.additionals?.find((extra) => extra.type === 'OPT');
  const query: Query = {
    id: message.readUInt16BE(0),
    question,
    recursionDesired: packet.flag_rd,
    udpSize: opt?.type === 'OPT' ? opt.udpPayloadSize : undefined,
  };
  if (opt?.type === 'OPT' && opt.ednsVersion !== 0) return badVersion(query);
  return query;
}

/** A bare header with a response code: for messages whose question can't be given back. */
function refusal(message: Buffer, rcode: number): Buffer {
  const reply = Buffer.alloc(12);
  message.copy(reply, 0, 0, 2);
  reply.writeUInt16BE(0x8000 | (message.readUInt16BE(2) & 0x7900) | rcode, 2);
  return reply;
}

function badVersion(query: Query): Buffer {
  const opt: Answer = { ...optRecord(), extendedRcode: 1 };
  return encode({ type: 'response', id: query.id, questions: [query.question], additionals: [opt] });
}

function optRecord(): Extract<Answer, { type: 'OPT' }> {
  return {
    name: '.',
    type: 'OPT',
    udpPayloadSize: LARGEST_UDP,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
}

/** Writes a reply; over UDP one that is too large becomes an empty answer with TC, so that the client comes back by TCP. */
export function writeReply(query: Query, reply: Reply, proto: 'udp' | 'tcp'): Buffer {
  const flags = RCODES[reply.rcode] | (reply.aa ? AA : 0) | (reply.ra ? RA : 0) | (query.recursionDesired ? RD : 0);
  const opt: Answer[] = query.udpSize === undefined ? [] : [optRecord()];
  const base: Packet = { type: 'response', id: query.id, questions: [query.question] };
  const full = encode({
    ...base,
    flags,
    answers: [...reply.answers],
    authorities: [...reply.authorities],
    additionals: [...reply.additionals, ...opt],
  });
  const limit = Math.max(512, Math.min(query.udpSize ?? 512, LARGEST_UDP));
  if (proto === 'tcp' || full.length <= limit) return full;
  return encode({ ...base, flags: flags | TC, additionals: opt });
}
