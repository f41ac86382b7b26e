import { randomFillSync } from 'node:crypto';
import { connect } from 'node:net';
import { decode, encode, type RecordType, type Answer as WireRecord } from 'dns-packet';
import { type DnsSockets, openDnsSockets, type Place } from './dns-sockets.ts';

/** One question to one server. */
export interface DnsQuery {
  /** IPv4 or IPv6 address. */
  readonly address: string;
  readonly port: number;
  readonly name: string;
  readonly type: RecordType;
  /** RD: for recursive resolvers; an authoritative server is asked for what it holds itself. */
  readonly recursive: boolean;
  /** verify: whether the resolver has verified the answer is of interest (AD, RFC 6840 5.7) · unverified: it is wanted as it is (CD). */
  readonly dnssec?: 'verify' | 'unverified';
  /** Ends the question early, as silence; over UDP the sockets do, when they are closed. */
  readonly signal?: AbortSignal;
  /** Those of a client that asks many questions; without them the question has one of its own. */
  readonly sockets?: DnsSockets;
}

/** What the server said (RFC 1035 4.1). Names as the server wrote them, TTLs in seconds. */
export interface DnsReply {
  /** 'NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED' … */
  readonly rcode: string;
  /** AA: the server holds the zone itself. */
  readonly authoritative: boolean;
  /** AD: the resolver has verified it by DNSSEC. */
  readonly verified: boolean;
  readonly answers: readonly WireRecord[];
  readonly authorities: readonly WireRecord[];
  readonly additionals: readonly WireRecord[];
}

/** No usable answer, and why: 'no answer in 2 s', 'connection refused'. */
export interface DnsSilence {
  readonly silence: string;
  /** It does not mean that the server is dead: something came of it, or nobody asked it. */
  readonly isAlive?: true;
}

const TRY_MS = 1000;
const TRIES = 2;
/** What fits everywhere in one datagram (DNS flag day 2020). */
const EDNS_SIZE = 1232;
/** Labels of 1 to 63 bytes, 253 together, without the escapes of zone files: what is no such name would be written as another one. */
const ASKABLE = /^(?:\.|(?!.{254})(?:[!-\-/-[\]-~]{1,63}\.)*[!-\-/-[\]-~]{1,63}\.?)$/;
const HEADER_BYTES = 12;
/** An OPT record without options (RFC 6891 6.1.2). */
const OPT_BYTES = 11;
const [QR, AA, TC, RD, AD, CD] = [1 << 15, 1 << 10, 1 << 9, 1 << 8, 1 << 5, 1 << 4];
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];
const TROUBLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENETUNREACH: 'network unreachable',
  EHOSTUNREACH: 'host unreachable',
  EMFILE: 'too many open sockets',
  ENOTFOUND: 'nobody has its name',
  EAI_AGAIN: 'its name could not be looked up',
};

/** How the question is put. */
interface Manner {
  readonly mixed: boolean;
  readonly edns: boolean;
}

/** Codes of a server that does not understand EDNS, or no version of it (RFC 6891 7; NOTIMP by RFC 2671 5.3). */
const NO_EDNS: ReadonlySet<string> = new Set(['FORMERR', 'NOTIMP', 'BADVERS']);
const UNREADABLE: DnsSilence = { silence: 'an answer that can’t be read', isAlive: true };

/**
 * Asks one server one question: two tries over UDP of a second each, and over TCP (two seconds) where the answer did not fit.
 * An answer counts only from the server's own address and port, with the question's random id and random case
 * (draft-vixie-dnsext-dns0x20), so that nobody else can give it; everything else is not heard. A server that answers in a case of its own
 * is asked again in plain lower case, one that does not understand EDNS without it (RFC 6891 7). Never throws.
 */
export async function askServer(query: DnsQuery): Promise<DnsReply | DnsSilence> {
  if (!ASKABLE.test(query.name)) return { silence: 'it is no name that could be asked', isAlive: true };
  const until = performance.now() + TRIES * TRY_MS;
  let manner: Manner = { mixed: true, edns: true };
  for (let failures = 0; failures < TRIES; ) {
    const heard = await overUdp(query, manner, until);
    if (heard === 'cut') return overTcp(query, true);
    if (heard === 'late') break;
    if (heard === 'recased') manner = { ...manner, mixed: false };
    // An error of the network ends all questions of a socket, whichever of them it was about: each is asked once more, on another one.
    else if ('failed' in heard) {
      failures += 1;
      if (failures === TRIES) return { silence: heard.failed };
    } else if ('rcode' in heard && NO_EDNS.has(heard.rcode) && manner.edns) manner = { ...manner, edns: false };
    else return heard;
  }
  return { silence: `no answer in ${(TRIES * TRY_MS) / 1000} s` };
}

/** The same over TCP at once: what an answer that does not fit a datagram needs. */
export async function askServerByTcp(query: DnsQuery): Promise<DnsReply | DnsSilence> {
  return overTcp(query, false);
}

function writeQuery({ name, type, recursive, dnssec }: DnsQuery, { mixed, edns }: Manner): Buffer {
  return encode({
    type: 'query',
    id: chance(2).readUInt16BE(),
    flags: (recursive ? RD : 0) | (dnssec === 'verify' ? AD : 0) | (dnssec === 'unverified' ? CD : 0),
    questions: [{ name: mixed ? mixCase(name) : name.toLowerCase(), type }],
    additionals: edns
      ? [
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
        ]
      : [],
  });
}

/** Random bytes are drawn by the kilobyte: a call to the system's generator for each question is a tenth of its cost. */
const drawn = Buffer.alloc(8192);
let used = drawn.length;

/** The next `count` bytes, each given out once. */
function chance(count: number): Buffer {
  if (used + count > drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += count;
  return drawn.subarray(used - count, used);
}

function mixCase(name: string): string {
  const bits = chance(name.length);
  return name.replace(/[a-z]/gi, (letter, at: number) =>
    (bits[at] ?? 0) & 1 ? letter.toUpperCase() : letter.toLowerCase(),
  );
}

/**
 * The answer to the query; 'cut' where it has to be fetched over TCP, 'recased' where its question has another case; undefined for what
 * answers something else.
 */
function readReply(
  message: Buffer,
  query: Buffer,
  { mixed, edns }: Manner,
): DnsReply | DnsSilence | 'cut' | 'recased' | undefined {
  if (message.length < HEADER_BYTES || message.readUInt16BE(0) !== query.readUInt16BE(0)) return undefined;
  const flags = message.readUInt16BE(2);
  if ((flags & QR) === 0) return undefined;
  const rcode = RCODES[flags & 0xf] ?? `RCODE ${flags & 0xf}`;
  const questions = message.readUInt16BE(4);
  const asked = query.subarray(HEADER_BYTES, query.length - (edns ? OPT_BYTES : 0));
  const echoed = message.subarray(HEADER_BYTES, HEADER_BYTES + asked.length);
  // A server that could not read the question may refuse it with the bare header.
  if (questions === 0 ? rcode === 'NOERROR' || rcode === 'NXDOMAIN' : questions !== 1) return undefined;
  if (questions === 1 && !asked.equals(echoed)) {
    if (!isSameName(asked, echoed)) return undefined;
    if (mixed) return 'recased';
  }
  // The rest of a cut message may end anywhere.
  if (flags & TC) return 'cut';
  try {
    const { answers = [], authorities = [], additionals = [] } = decode(message);
    // A record that says to be longer than its message ends is read to some end, and is not what stands there.
    if (!(decode.bytes <= message.length)) return UNREADABLE;
    const [authoritative, verified] = [(flags & AA) !== 0, (flags & AD) !== 0];
    return { rcode: extended(rcode, flags, additionals), authoritative, verified, answers, authorities, additionals };
  } catch {
    return UNREADABLE;
  }
}

/** The rest of the code stands in the OPT record (RFC 6891 6.1.3): the header alone would say NOERROR of a refusal. */
function extended(rcode: string, flags: number, additionals: readonly WireRecord[]): string {
  const upper = additionals.find((record) => record.type === 'OPT')?.extendedRcode ?? 0;
  const whole = (upper << 4) | (flags & 0xf);
  return upper === 0 ? rcode : whole === 16 ? 'BADVERS' : `RCODE ${whole}`;
}

function isSameName(a: Buffer, b: Buffer): boolean {
  return a.toString('latin1').toLowerCase() === b.toString('latin1').toLowerCase();
}

/** What came of one try; failed: why the socket can't be used. */
type Heard = DnsReply | DnsSilence | { readonly failed: string } | 'cut' | 'recased' | 'late';

function overUdp(query: DnsQuery, manner: Manner, until: number): Promise<Heard> {
  const { address, port, recursive, signal, sockets = openDnsSockets() } = query;
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve({ silence: 'stopped' });
    const places: Place[] = [];
    const finish = (heard: Heard) => {
      clearTimeout(timer);
      for (const place of places) place.leave();
      resolve(heard);
    };
    const put = (manner: Manner) => {
      const message = writeQuery(query, manner);
      const place = sockets.take(address, port, {
        hear(answer) {
          const heard = readReply(answer, message, manner);
          if (heard) finish(heard);
        },
        fail: (error) => finish({ failed: trouble(error) }),
      });
      places.push(place);
      place.send(message);
    };
    // What answers the first try late is heard as well. Some servers, or what stands before them, drop what has EDNS without a word.
    const again = () => {
      const left = until - performance.now();
      if (left <= 0) return finish('late');
      timer = setTimeout(() => finish('late'), left);
      put({ ...manner, edns: manner.edns && recursive });
    };
    let timer = setTimeout(again, TRY_MS);
    put(manner);
  });
}

/** Nobody else can answer in a connection: the question's case stays plain, which servers may have their own way with. */
function overTcp(query: DnsQuery, isCut: boolean): Promise<DnsReply | DnsSilence> {
  const { address, port, signal } = query;
  const manner = { mixed: false, edns: true };
  const message = writeQuery(query, manner);
  return new Promise((resolve) => {
    const socket = connect(port, address);
    let received = Buffer.alloc(0);
    const finish = (heard: DnsReply | DnsSilence) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.destroy();
      resolve(heard);
    };
    const unheard = (why: string) =>
      finish(
        isCut ? { silence: `the answer is too large for UDP; over TCP: ${why}`, isAlive: true } : { silence: why },
      );
    const stop = () => finish({ silence: 'stopped' });
    const timer = setTimeout(() => unheard(`no answer in ${(TRIES * TRY_MS) / 1000} s`), TRIES * TRY_MS);
    if (signal?.aborted) return stop();
    signal?.addEventListener('abort', stop);
    socket.on('error', (error: NodeJS.ErrnoException) => unheard(trouble(error)));
    socket.on('end', () => unheard('the connection was closed'));
    socket.on('connect', () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      socket.write(Buffer.concat([length, message]));
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return;
      const heard = readReply(received.subarray(2, received.readUInt16BE(0) + 2), message, manner);
      if (heard === undefined || typeof heard === 'string') unheard(UNREADABLE.silence);
      else if ('silence' in heard) unheard(heard.silence);
      else finish(heard);
    });
  });
}

function trouble(error: NodeJS.ErrnoException): string {
  return TROUBLE[error.code ?? ''] ?? error.code ?? error.message;
}
