/** One entry of a Postfix table, as its text says it (postmap(1)). */
export interface TableEntry {
  /** Lower case, as postmap keeps keys. */
  readonly key: string;
  readonly value: string;
  /** It stands between our two marks. */
  readonly ours: boolean;
}

/** What is to stand in a table, and what no longer. */
export interface TableEdit {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: ReadonlySet<string>;
}

/** The lines between these two are ours; every other line of a table stays as it is, byte for byte. */
export const BEGIN = '# mailwright begin: lines between these marks are kept by mailwright';
export const END = '# mailwright end';

/** The entries of a table's text: a line that begins with white space continues the one before, `#` begins a comment. */
export function parseTable(text: string): readonly TableEntry[] {
  const entries: TableEntry[] = [];
  let ours = false;
  for (const line of text.split('\n')) {
    if (line.startsWith(BEGIN)) ours = true;
    if (line.startsWith(END)) ours = false;
    if (/^\s*(#|$)/.test(line)) continue;
    const last = entries.at(-1);
    if (/^\s/.test(line)) {
      if (last) entries[entries.length - 1] = { ...last, value: `${last.value} ${line.trim()}`.trim() };
      continue;
    }
    const [, key = '', value = ''] = /^(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
    entries.push({ key: key.toLowerCase(), value, ours });
  }
  return entries;
}

/** The names of a plain list: all of its words, none of which says something of another. */
export function parseNames(text: string): readonly TableEntry[] {
  return parseTable(text).flatMap(({ key, value, ours }) =>
    `${key} ${value}`
      .split(/[\s,]+/)
      .filter((name) => name !== '')
      .map((name) => ({ key: name.toLowerCase(), value: 'OK', ours })),
  );
}

/** What `postmap -s` prints of an index, by key. */
export function parseIndex(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const tab = line.indexOf('\t');
      return tab < 0 ? [line, ''] : [line.slice(0, tab), line.slice(tab + 1)];
    }),
  );
}

/**
 * A table's text with our lines changed. New ones go between our marks, at the end where there are none yet; marks with nothing between
 * them go, so that taking everything back leaves the text as it was found.
 */
export function editTable(text: string, { set, remove }: TableEdit): string {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => line.startsWith(BEGIN));
  const found = begin < 0 ? -1 : lines.findIndex((line, index) => index > begin && line.startsWith(END));
  // Somebody took the second mark away: what follows is theirs as far as anybody knows.
  const end = found < 0 ? begin + 1 : found;
  const inside = begin < 0 ? [] : lines.slice(begin + 1, end);
  const keyOf = (line: string) => (/^[^\s#]/.test(line) ? (line.split(/\s/)[0] ?? '').toLowerCase() : undefined);
  const written = new Set<string>();
  const kept = inside.flatMap((line) => {
    const key = keyOf(line);
    if (key === undefined) return [line];
    if (remove.has(key)) return [];
    const value = set.get(key);
    if (value === undefined) return [line];
    written.add(key);
    return [toLine(key, value)];
  });
  const added = [...set].filter(([key]) => !written.has(key)).map(([key, value]) => toLine(key, value));
  const block = [...kept, ...added];
  const empty = block.every((line) => line.trim() === '');
  const marked = empty ? [] : [BEGIN, ...block, END];
  if (begin >= 0) {
    const after = lines.slice(found < 0 ? begin + 1 : found + 1);
    return [...lines.slice(0, begin), ...marked, ...after].join('\n');
  }
  if (empty) return text;
  const head = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return `${head}${marked.join('\n')}\n`;
}

function toLine(key: string, value: string): string {
  return value === '' ? key : `${key}\t${value}`;
}

/** Keys at which a table's text and the index that the daemons read do not say the same. */
export function differingKeys(entries: readonly TableEntry[], index: ReadonlyMap<string, string>): readonly string[] {
  const said = new Map(entries.map(({ key, value }) => [key, value]));
  const keys = new Set([...said.keys(), ...index.keys()]);
  return [...keys].filter((key) => said.get(key) !== index.get(key));
}
