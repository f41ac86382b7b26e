import { invalidInput } from './errors.ts';

/** An element: text or children. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const TOKEN =
  /<\?xml[^>]*\?>|<\/(?<end>\w+)\s*>|<(?<start>\w+)(?:\s+[\w:]+="[^"<]*")*\s*(?<closed>\/?)>|(?<text>[^<]+)/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads a document as AWS's clients write it: elements and text, no comments, CDATA or DTD. @throws AwsError InvalidInput */
export function readXml(document: string): XmlElement {
  const open: { name: string; text: string; children: XmlElement[] }[] = [{ name: '', text: '', children: [] }];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < document.length) {
    const { end, start, closed, text } = TOKEN.exec(document)?.groups ?? malformed();
    const here = open.at(-1) ?? malformed();
    if (text !== undefined) here.text += readEntities(text);
    if (start !== undefined) {
      const element = { name: start, text: '', children: [] };
      here.children.push(element);
      if (closed !== '/') open.push(element);
    }
    if (end !== undefined) {
      if (here.name !== end || open.length === 1) malformed();
      open.pop();
    }
  }
  const [root] = open[0]?.children ?? [];
  if (open.length !== 1 || !root || open[0]?.children.length !== 1) malformed();
  return root;
}

/** An element as the SDKs write its shape: objects by element name; `lists` names elements that hold a list. */
export function toShape(element: XmlElement, lists: readonly string[]): unknown {
  if (lists.includes(element.name)) return element.children.map((child) => toShape(child, lists));
  if (element.children.length === 0) return element.text;
  return Object.fromEntries(element.children.map((child) => [child.name, toShape(child, lists)]));
}

function readEntities(text: string): string {
  return text.replaceAll(/&(#x?)?(\w+);|&/gi, (_all, number: string | undefined, body: string | undefined) => {
    const known = number === undefined ? ENTITIES[body ?? ''] : undefined;
    if (known !== undefined) return known;
    const code = Number.parseInt(body ?? '', number?.toLowerCase() === '#x' ? 16 : 10);
    return number === undefined || Number.isNaN(code) ? malformed() : String.fromCodePoint(code);
  });
}

function malformed(): never {
  throw invalidInput('Unable to parse the request: it is not well-formed XML.');
}
