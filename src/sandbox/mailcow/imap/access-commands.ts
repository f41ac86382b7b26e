import type { World } from '../../world.ts';
import { logIn } from '../login.ts';
import { Refused, type Session } from './session.ts';
import { textOf, type Value } from './values.ts';

export const CAPABILITIES =
  'IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN IDLE ID NAMESPACE SPECIAL-USE UNSELECT UIDPLUS ENABLE';

/** `LOGIN`. @throws Refused */
export function login(world: World, session: Session, args: readonly Value[]): string {
  return enter(world, session, textOf(args[0]), textOf(args[1]));
}

/** `AUTHENTICATE PLAIN`, with the answer in the command (SASL-IR) or on the next line. @throws Refused */
export async function authenticate(world: World, session: Session, args: readonly Value[]): Promise<string> {
  if (textOf(args[0]).toUpperCase() !== 'PLAIN') throw new Refused('[CANNOT] Unsupported authentication mechanism.');
  const given = args[1] === undefined ? await nextLine(session) : textOf(args[1]);
  const [, username = '', password = ''] = Buffer.from(given, 'base64').toString().split('\0');
  return enter(world, session, username, password);
}

function nextLine(session: Session): Promise<string> {
  session.say('+ ');
  return new Promise((resolve) => {
    session.listens = resolve;
  });
}

function enter(world: World, session: Session, username: string, password: string): string {
  const mailbox = logIn(session.cow, 'imap', username, password, session.peer);
  world.ledger.write({
    system: 'mailcow',
    operation: 'imap/LOGIN',
    caller: session.peer,
    request: { username },
    status: mailbox ? 'OK' : 'NO',
    effect: false,
  });
  if (!mailbox) throw new Refused('[AUTHENTICATIONFAILED] Authentication failed.');
  session.mailbox = mailbox;
  return `[CAPABILITY ${CAPABILITIES}] Logged in`;
}
