/** One tag of a record: 'p=none' has the name 'p' and the value 'none', white space around both left out. */
export interface Tag {
  /** As it is spelt. */
  readonly name: string;
  readonly value: string;
}

/** A record of tags, as DKIM, DMARC, MTA-STS, TLS-RPT and BIMI have it, and what in it is no tag. */
export interface TagList {
  readonly tags: readonly Tag[];
  /** Parts that are no tag, as they stand; '' where two semicolons follow each other. */
  readonly faults: readonly string[];
}

/** Reads 'v=DMARC1; p=none;'. A last semicolon may stand or be left out. Never fails: what is no tag is named. */
export function readTags(text: string): TagList {
  const parts = text.split(';').map(trimBlanks);
  if (parts.at(-1) === '') parts.pop();
  const tags: Tag[] = [];
  const faults: string[] = [];
  for (const part of parts) {
    const at = part.indexOf('=');
    const name = at < 0 ? '' : trimBlanks(part.slice(0, at));
    if (name === '') faults.push(part);
    else tags.push({ name, value: trimBlanks(part.slice(at + 1)) });
  }
  return { tags, faults };
}

/** Without the white space of tag lists (RFC 6376 2.8) around it. By hand: a pattern takes the square of the time for it. */
export function trimBlanks(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && BLANKS.includes(text[from] ?? '')) from += 1;
  while (to > from && BLANKS.includes(text[to - 1] ?? '')) to -= 1;
  return text.slice(from, to);
}

const BLANKS = ' \t\r\n';

/** Names that stand more than once. */
export function twice(tags: readonly Tag[]): string[] {
  const groups = Map.groupBy(tags, ({ name }) => name);
  return [...groups].flatMap(([name, same]) => (same.length > 1 ? [name] : []));
}
