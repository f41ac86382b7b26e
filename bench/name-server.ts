import { createSocket } from 'node:dgram';
import type { Answer } from 'dns-packet';
import * as packet from 'dns-packet';

/** Its types leave out the parts. */
const encoders = packet as unknown as { answer: { encode(one: Answer): Uint8Array } };
const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
};
const SOA = { mname: 'ns1.host.test', rname: 'h.host.test', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 300 };
/** What stands at hosts, and at names of every zone ('' is its apex). */
const HOSTS: Readonly<Record<string, readonly object[]>> = {
  'ns1.host.test A': [{ type: 'A', data: '127.0.0.1' }],
  'ns2.host.test A': [{ type: 'A', data: '127.0.0.1' }],
  'mx.host.test A': [{ type: 'A', data: '8.8.8.8' }],
  'spf.host.test TXT': [{ type: 'TXT', data: 'v=spf1 ip4:8.8.0.0/16 -all' }],
  'amazonses.com TXT': [{ type: 'TXT', data: 'v=spf1 ip4:199.255.192.0/22 -all' }],
};
const ZONE: Readonly<Record<string, readonly object[]>> = {
  ' NS': [
    { type: 'NS', data: 'ns1.host.test' },
    { type: 'NS', data: 'ns2.host.test' },
  ],
  ' SOA': [{ type: 'SOA', data: SOA }],
  ' MX': [{ type: 'MX', data: { preference: 10, exchange: 'mx.host.test' } }],
  ' TXT': [{ type: 'TXT', data: 'v=spf1 include:spf.host.test ~all' }],
  '_dmarc TXT': [{ type: 'TXT', data: 'v=DMARC1; p=reject; rua=mailto:dmarc@host.test' }],
  'mail MX': [{ type: 'MX', data: { preference: 10, exchange: 'feedback-smtp.us-east-1.amazonses.com' } }],
  'mail TXT': [{ type: 'TXT', data: 'v=spf1 include:amazonses.com ~all' }],
};
const CONSENT = [{ type: 'TXT', data: 'v=DMARC1' }];
const ROOT = 2;

/** A name server of every domain below .test. It writes bytes by hand, so that it is not what is measured. */
export async function openNameServer(): Promise<{ port: number; asked: () => number; close: () => void }> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 22, sendBufferSize: 1 << 22 });
  const known = new Map<string, { body: Buffer; count: number }>();
  let questions = 0;
  socket.on('message', (message, peer) => {
    questions += 1;
    socket.send(reply(message, known), peer.port, peer.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { port: socket.address().port, asked: () => questions, close: () => socket.close() };
}

function reply(query: Buffer, known: Map<string, { body: Buffer; count: number }>): Buffer {
  const labels: string[] = [];
  const offsets: number[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    offsets.push(at);
    labels.push(
      query
        .subarray(at + 1, at + 1 + length)
        .toString('latin1')
        .toLowerCase(),
    );
    at += length + 1;
  }
  const end = at + 5;
  const type = TYPES[query.readUInt16BE(at + 1)] ?? '';
  const records = find(labels, type);
  const cut = Math.max(0, labels.length - ROOT);
  const key = `${labels.slice(0, cut).join('.')} ${type} ${records === ZONE[`${labels.slice(0, cut).join('.')} ${type}`] ? '' : labels.join('.')}`;
  const there = records && (known.get(key) ?? encodeAll(records));
  if (there) known.set(key, there);
  const body = there?.body ?? negative(offsets[cut] ?? 12);
  const out = Buffer.concat([query.subarray(0, end), body]);
  const isMissing = !records && !TYPES_LIST.some((one) => find(labels, one));
  out.writeUInt16BE(0x8400 | (isMissing ? 3 : 0), 2);
  out.writeUInt16BE(there?.count ?? 0, 6);
  out.writeUInt16BE(there ? 0 : 1, 8);
  out.writeUInt16BE(0, 10);
  return out;
}

const TYPES_LIST = ['A', 'NS', 'MX', 'TXT'];

function find(labels: readonly string[], type: string): readonly object[] | undefined {
  const host = HOSTS[`${labels.join('.')} ${type}`];
  if (host) return host;
  if (type === 'TXT' && labels.at(-2) === 'host' && labels.includes('_report')) return CONSENT;
  return ZONE[`${labels.slice(0, Math.max(0, labels.length - ROOT)).join('.')} ${type}`];
}

/** Records whose owner is the question's name: a pointer to it. */
function encodeAll(records: readonly object[]): { body: Buffer; count: number } {
  const parts = records.map((record) => withOwner({ name: '.', ttl: 300, ...record } as Answer, 12));
  return { body: Buffer.concat(parts), count: parts.length };
}

function negative(zone: number): Buffer {
  return withOwner({ name: '.', type: 'SOA', ttl: 60, data: SOA } as Answer, zone);
}

/** A record as dns-packet writes it for the root, which is one byte, and then the pointer in its place. */
function withOwner(record: Answer, offset: number): Buffer {
  const whole = Buffer.from(encoders.answer.encode(record));
  return Buffer.concat([Buffer.from([0xc0 | (offset >> 8), offset & 0xff]), whole.subarray(1)]);
}
