import type { SMTPServerAuthentication, SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { bytesOf, type Listener, listenSmtp, settle } from '../../mail/listener.ts';
import type { World } from '../../world.ts';
import type { Installation } from '../installation.ts';
import { logIn } from '../login.ts';
import { receivedHeader } from './headers.ts';
import type { PostOffice } from './post-office.ts';
import { findRecipient, ownsAddress } from './recipients.ts';
import { signMessage } from './sign.ts';
import { meetFaults, smtpError } from './smtp-faults.ts';

/** Opens the door for people with a mailbox: they log in, send as themselves to anybody, and their mail is signed. */
export function openSubmission(
  world: World,
  cow: Installation,
  office: PostOffice,
  address: string,
): Promise<Listener> {
  const note = (operation: string, session: SMTPServerSession, request: object, status: number, effect: boolean) =>
    world.ledger.write({ system: 'mailcow', operation, caller: session.remoteAddress, request, status, effect });

  async function enter({ username, password }: SMTPServerAuthentication, session: SMTPServerSession) {
    const mailbox = logIn(cow, 'smtp', username ?? '', password ?? '', session.remoteAddress);
    note('submission/AUTH', session, { username }, mailbox ? 235 : 535, false);
    if (!mailbox) throw smtpError(535, '5.7.8 Error: authentication failed');
    return mailbox.username;
  }

  async function send(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const raw = await bytesOf(stream);
    const { refusesAfter } = await meetFaults(world.faults, 'submission/DATA');
    const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
    const to = session.envelope.rcptTo.map((recipient) => recipient.address);
    const signed = await signMessage(cow, from, raw);
    const results = `Authentication-Results: ${cow.hostname};\r\n\tauth=pass smtp.auth=${session.user} smtp.mailfrom=${from}\r\n`;
    const received = receivedHeader({
      helo: session.hostNameAppearsAs || 'unknown',
      ip: session.remoteAddress,
      protocol: 'ESMTPA',
      by: cow.hostname,
      at: world.clock.now(),
    });
    await office.deliver({ from, to, raw: Buffer.concat([Buffer.from(results + received), signed]) });
    note(
      'submission/DATA',
      session,
      { user: session.user, from, to, bytes: raw.length },
      refusesAfter ? 451 : 250,
      true,
    );
    if (refusesAfter) throw smtpError(451, '4.3.0 Try again later');
  }

  function senderRefusal(from: string, session: SMTPServerSession): Error | null {
    const mailbox = cow.mailboxes.get(String(session.user));
    if (mailbox && (!cow.switches.checksSender || from === '' || ownsAddress(cow, mailbox, from))) return null;
    return smtpError(553, `5.7.1 <${from}>: Sender address rejected: not owned by user ${session.user}`);
  }

  return listenSmtp(
    {
      name: cow.hostname,
      authMethods: ['PLAIN', 'LOGIN'],
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth(auth, session, done) {
        enter(auth, session).then(
          (user) => done(null, { user }),
          (error: Error) => done(error),
        );
      },
      onMailFrom: (sender, session, done) => done(senderRefusal(sender.address, session)),
      onRcptTo(recipient, _session, done) {
        const isNobody = findRecipient(cow, recipient.address) === 'unknown';
        const text = `5.1.1 <${recipient.address}>: Recipient address rejected: User unknown in virtual mailbox table`;
        done(isNobody ? smtpError(550, text) : null);
      },
      onData: (stream, session, done) => settle(send(stream, session), done),
    },
    { address, port: 0, refuses: (peer) => cow.bans.holds(peer) },
  );
}
