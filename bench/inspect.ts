import { createSocket } from 'node:dgram';
import { type Answer, decode, encode } from 'dns-packet';
import { Problem } from '../src/core/problem.ts';
import { inspect } from '../src/domains/inspect.ts';
import { openResolver } from '../src/integrations/wire/dns/resolver.ts';

const DOMAINS = 100;
/** One way and back, as to a name server on another continent's edge. */
const LATENCY_MS = 20;

/** A name server for every domain, on UDP, that answers each question after the latency. */
async function openServer() {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 21 });
  let questions = 0;
  socket.on('message', (message, peer) => {
    questions += 1;
    const { id = 0, questions: asked = [] } = decode(message);
    const [question] = asked;
    if (!question) return;
    const { answers, authorities } = answer(question.name, question.type);
    const reply = encode({ type: 'response', id, flags: 1 << 10, questions: [question], answers, authorities });
    setTimeout(() => socket.send(reply, peer.port, peer.address), LATENCY_MS);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { port: socket.address().port, asked: () => questions, close: () => socket.close() };
}

function answer(asked: string, type: string): { answers: Answer[]; authorities: Answer[] } {
  const name = asked.toLowerCase();
  const zone = name.split('.').slice(-2).join('.');
  const at = (data: object): Answer => ({ name: asked, ttl: 300, ...data }) as Answer;
  const soa = {
    name: zone,
    type: 'SOA',
    ttl: 60,
    data: { mname: 'ns1.host.test', rname: 'h.host.test', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
  } as Answer;
  const records: Readonly<Record<string, readonly object[]>> = {
    [`${zone} NS`]: ['ns1.host.test', 'ns2.host.test'].map((data) => ({ type: 'NS', data })),
    'ns1.host.test A': [{ type: 'A', data: '127.0.0.1' }],
    'ns2.host.test A': [{ type: 'A', data: '127.0.0.1' }],
    [`${zone} SOA`]: [soa],
    [`${zone} MX`]: [{ type: 'MX', data: { preference: 10, exchange: 'mx.host.test' } }],
    [`${zone} TXT`]: [{ type: 'TXT', data: 'v=spf1 include:amazonses.com ~all' }],
    [`_dmarc.${zone} TXT`]: [{ type: 'TXT', data: 'v=DMARC1; p=none; rua=mailto:dmarc@host.test' }],
    [`mail.${zone} MX`]: [{ type: 'MX', data: { preference: 10, exchange: 'feedback-smtp.us-east-1.amazonses.com' } }],
  };
  const answers = (records[`${name} ${type}`] ?? []).map(at);
  return { answers, authorities: answers.length > 0 ? [] : [soa] };
}

/** `inspect` of many domains from DNS alone: questions for each, and how many domains a second. */
export async function measureInspect(): Promise<void> {
  const server = await openServer();
  const resolver = openResolver({
    port: server.port,
    publicResolvers: [`127.0.0.1:${server.port}`],
    allowPrivate: true,
  });
  const nobody = async () => {
    throw new Problem('account', 'bench', 'no credentials');
  };
  try {
    const domains = Array.from({ length: DOMAINS }, (_, n) => `inspect${n}.test`);
    const began = performance.now();
    const found = await inspect(domains, { resolver, ses: nobody, sesUnread: nobody, zone: nobody }, [], () => {});
    const seconds = (performance.now() - began) / 1000;
    if (found.differences.length > 0 || found.status !== 'done') throw new Error('the domains are all alike');
    console.log(
      `inspect of ${DOMAINS} domains from DNS alone, two name servers each, ${LATENCY_MS} ms away: ` +
        `${(server.asked() / DOMAINS).toFixed(0)} questions for each domain; ${seconds.toFixed(1)} s, ${(DOMAINS / seconds).toFixed(0)} domains a second (aim: at least 20)`,
    );
  } finally {
    resolver.close();
    server.close();
  }
}
