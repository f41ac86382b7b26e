import type { SMTPServerAddress, SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { Fault } from '../../faults.ts';
import { bytesOf, type Listener, listenSmtp, settle } from '../../mail/listener.ts';
import type { World } from '../../world.ts';
import type { Postfix } from '../postfix/installation.ts';
import { countHops, makeQueueId, receivedHeader } from './letter.ts';
import type { Self } from './next-hop.ts';
import type { Queue } from './queue.ts';

/** Postfix's hopcount_limit. */
const MOST_HOPS = 50;

/** Opens smtpd of a relay: takes mail for what its daemons know, and queues it. */
export async function openIncoming(world: World, postfix: Postfix, queue: Queue, self: Self): Promise<Listener> {
  const { host } = postfix;
  const note = (operation: string, peer: string, request: object, status: number, error?: string) =>
    world.ledger.write({
      system: 'relay',
      operation,
      caller: peer,
      request: { host, ...request },
      status,
      ...(error === undefined ? {} : { error }),
      effect: operation === 'DATA' && status === 250,
    });

  async function meet(operation: string, session: SMTPServerSession): Promise<(kind: Fault['kind']) => boolean> {
    const hit = world.faults.take('relay', operation);
    const find = (kind: Fault['kind']) => hit.find((fault) => fault.kind === kind);
    const slow = find('slow') ?? find('hang');
    if (slow)
      await new Promise((resolve) => setTimeout(resolve, slow.kind === 'hang' ? 3_600_000 : (slow.ms ?? 1000)).unref());
    if (find('drop')) listener.cut(session);
    if (find('error-before') ?? find('throttle')) throw smtpError(451, '4.3.0 Temporary lookup failure');
    return (kind) => find(kind) !== undefined;
  }

  async function admit({ address }: SMTPServerAddress, session: SMTPServerSession): Promise<void> {
    await meet('RCPT', session);
    const { code, text } = postfix.daemons.verdict(address);
    note('RCPT', session.remoteAddress, { to: address }, code, code === 250 ? undefined : text);
    if (code !== 250) throw smtpError(code, text);
  }

  async function take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
    const raw = await bytesOf(stream);
    const has = await meet('DATA', session);
    const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
    const to = session.envelope.rcptTo.map(({ address }) => address);
    const id = makeQueueId();
    const { remoteAddress: ip, hostNameAppearsAs: helo } = session;
    const request = { helo, from, to, id, bytes: raw.length };
    if (countHops(raw) > MOST_HOPS) {
      note('DATA', ip, request, 554, '5.4.0 Error: too many hops');
      throw smtpError(554, '5.4.0 Error: too many hops');
    }
    const trace = receivedHeader({ helo: helo || 'unknown', ip, by: host, id, to, at: world.clock.now() });
    note('DATA', ip, request, 250);
    // As Postfix does: what was queued is answered for, however long its delivery takes.
    queue.send({ id, from, to, raw: Buffer.concat([Buffer.from(trace), raw]) }).catch((error: unknown) => {
      // A stand-in that breaks must be seen at once, not read as the real thing's behaviour.
      process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : String(error)}\n`);
    });
    if (has('error-after')) throw smtpError(451, '4.3.0 Error: queue file write error');
    return `2.0.0 Ok: queued as ${id}`;
  }

  const listener = await listenSmtp(
    {
      name: host,
      banner: 'Postfix',
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      onRcptTo: (recipient, session, done) => settle(admit(recipient, session), done),
      onData(stream, session, done) {
        take(stream, session).then(
          (text) => (done as (error: null, text: string) => void)(null, text),
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
        );
      },
    },
    { address: self.address, port: self.smtpPort },
  );
  return listener;
}

/** A refusal as the SMTP server sends it: a code and a text that begins with the enhanced status code. */
function smtpError(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
