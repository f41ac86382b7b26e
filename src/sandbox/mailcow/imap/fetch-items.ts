import type { Stored } from './maildir.ts';
import { showStructure } from './message/body-structure.ts';
import { showEnvelope } from './message/envelope.ts';
import { parseMime } from './message/mime-part.ts';
import { readSection } from './message/section.ts';
import { BadCommand, itemsOf, textOf, type Value } from './values.ts';

const MACROS: Readonly<Record<string, readonly string[]>> = {
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
};
const KNOWN =
  /^(?:UID|FLAGS|INTERNALDATE|ENVELOPE|BODYSTRUCTURE|BODY|RFC822(?:\.SIZE|\.HEADER|\.TEXT)?|BODY(?:\.PEEK)?\[[^\]]*\](?:<\d+(?:\.\d+)?>)?)$/i;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The names of the items that a FETCH asks for, macros spelt out, UID once where it is wanted anyway. @throws BadCommand where one is none */
export function readItems(value: Value | undefined, withUid: boolean): string[] {
  const asked = itemsOf(value).map(textOf);
  const items = asked.flatMap((item) => MACROS[item.toUpperCase()] ?? [item]);
  const unknown = items.find((item) => !KNOWN.test(item));
  if (unknown !== undefined) throw new BadCommand(`there is no item ${unknown}`);
  return withUid && !items.some((item) => item.toUpperCase() === 'UID') ? ['UID', ...items] : items;
}

/** Whether an item marks a message as seen. */
export function marksSeen(item: string): boolean {
  return /^(?:BODY\[|RFC822(?:\.TEXT)?$)/i.test(item);
}

/** One item of a message with its name, as FETCH answers it. @throws BadCommand where there is no such item */
export function showItem(message: Stored, item: string): string {
  const name = item.toUpperCase();
  const text = () => message.raw.toString('latin1');
  const section = /^BODY(?:\.PEEK)?\[([^\]]*)\](?:<(\d+)(?:\.(\d+))?>)?$/i.exec(item);
  if (section) {
    const [, what = '', from, count] = section;
    const all = readSection(text(), what);
    const bytes =
      from === undefined
        ? all
        : all.slice(Number(from), count === undefined ? undefined : Number(from) + Number(count));
    return `BODY[${what}]${from === undefined ? '' : `<${from}>`} ${literal(bytes)}`;
  }
  switch (name) {
    case 'UID':
      return `UID ${message.uid}`;
    case 'FLAGS':
      return `FLAGS (${[...message.flags].join(' ')})`;
    case 'RFC822.SIZE':
      return `RFC822.SIZE ${message.raw.length}`;
    case 'INTERNALDATE':
      return `INTERNALDATE "${internalDate(message.receivedAt)}"`;
    case 'ENVELOPE':
      return `ENVELOPE ${showEnvelope(parseMime(text()).header)}`;
    case 'BODYSTRUCTURE':
    case 'BODY':
      return `${name} ${showStructure(parseMime(text()), name === 'BODYSTRUCTURE')}`;
    case 'RFC822':
      return `RFC822 ${literal(text())}`;
    case 'RFC822.HEADER':
      return `RFC822.HEADER ${literal(readSection(text(), 'HEADER'))}`;
    case 'RFC822.TEXT':
      return `RFC822.TEXT ${literal(readSection(text(), 'TEXT'))}`;
    default:
      throw new BadCommand(`there is no item ${item}`);
  }
}

function literal(bytes: string): string {
  return `{${bytes.length}}\r\n${bytes}`;
}

/** ' 7-Aug-2026 09:05:00 +0000' */
function internalDate(ms: number): string {
  const date = new Date(ms);
  const day = String(date.getUTCDate()).padStart(2, ' ');
  return `${day}-${MONTHS[date.getUTCMonth()]}-${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} +0000`;
}
