import type { Asked } from '../../http.ts';
import { type Attributes, attributesOf, listOf } from './loose.ts';

/** What a write asks for. */
export interface Body {
  /** Fields of an add or edit; `undefined` where there are none at all. */
  readonly attr: Attributes | undefined;
  /** What an edit or delete is about; `undefined` where nothing is named. */
  readonly items: readonly unknown[] | undefined;
}

/** The body said that it is JSON and is none. */
export class NoJson extends Error {}

/**
 * Reads a write's body: JSON where the Content-Type says so, else the form fields `attr` and `items` with JSON in them.
 * JSON without that header is a form without fields.
 * @throws NoJson
 */
export function readBody({ headers, body }: Asked, action: string): Body {
  if (headers['content-type']?.includes('application/json')) {
    const value = decode(body.toString());
    // PHP reads the JSON text null and no JSON as the same.
    if (value === undefined || value === null) throw new NoJson();
    if (action === 'add') return { attr: attributesOf(value), items: undefined };
    if (action === 'delete') return { attr: undefined, items: itemsOf(value) };
    const { attr, items } = attributesOf(value);
    return { attr: attributesOf(attr), items: itemsOf(items) };
  }
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const fields = new URLSearchParams(isForm ? body.toString() : '');
  const [attr, items] = [fields.get('attr'), fields.get('items')];
  return {
    attr: attr === null ? undefined : attributesOf(decode(attr)),
    items: items === null ? undefined : itemsOf(decode(items)),
  };
}

/** A list, the values of an object, or one value as a list of one. */
function itemsOf(value: unknown): unknown[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.values(value);
  return listOf(value);
}

function decode(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
