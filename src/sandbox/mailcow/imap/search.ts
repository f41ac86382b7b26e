import type { Stored } from './maildir.ts';
import { headerOf, parseMime } from './message/mime-part.ts';
import { parseSet } from './sequence-set.ts';
import { BadCommand, textOf, type Value } from './values.ts';

/** Whether a message, at its place in the folder, is one that is looked for. */
export type Criterion = (message: Stored, sequence: number) => boolean;

/** The highest number and UID that '*' stands for. */
export interface Ends {
  readonly sequence: number;
  readonly uid: number;
}

const FLAGS = ['ANSWERED', 'DELETED', 'DRAFT', 'FLAGGED', 'SEEN'];
const DAY_MS = 24 * 3_600_000;

/** Reads the keys of a SEARCH (RFC 9051 section 6.4.4); all must be true. @throws BadCommand */
export function parseSearch(values: readonly Value[], ends: Ends): Criterion {
  const queue = [...values];
  if (queue[0]?.kind === 'atom' && queue[0].text.toUpperCase() === 'CHARSET') queue.splice(0, 2);
  if (queue.length === 0) throw new BadCommand('SEARCH looks for nothing');
  const all: Criterion[] = [];
  while (queue.length > 0) all.push(readKey(queue, ends));
  return (message, sequence) => all.every((one) => one(message, sequence));
}

function readKey(queue: Value[], ends: Ends): Criterion {
  const value = queue.shift();
  if (value === undefined) throw new BadCommand('SEARCH breaks off');
  if (value.kind === 'list') return parseSearch(value.items, ends);
  const key = value.text.toUpperCase();
  if (key === 'ALL' || key === 'OLD') return () => true;
  if (key === 'NEW' || key === 'RECENT') return () => false;
  const flag = FLAGS.find((name) => key === name || key === `UN${name}`);
  if (flag) return ({ flags }) => hasFlag(flags, `\\${flag}`) === (key === flag);
  if (key === 'NOT') {
    const inner = readKey(queue, ends);
    return (message, sequence) => !inner(message, sequence);
  }
  if (key === 'OR') {
    const [one, other] = [readKey(queue, ends), readKey(queue, ends)];
    return (message, sequence) => one(message, sequence) || other(message, sequence);
  }
  if (/^[\d*][\d:,*]*$/.test(key)) {
    const isIn = parseSet(key, ends.sequence);
    return (_message, sequence) => isIn(sequence);
  }
  return readKeyWithText(key, queue, ends);
}

function readKeyWithText(key: string, queue: Value[], ends: Ends): Criterion {
  const text = textOf(queue.shift());
  const wanted = text.toLowerCase();
  const holds = (given: string | undefined) => given?.toLowerCase().includes(wanted) ?? false;
  switch (key) {
    case 'UID': {
      const isIn = parseSet(text, ends.uid);
      return ({ uid }) => isIn(uid);
    }
    case 'HEADER': {
      const content = textOf(queue.shift()).toLowerCase();
      return (message) => headerIn(message, text)?.toLowerCase().includes(content) ?? false;
    }
    case 'SUBJECT':
    case 'FROM':
    case 'TO':
    case 'CC':
    case 'BCC':
      return (message) => holds(headerIn(message, key));
    case 'BODY':
      return ({ raw }) => holds(parseMime(raw.toString('latin1')).body);
    case 'TEXT':
      return ({ raw }) => holds(raw.toString('latin1'));
    case 'KEYWORD':
    case 'UNKEYWORD':
      return ({ flags }) => hasFlag(flags, text) === (key === 'KEYWORD');
    case 'LARGER':
      return ({ raw }) => raw.length > Number(text);
    case 'SMALLER':
      return ({ raw }) => raw.length < Number(text);
    default:
      return readDateKey(key, text);
  }
}

/** SINCE, BEFORE, ON by the day of arrival, SENT… by the Date header; time of day and zone do not count. */
function readDateKey(key: string, text: string): Criterion {
  const [, kind = '', how] = /^(SENT)?(SINCE|BEFORE|ON)$/.exec(key) ?? [];
  const day = Date.parse(`${text} UTC`);
  if (how === undefined || Number.isNaN(day)) throw new BadCommand(`SEARCH knows no ${key} ${text}`);
  return (message) => {
    const at = kind === 'SENT' ? Date.parse(headerIn(message, 'date') ?? '') : message.receivedAt;
    if (Number.isNaN(at)) return false;
    if (how === 'SINCE') return at >= day;
    return how === 'BEFORE' ? at < day : at >= day && at < day + DAY_MS;
  };
}

function headerIn({ raw }: Stored, name: string): string | undefined {
  return headerOf(parseMime(raw.toString('latin1')).header, name);
}

function hasFlag(flags: ReadonlySet<string>, wanted: string): boolean {
  return [...flags].some((flag) => flag.toUpperCase() === wanted.toUpperCase());
}
