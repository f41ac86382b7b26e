/** The values of a JSON body as Mailcow takes them: numbers as texts, flags as anything. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Whether a value was given at all. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Whether a value is nothing, zero or empty, which many fields take for "not given". */
export function isEmpty(value: unknown): boolean {
  return !value || value === '0' || (Array.isArray(value) && value.length === 0);
}

/** The whole number that a value begins with, else 0. */
export function intOf(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : 0;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string') return Number(/^\s*[-+]?\d+/.exec(value)?.[0] ?? 0);
  return Array.isArray(value) && value.length > 0 ? 1 : 0;
}

/** The whole number of a field, or `otherwise` where it was not given. */
export function intOr(value: unknown, otherwise: number): number {
  return isGiven(value) ? intOf(value) : otherwise;
}

/** A text, or a number as text; '' for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** A list, or one value as a list of one. */
export function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isGiven(value) ? [value] : [];
}

/** The words of a text that separates by space, comma, semicolon or line break; empty ones stay. */
export function wordsOf(value: unknown): string[] {
  return textOf(value)
    .split(/[ ,;\n]/)
    .map((word) => word.trim());
}

/** A JSON value as an object's fields: a list has its positions, anything else nothing. */
export function attributesOf(value: unknown): Attributes {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
