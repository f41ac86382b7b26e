import { BadCommand } from '../values.ts';
import { type MimePart, parseMime } from './mime-part.ts';

/** What BODY[…] asks for, read: part numbers, what of the part, header fields. */
interface Section {
  readonly path: readonly number[];
  readonly what: string;
  readonly fields: readonly string[];
}

/** The bytes (latin1) that a section of a message holds: '', 'HEADER', 'HEADER.FIELDS (To)', 'TEXT', '1.2', '2.MIME'; '' for one that is not there. */
export function readSection(raw: string, text: string): string {
  if (text === '') return raw;
  const { path, what, fields } = parseSection(text);
  const message = parseMime(raw);
  const part = findPart(message, path);
  if (!part) return '';
  if (what === 'MIME') return part.header;
  const { header, body } = path.length > 0 && part.type === 'message/rfc822' ? (part.children[0] ?? part) : part;
  if (what === 'HEADER') return header;
  if (what === 'TEXT') return body;
  if (what === 'HEADER.FIELDS') return pickFields(header, (name) => fields.includes(name));
  if (what === 'HEADER.FIELDS.NOT') return pickFields(header, (name) => !fields.includes(name));
  return part.body;
}

function parseSection(text: string): Section {
  const match = /^((?:\d+(?:\.|$))*)(HEADER\.FIELDS(?:\.NOT)?|HEADER|TEXT|MIME)?(?: \((.*)\))?$/i.exec(text);
  if (!match) throw new BadCommand(`there is no section ${text}`);
  const [, numbers = '', what = '', fields = ''] = match;
  return {
    path: numbers.split('.').filter(Boolean).map(Number),
    what: what.toUpperCase(),
    fields: fields.split(' ').map((field) => field.replaceAll('"', '').toLowerCase()),
  };
}

/** A part by its numbers. What is no multipart has itself as part 1. */
function findPart(message: MimePart, path: readonly number[]): MimePart | undefined {
  let part: MimePart | undefined = message;
  for (const number of path) {
    const holder: MimePart | undefined = part?.type === 'message/rfc822' ? part.children[0] : part;
    part = holder?.type.startsWith('multipart/') ? holder.children[number - 1] : number === 1 ? holder : undefined;
  }
  return part;
}

function pickFields(header: string, wanted: (name: string) => boolean): string {
  const fields = header.trimEnd().split(/\r?\n(?![ \t])/);
  const picked = fields.filter((field) => wanted((field.split(':')[0] ?? '').trim().toLowerCase()));
  return [...picked, '', ''].join('\r\n');
}
