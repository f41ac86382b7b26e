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
  const parts = text.split(';').map((part) => part.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''));
  if (parts.length > 1 && parts.at(-1) === '') parts.pop();
  const tags: Tag[] = [];
  const faults: string[] = [];
  for (const part of parts) {
    const at = part.indexOf('=');
    const name = at < 0 ? '' : part.slice(0, at).replace(/[ \t\r\n]+$/, '');
    if (name === '') faults.push(part);
    else tags.push({ name, value: part.slice(at + 1).replace(/^[ \t\r\n]+/, '') });
  }
  return { tags, faults };
}

/** Names that stand more than once. */
export function twice(tags: readonly Tag[]): string[] {
  const groups = Map.groupBy(tags, ({ name }) => name);
  return [...groups].flatMap(([name, same]) => (same.length > 1 ? [name] : []));
}
