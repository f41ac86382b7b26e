/** A file that Postfix reads, and the index beside it where its type has one. */
export interface TableFile {
  text: string;
  index?: ReadonlyMap<string, string> | undefined;
  /** Sandbox milliseconds of the last change. */
  changedAt: number;
}

/** A table as main.cf names it. */
export interface Table {
  readonly parameter: string;
  readonly type: string;
  readonly path: string;
}

const INDEXED = ['hash', 'btree', 'lmdb', 'cdb', 'dbm'];
const SUFFIXES: Readonly<Record<string, string>> = { lmdb: 'lmdb', cdb: 'cdb' };

/** Whether a type of table is read from an index that postmap makes. */
export function isIndexed(type: string): boolean {
  return INDEXED.includes(type);
}

/** The file of an index: 'transport.db'. */
export function indexPath({ type, path }: Pick<Table, 'type' | 'path'>): string {
  return `${path}.${SUFFIXES[type] ?? 'db'}`;
}

/** The tables of a parameter's value that are files, as far as they can be edited; 'file' is a plain list of names. */
export function tablesIn(parameter: string, value: string): Table[] {
  return wordsOf(value).flatMap((word) => {
    const [, type = 'file', path = ''] =
      /^(?:proxy:)?(hash|btree|lmdb|cdb|dbm|texthash):(\/[A-Za-z0-9._/+-]+)$/.exec(word) ??
      /^()(\/[A-Za-z0-9._/+-]+)$/.exec(word) ??
      [];
    return path === '' ? [] : [{ parameter, type: type || 'file', path }];
  });
}

/** Names that stand in a parameter's value itself. */
export function namesIn(value: string): string[] {
  return wordsOf(value)
    .filter((word) => !word.includes(':') && !word.startsWith('/'))
    .map((word) => word.toLowerCase());
}

function wordsOf(value: string): string[] {
  return value.split(/[\s,]+/).filter((word) => word !== '');
}

/**
 * What postmap(1) makes of a text: the index, and its complaints, with which it ends well all the same (measured with
 * Postfix 3.7.11). A line that begins with white space continues the one before.
 */
export function postmap({ type, path }: Pick<Table, 'type' | 'path'>, text: string) {
  const index = new Map<string, string>();
  const warnings: string[] = [];
  for (const { line, number } of logicalLines(text)) {
    const [, key = '', value = ''] = /^(\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
    if (key === '' || value === '') {
      warnings.push(`postmap: warning: ${path}, line ${number}: expected format: key whitespace value`);
      continue;
    }
    if (key.endsWith(':'))
      warnings.push(
        `postmap: warning: ${path}, line ${number}: record is in "key: value" format; is this an alias file?`,
      );
    const folded = key.toLowerCase();
    if (index.has(folded))
      warnings.push(`postmap: warning: ${indexPath({ type, path })}: duplicate entry: "${folded}"`);
    else index.set(folded, value);
  }
  return { index, warnings };
}

/** What a table without an index says: a text table, or a list of names. */
export function plainContents(table: Pick<Table, 'type' | 'path'>, text: string): ReadonlyMap<string, string> {
  if (table.type === 'texthash') return postmap(table, text).index;
  return new Map(logicalLines(text).flatMap(({ line }) => namesIn(line).map((name) => [name, 'OK'] as const)));
}

/** Lines without comments, continuations joined; the number is that of the last physical line. */
function logicalLines(text: string): { line: string; number: number }[] {
  const lines: { line: string; number: number }[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const last = lines.at(-1);
    if (/^\s/.test(line) && last) Object.assign(last, { line: `${last.line}${line}`, number: at + 1 });
    else lines.push({ line, number: at + 1 });
  }
  return lines;
}
