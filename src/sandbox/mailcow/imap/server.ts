import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { World } from '../../world.ts';
import type { Installation } from '../installation.ts';
import { CAPABILITIES } from './access-commands.ts';
import { CommandReader } from './command-reader.ts';
import { run } from './commands.ts';
import { Refused, Session } from './session.ts';
import { BadCommand, parseCommand } from './values.ts';

/** Opens IMAP (RFC 3501, what of RFC 9051 it shares with that) for all mailboxes, in plain text, on a free port. */
export async function openImap(
  world: World,
  cow: Installation,
  address: string,
): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (cow.bans.holds(socket.remoteAddress ?? '')) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(world, cow, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function serve(world: World, cow: Installation, socket: Socket): void {
  const say = (line: string) => {
    if (socket.writable) socket.write(`${line}\r\n`, 'latin1');
  };
  const session = new Session(cow, socket.remoteAddress ?? '', say);
  const reader = new CommandReader(() => say('+ OK'));
  // Commands are answered in their order, however many come at once.
  let last: Promise<unknown> = Promise.resolve();
  const take = (command: Buffer) => {
    const { listens } = session;
    if (listens) {
      session.listens = undefined;
      listens(command.toString('latin1'));
    } else last = last.then(() => answer(world, session, command, socket));
  };
  socket.setNoDelay(true);
  // A client that goes away is the client's business.
  socket.on('error', () => {});
  socket.on('close', () => session.shut());
  socket.on('data', (chunk) => {
    try {
      for (const command of reader.read(chunk)) take(command);
    } catch {
      say('* BYE Too much');
      socket.destroy();
    }
  });
  say(`* OK [CAPABILITY ${CAPABILITIES}] Dovecot ready.`);
}

async function answer(world: World, session: Session, raw: Buffer, socket: Socket): Promise<void> {
  const tag = /^[^\s]+/.exec(raw.toString('latin1'))?.[0] ?? '*';
  try {
    const command = parseCommand(raw);
    if (await isStopped(world, command.name, socket)) return;
    session.say(`${tag} OK ${await run(world, session, command)}`);
  } catch (error) {
    if (error instanceof BadCommand) session.say(`${tag} BAD Error in IMAP command: ${error.message}`);
    else if (error instanceof Refused) session.say(`${tag} NO ${error.message}`);
    else {
      // A stand-in that breaks must be seen at once, not read as the real thing's behaviour.
      process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : String(error)}\n`);
      socket.destroy();
    }
  }
  if (session.isLeaving) socket.end();
}

/** Lets the faults of a command strike: late, never answered, refused for now, or cut off. */
async function isStopped(world: World, name: string, socket: Socket): Promise<boolean> {
  const faults = world.faults.take('mailcow', `imap/${name}`);
  for (const { kind, ms } of faults) {
    if (kind === 'slow') await new Promise((done) => setTimeout(done, ms ?? 1000));
    if (kind === 'error-before' || kind === 'throttle') throw new Refused('[UNAVAILABLE] Temporary failure.');
    if (kind === 'drop') socket.destroy();
    if (kind === 'drop' || kind === 'hang') return true;
  }
  return false;
}
