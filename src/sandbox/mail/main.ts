import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { z } from 'zod';
import type { StandIn, World } from '../world.ts';
import { evaluate, type Verdicts } from './evaluate.ts';
import { resolverOf } from './resolver.ts';

/** A message in the inbox. */
export interface Received {
  readonly id: string;
  /** Sandbox time, ISO 8601. */
  readonly at: string;
  /** Envelope sender; '' for a bounce. */
  readonly from: string;
  /** Envelope recipients. */
  readonly to: readonly string[];
  readonly raw: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly subject: string;
  readonly text: string;
  readonly verdicts: Verdicts;
  readonly authenticationResults: string;
}

/** How the inbox is opened. */
export interface InboxOptions {
  /** Port to listen at; a free one where absent. */
  readonly port?: number;
}

const SIMULATOR = '@simulator.amazonses.com';
const MOST_KEPT = 10_000;

/** A mailbox that is not there (5xx) or full for now (4xx): refused at RCPT TO. */
const refusalSchema = z.strictObject({
  address: z.string().min(1),
  code: z.int().min(400).max(599).default(550),
  text: z.string().default('5.1.1 user unknown'),
});

/** Opens a mail server on loopback that takes mail for everybody, judges it as a receiver would, and keeps it. Mail to SES's mailbox simulator is taken and gone. */
export async function openInbox(world: World, options: InboxOptions = {}): Promise<StandIn> {
  let kept: Received[] = [];
  const refusals = new Map<string, z.output<typeof refusalSchema>>();
  const resolver = resolverOf(world.internet);

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const raw = await bytesOf(stream);
    const faults = world.faults.take('smtp', 'DATA');
    const fault = (...kinds: string[]) => faults.find(({ kind }) => kinds.includes(kind));
    const slow = fault('slow', 'hang');
    if (slow)
      await new Promise((resolve) => setTimeout(resolve, slow.kind === 'hang' ? 3_600_000 : (slow.ms ?? 1000)).unref());
    if (fault('throttle', 'error-before')) throw notNow();
    const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
    const to = session.envelope.rcptTo.map(({ address }) => address);
    const arrival = { ip: session.remoteAddress, helo: session.hostNameAppearsAs || '', sender: from };
    const stored = to.filter((address) => !address.toLowerCase().endsWith(SIMULATOR));
    if (stored.length > 0) {
      const judged = await evaluate(raw, arrival, resolver);
      const { headers, subject = '', text = '' } = await PostalMime.parse(raw);
      kept.push({
        id: randomUUID(),
        at: new Date(world.clock.now()).toISOString(),
        from,
        to: stored,
        raw: raw.toString('latin1'),
        headers: headers.map(({ originalKey, value }) => ({ name: originalKey, value })),
        subject,
        text,
        ...judged,
      });
      if (kept.length > MOST_KEPT) kept = kept.slice(-MOST_KEPT / 2);
    }
    world.ledger.write({
      system: 'smtp',
      operation: 'DATA',
      caller: session.remoteAddress,
      request: { helo: arrival.helo, from, to, bytes: raw.length },
      status: fault('error-after') ? 451 : 250,
      effect: true,
    });
    if (fault('error-after')) throw notNow();
  }

  const server = new SMTPServer({
    name: 'inbox.sandbox.test',
    banner: 'Mailwright sandbox',
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    // Senders keep connections open; the end of a test must not wait for them.
    closeTimeout: 100,
    onRcptTo({ address }, _session, done) {
      const refused = refusals.get(address.toLowerCase());
      done(refused === undefined ? null : Object.assign(new Error(refused.text), { responseCode: refused.code }));
    },
    onData(stream, session, done) {
      receive(stream, session).then(
        () => done(),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
  // A client that goes away is the client's business.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  // Hosts whose mail it takes: any name below mx.test.
  world.internet.publish('mx.test', '*.mx.test', 'A', ['127.0.0.1'], 3600);

  return {
    name: 'inbox',
    addresses: { smtp: `127.0.0.1:${port}` },
    env: { MAILWRIGHT_SMTP_PORT: String(port), MAILWRIGHT_SMTP_PROBE: `127.0.0.1:${port}` },
    control: {
      'GET /inbox': (_body, query) => kept.filter((message) => matches(message, query)),
      'POST /inbox/refusals': (body) => {
        const refusal = refusalSchema.parse(body);
        refusals.set(refusal.address.toLowerCase(), refusal);
        return refusal;
      },
      'DELETE /inbox/refusals': () => {
        refusals.clear();
        return { cleared: true };
      },
      'DELETE /inbox': () => {
        const removed = kept.length;
        kept = [];
        return { removed };
      },
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What a busy receiver says: RFC 5321 section 4.2.3, with an enhanced status code. */
function notNow(): Error {
  return Object.assign(new Error('4.3.2 Please try again later'), { responseCode: 451 });
}

function matches(message: Received, query: URLSearchParams): boolean {
  const to = query.get('to')?.toLowerCase();
  const id = query.get('messageId')?.replaceAll(/[<>]/g, '');
  const ids = message.headers
    .filter(({ name }) => name.toLowerCase() === 'message-id')
    .map(({ value }) => value.replaceAll(/[<>]/g, ''));
  // SES's id is the local part of the Message-ID that it writes.
  const named =
    id === undefined || message.id === id || ids.some((known) => known === id || known.split('@')[0] === id);
  return named && (to === undefined || message.to.some((address) => address.toLowerCase() === to));
}

async function bytesOf(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
