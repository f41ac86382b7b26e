/**
 * A name as the stand-in keeps it: lower case, octal escapes read, no trailing dot.
 * Wildcards come as `*` or `\052`; anything can be escaped (developer guide, "DNS domain name format").
 * @throws RangeError for what is no name
 */
export function readName(text: string): string {
  const name = text
    .replace(/\.$/, '')
    .replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .toLowerCase();
  const labels = name.split('.');
  const sound = labels.every((label) => label.length > 0 && label.length <= 63 && !/[^\x21-\x7e]|\\/.test(label));
  if (!sound || name.length > 253) throw new RangeError(`'${text}' is not a valid domain name`);
  return name;
}

/** A name as Route 53 answers it: everything but letters, digits, hyphen, underscore and dot as octal escapes, with a trailing dot. */
export function writeName(name: string): string {
  return `${escapeName(name)}.`;
}

/** The same without the trailing dot: how policies see it (condition key ChangeResourceRecordSetsNormalizedRecordNames). */
export function escapeName(name: string): string {
  return name.replaceAll(/[^a-z0-9_.-]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** Route 53's order of names: by labels from the right. */
export function compareNames(one: string, other: string): number {
  const left = one.split('.').reverse();
  const right = other.split('.').reverse();
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const order = compareText(left[at] ?? '', right[at] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

/** Byte order, as Route 53 sorts types and identifiers. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
