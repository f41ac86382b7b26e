/** A name as the sandbox compares it: lower case, no trailing dot; the root is '.' (RFC 4343: case never matters). */
export function foldName(name: string): string {
  const folded = name.toLowerCase().replace(/\.$/, '');
  return folded === '' ? '.' : folded;
}

/** The name above a folded name, `undefined` above the root. */
export function parentOf(name: string): string | undefined {
  if (name === '.') return undefined;
  const dot = name.indexOf('.');
  return dot < 0 ? '.' : name.slice(dot + 1);
}

/** A folded name and all names above it, the root last. */
export function lineage(name: string): string[] {
  const names: string[] = [];
  for (let at: string | undefined = name; at !== undefined; at = parentOf(at)) names.push(at);
  return names;
}

/** Whether a folded name is `zone` itself or below it. */
export function isWithin(name: string, zone: string): boolean {
  return zone === '.' || name === zone || name.endsWith(`.${zone}`);
}

/** Whether every label has 1 to 63 bytes and the whole at most 253 (RFC 1035 section 2.3.4). */
export function fitsWire(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => label.length > 0 && Buffer.byteLength(label) <= 63);
}
