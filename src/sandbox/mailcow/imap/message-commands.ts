import { marksSeen, readItems, showItem } from './fetch-items.ts';
import { parseSearch } from './search.ts';
import { parseSet } from './sequence-set.ts';
import { Refused, type Session } from './session.ts';
import { BadCommand, itemsOf, textOf, type Value } from './values.ts';

/** The messages of a set of numbers, or of UIDs. */
function pick(session: Session, set: Value | undefined, byUid: boolean) {
  const { messages } = session;
  const last = byUid ? (messages.at(-1)?.message.uid ?? 0) : messages.length;
  const isIn = parseSet(textOf(set), last);
  return messages.filter(({ sequence, message }) => isIn(byUid ? message.uid : sequence));
}

/** `FETCH` and `UID FETCH`: what is not only peeked at is seen. */
export function fetch(session: Session, [set, items]: readonly Value[], byUid: boolean): string {
  session.requireFolder();
  const asked = readItems(items, byUid);
  for (const { sequence, message } of pick(session, set, byUid)) {
    const becomesSeen = !session.isReadOnly && asked.some(marksSeen) && !message.flags.has('\\Seen');
    if (becomesSeen) message.flags.add('\\Seen');
    const shown = becomesSeen && !asked.includes('FLAGS') ? [...asked, 'FLAGS'] : asked;
    session.say(`* ${sequence} FETCH (${shown.map((item) => showItem(message, item)).join(' ')})`);
  }
  return 'Fetch completed.';
}

/** `SEARCH` and `UID SEARCH`. */
export function search(session: Session, args: readonly Value[], byUid: boolean): string {
  const { messages } = session;
  const folder = session.requireFolder();
  const isWanted = parseSearch(args, { sequence: messages.length, uid: folder.uidNext - 1 });
  const found = messages.filter(({ message, sequence }) => isWanted(message, sequence));
  session.say(['* SEARCH', ...found.map(({ sequence, message }) => (byUid ? message.uid : sequence))].join(' '));
  return 'Search completed.';
}

/** `STORE` and `UID STORE`: sets, adds or takes away flags. @throws Refused in a folder that was opened to be read */
export function store(session: Session, [set, how, ...flags]: readonly Value[], byUid: boolean): string {
  session.requireFolder();
  if (session.isReadOnly) throw new Refused('[READ-ONLY] Mailbox is read-only.');
  const [, sign = '', silent] = /^([+-]?)FLAGS(\.SILENT)?$/i.exec(textOf(how)) ?? [];
  if (!/^[+-]?FLAGS/i.test(textOf(how))) throw new BadCommand('STORE changes flags alone');
  const given = flags.flatMap((value) => itemsOf(value).map(textOf));
  for (const { sequence, message } of pick(session, set, byUid)) {
    if (sign === '') message.flags.clear();
    for (const flag of given) {
      if (sign === '-') message.flags.delete(flag);
      else message.flags.add(flag);
    }
    const uid = byUid ? ` UID ${message.uid}` : '';
    if (silent === undefined) session.say(`* ${sequence} FETCH (FLAGS (${[...message.flags].join(' ')})${uid})`);
  }
  return 'Store completed.';
}

/** `EXPUNGE`, or `UID EXPUNGE` of a set: removes what is marked as deleted. @throws Refused in a folder that was opened to be read */
export function expunge(session: Session, set: Value | undefined): string {
  const folder = session.requireFolder();
  if (session.isReadOnly) throw new Refused('[READ-ONLY] Mailbox is read-only.');
  const among = set === undefined ? session.messages : pick(session, set, true);
  const gone = among.filter(({ message }) => message.flags.has('\\Deleted'));
  if (gone.length > 0) folder.remove(new Set(gone.map(({ message }) => message.uid)));
  return 'Expunge completed.';
}
