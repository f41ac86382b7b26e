import type { Folder } from './maildir.ts';
import { Refused, type Session } from './session.ts';
import { itemsOf, quote, textOf, type Value } from './values.ts';

const FLAGS = '\\Answered \\Flagged \\Deleted \\Seen \\Draft';

function findFolder(session: Session, value: Value | undefined): Folder {
  const name = textOf(value);
  const folder = session.requireUser().mail.find(name);
  if (!folder) throw new Refused(`[NONEXISTENT] Mailbox doesn't exist: ${name}`);
  return folder;
}

/** `SELECT` and `EXAMINE`. @throws Refused */
export function select(session: Session, args: readonly Value[], isReadOnly: boolean): string {
  session.shut();
  const folder = findFolder(session, args[0]);
  session.open(folder, isReadOnly);
  const unseen = folder.messages.findIndex(({ flags }) => !flags.has('\\Seen'));
  session.say(`* FLAGS (${FLAGS})`);
  session.say(`* OK [PERMANENTFLAGS (${isReadOnly ? '' : `${FLAGS} \\*`})] Flags permitted.`);
  session.say(`* ${folder.messages.length} EXISTS`);
  session.say('* 0 RECENT');
  if (unseen >= 0) session.say(`* OK [UNSEEN ${unseen + 1}] First unseen.`);
  session.say(`* OK [UIDVALIDITY ${folder.uidValidity}] UIDs valid`);
  session.say(`* OK [UIDNEXT ${folder.uidNext}] Predicted next UID`);
  return isReadOnly ? '[READ-ONLY] Examine completed.' : '[READ-WRITE] Select completed.';
}

/** `LIST` and `LSUB`: every folder is subscribed. An empty pattern asks for the separator. */
export function list(session: Session, name: 'LIST' | 'LSUB', args: readonly Value[]): string {
  const { mail } = session.requireUser();
  const pattern = `${textOf(args[0])}${textOf(args[1])}`;
  if (textOf(args[1]) === '') session.say(`* ${name} (\\Noselect) "/" ""`);
  const source = pattern
    .replaceAll(/[^\w%*]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('%', '[^/]*');
  const matches = new RegExp(`^${source}$`, 'i');
  for (const folder of mail.folders) {
    if (!matches.test(folder.name)) continue;
    const attributes = ['\\HasNoChildren', ...(folder.use === undefined ? [] : [folder.use])];
    session.say(`* ${name} (${attributes.join(' ')}) "/" ${quote(folder.name)}`);
  }
  return `${name} completed.`;
}

/** `STATUS`. @throws Refused */
export function status(session: Session, args: readonly Value[]): string {
  const folder = findFolder(session, args[0]);
  const values: Readonly<Record<string, number>> = {
    MESSAGES: folder.messages.length,
    RECENT: 0,
    UIDNEXT: folder.uidNext,
    UIDVALIDITY: folder.uidValidity,
    UNSEEN: folder.messages.filter(({ flags }) => !flags.has('\\Seen')).length,
    SIZE: folder.messages.reduce((sum, { raw }) => sum + raw.length, 0),
  };
  const asked = itemsOf(args[1]).map((item) => textOf(item).toUpperCase());
  const shown = asked.flatMap((name) => (values[name] === undefined ? [] : [`${name} ${values[name]}`]));
  session.say(`* STATUS ${quote(folder.name)} (${shown.join(' ')})`);
  return 'Status completed.';
}

/** `APPEND`: flags and date may be left out; the date is not kept. */
export function append(session: Session, args: readonly Value[]): string {
  const folder = findFolder(session, args[0]);
  const flags = args.find(({ kind }) => kind === 'list');
  const raw = Buffer.from(textOf(args.at(-1)), 'latin1');
  const { uid } = folder.put(raw, session.cow.clock.now(), flags ? itemsOf(flags).map(textOf) : []);
  return `[APPENDUID ${folder.uidValidity} ${uid}] Append completed.`;
}
