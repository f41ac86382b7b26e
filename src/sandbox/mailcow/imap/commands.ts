import type { World } from '../../world.ts';
import { authenticate, CAPABILITIES, login } from './access-commands.ts';
import { append, list, select, status } from './folder-commands.ts';
import { expunge, fetch, search, store } from './message-commands.ts';
import type { Session } from './session.ts';
import { BadCommand, type Command, textOf, type Value } from './values.ts';

type Handle = (session: Session, args: readonly Value[], world: World) => string | Promise<string>;

/** The commands by name; each says the text of its OK. */
const COMMANDS: Readonly<Record<string, Handle>> = {
  CAPABILITY(session) {
    session.say(`* CAPABILITY ${CAPABILITIES}`);
    return 'Capability completed.';
  },
  NOOP: () => 'NOOP completed.',
  CHECK: () => 'Check completed.',
  ID(session) {
    session.say('* ID ("name" "Dovecot")');
    return 'ID completed.';
  },
  ENABLE(session) {
    session.say('* ENABLED');
    return 'Enabled.';
  },
  NAMESPACE(session) {
    session.say('* NAMESPACE (("" "/")) NIL NIL');
    return 'Namespace completed.';
  },
  LOGOUT(session) {
    session.say('* BYE Logging out');
    session.isLeaving = true;
    return 'Logout completed.';
  },
  LOGIN: (session, args, world) => login(world, session, args),
  AUTHENTICATE: (session, args, world) => authenticate(world, session, args),
  SELECT: (session, args) => select(session, args, false),
  EXAMINE: (session, args) => select(session, args, true),
  LIST: (session, args) => list(session, 'LIST', args),
  LSUB: (session, args) => list(session, 'LSUB', args),
  STATUS: (session, args) => status(session, args),
  APPEND: (session, args) => append(session, args),
  FETCH: (session, args) => fetch(session, args, false),
  SEARCH: (session, args) => search(session, args, false),
  STORE: (session, args) => store(session, args, false),
  EXPUNGE: (session) => expunge(session, undefined),
  UNSELECT(session) {
    session.requireFolder();
    session.shut();
    return 'Unselect completed.';
  },
  CLOSE(session) {
    session.requireFolder();
    if (!session.isReadOnly) expunge(session, undefined);
    session.shut();
    return 'Close completed.';
  },
  async IDLE(session) {
    session.requireUser();
    session.say('+ idling');
    const stop = session.follow();
    await new Promise<string>((resolve) => {
      session.listens = resolve;
    });
    stop();
    return 'Idle completed.';
  },
  UID(session, [what, ...args]) {
    const name = textOf(what).toUpperCase();
    if (name === 'FETCH') return fetch(session, args, true);
    if (name === 'SEARCH') return search(session, args, true);
    if (name === 'STORE') return store(session, args, true);
    if (name === 'EXPUNGE') return expunge(session, args[0]);
    throw new BadCommand(`there is no UID ${name}`);
  },
};

/** Commands under which the numbers of messages must stay as they are (RFC 9051 section 7.5.1). */
const NUMBERED = ['FETCH', 'STORE', 'SEARCH'];

/** Runs a command and tells what has changed meanwhile; the answer is the text of its OK. @throws BadCommand @throws Refused */
export async function run(world: World, session: Session, { name, args }: Command): Promise<string> {
  const handle = COMMANDS[name];
  if (!handle) throw new BadCommand(`Unknown command ${name}`);
  const done = await handle(session, args, world);
  if (session.mailbox) session.catchUp(!NUMBERED.includes(name));
  return done;
}
