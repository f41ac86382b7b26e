/** An argument of a command. Texts are bytes as latin1. */
export type Value =
  | { readonly kind: 'atom' | 'string'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Value[] };

/** A command cut into its parts. */
export interface Command {
  readonly tag: string;
  /** Upper case. */
  readonly name: string;
  readonly args: readonly Value[];
}

/** What can't be read as a command. */
export class BadCommand extends Error {}

/** Reads a command as RFC 9051 section 9 writes it. @throws BadCommand */
export function parseCommand(raw: Buffer): Command {
  const text = raw.toString('latin1');
  const [head = '', tag = '', name = ''] = /^([^\s(){"%*\\]+) +([A-Za-z]+)/.exec(text) ?? [];
  if (head === '') throw new BadCommand('no command');
  const reader = new ValueReader(text, head.length);
  return { tag, name: name.toUpperCase(), args: reader.readAll() };
}

class ValueReader {
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  readAll(close = ''): Value[] {
    const values: Value[] = [];
    for (;;) {
      while (this.#text[this.#at] === ' ') this.#at += 1;
      const next = this.#text[this.#at];
      if (next === undefined) {
        if (close !== '') throw new BadCommand('a list has no end');
        return values;
      }
      if (next === close) {
        this.#at += 1;
        return values;
      }
      values.push(this.#read(next));
    }
  }

  #read(next: string): Value {
    if (next === '(') {
      this.#at += 1;
      return { kind: 'list', items: this.readAll(')') };
    }
    if (next === '"') return this.#match(/"((?:[^"\\\r\n]|\\.)*)"/y, (quoted) => quoted.replaceAll(/\\(.)/g, '$1'));
    const literal = this.#find(/\{(\d+)\+?\}\r?\n/y);
    if (literal) {
      const start = this.#at + literal[0].length;
      this.#at = start + Number(literal[1]);
      return { kind: 'string', text: this.#text.slice(start, this.#at) };
    }
    // The brackets of a section hold spaces and lists: BODY.PEEK[HEADER.FIELDS (To)]<0.100>.
    const atom = this.#find(/(?:[^\s()[\]"{]|\[[^\]]*\])+/y);
    if (!atom) throw new BadCommand(`unexpected ${next}`);
    this.#at += atom[0].length;
    return { kind: 'atom', text: atom[0] };
  }

  #match(pattern: RegExp, clean: (text: string) => string): Value {
    const found = this.#find(pattern);
    if (!found) throw new BadCommand('a quoted string has no end');
    this.#at += found[0].length;
    return { kind: 'string', text: clean(found[1] ?? '') };
  }

  #find(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text);
  }
}

/** The text of an argument. @throws BadCommand where it is a list or missing */
export function textOf(value: Value | undefined): string {
  if (value === undefined || value.kind === 'list') throw new BadCommand('a text is missing');
  return value.text;
}

/** The items of a list, or one value as a list of one. */
export function itemsOf(value: Value | undefined): readonly Value[] {
  if (value === undefined) throw new BadCommand('a list is missing');
  return value.kind === 'list' ? value.items : [value];
}

/** A text as an answer carries it: quoted, or as a literal where it can't be; NIL for none. */
export function quote(text: string | undefined): string {
  if (text === undefined) return 'NIL';
  if (/[^\x20-\x7e]/.test(text) || text.length > 1000) return `{${text.length}}\r\n${text}`;
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
