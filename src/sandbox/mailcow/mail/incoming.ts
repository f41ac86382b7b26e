import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { evaluate } from '../../mail/evaluate.ts';
import { bytesOf, type Listener, listenSmtp, settle } from '../../mail/listener.ts';
import { resolverOf } from '../../mail/resolver.ts';
import type { World } from '../../world.ts';
import type { Installation } from '../installation.ts';
import { receivedHeader, withoutForgedResults } from './headers.ts';
import { findJudgedClient } from './judged-client.ts';
import type { PostOffice } from './post-office.ts';
import { findRecipient } from './recipients.ts';
import { meetFaults, smtpError } from './smtp-faults.ts';

/** Opens the door that other mail servers knock at: takes mail for what is active here and for nothing else. */
export function openIncoming(
  world: World,
  cow: Installation,
  office: PostOffice,
  { address, port }: { address: string; port: number },
): Promise<Listener> {
  const resolver = resolverOf(world.internet);

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const raw = withoutForgedResults(await bytesOf(stream), cow.hostname);
    const { refusesAfter } = await meetFaults(world.faults, 'smtp/DATA');
    const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
    const to = session.envelope.rcptTo.map((recipient) => recipient.address);
    const arrival = { ip: session.remoteAddress, helo: session.hostNameAppearsAs || 'unknown', sender: from };
    const judged = findJudgedClient(cow, raw, arrival);
    const { verdicts, authenticationResults } = await evaluate(raw, judged, resolver, cow.hostname);
    const isRefused =
      cow.switches.enforcesDmarc && verdicts.dmarc.result === 'fail' && verdicts.dmarc.policy === 'reject';
    if (!isRefused) {
      const [only, ...more] = to;
      const trace = { ...arrival, protocol: 'ESMTP', by: cow.hostname, at: world.clock.now() } as const;
      const received = receivedHeader(only === undefined || more.length > 0 ? trace : { ...trace, recipient: only });
      const results = `Authentication-Results: ${authenticationResults.replaceAll('; ', ';\r\n\t')}\r\n`;
      await office.deliver({ from, to, raw: Buffer.concat([Buffer.from(results + received), raw]) });
    }
    world.ledger.write({
      system: 'mailcow',
      operation: 'smtp/DATA',
      caller: arrival.ip,
      request: { helo: arrival.helo, from, to, bytes: raw.length, judged: judged.ip, verdicts },
      status: isRefused ? 554 : refusesAfter ? 451 : 250,
      effect: !isRefused,
    });
    if (isRefused) throw smtpError(554, '5.7.1 Rejected by DMARC policy');
    if (refusesAfter) throw smtpError(451, '4.3.0 Try again later');
  }

  function refuse(to: string, session: SMTPServerSession): Error | null {
    const refusal = refusalOf(cow, to);
    if (!refusal) return null;
    world.ledger.write({
      system: 'mailcow',
      operation: 'smtp/RCPT',
      caller: session.remoteAddress,
      request: { to },
      status: refusal.responseCode,
      error: refusal.message,
      effect: false,
    });
    return refusal;
  }

  return listenSmtp(
    {
      name: cow.hostname,
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      onRcptTo: (recipient, session, done) => done(refuse(recipient.address, session)),
      onData: (stream, session, done) => settle(receive(stream, session), done),
    },
    { address, port, refuses: (peer) => cow.bans.holds(peer) },
  );
}

/** Postfix's words for a recipient that it does not take, or whose mailbox is full. */
function refusalOf(cow: Installation, to: string): ReturnType<typeof smtpError> | undefined {
  const recipient = findRecipient(cow, to);
  if (recipient === 'foreign') return smtpError(554, `5.7.1 <${to}>: Relay access denied`);
  if (recipient === 'unknown')
    return smtpError(550, `5.1.1 <${to}>: Recipient address rejected: User unknown in virtual mailbox table`);
  const full = [...recipient.mailboxes].some(({ quota, mail }) => quota > 0 && mail.bytes >= quota);
  return full
    ? smtpError(552, `5.2.2 <${to}>: Recipient address rejected: Mailbox is full / quota exceeded`)
    : undefined;
}
