/** A .env file as it is to be, and what became of each setting. */
export interface EnvText {
  readonly text: string;
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  /** Set to something else already, and left as it is. */
  readonly kept: readonly string[];
}

const HEAD = '# Set by mailwright init.';

/**
 * Puts settings into the text of a .env file. Every line that is there stays as it is, in its place; a setting that has a value keeps it
 * unless it is among `replace`. Values come back the same through Node's parser of such files (node:util parseEnv).
 */
export function withSettings(
  text: string,
  settings: Readonly<Record<string, string>>,
  replace: ReadonlySet<string> = new Set(),
): EnvText {
  let lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const added: string[] = [];
  const replaced: string[] = [];
  const kept: string[] = [];
  const appended: string[] = [];
  for (const [name, value] of Object.entries(settings)) {
    const line = `${name}=${quoted(value)}`;
    // The last line of a name is the one that counts.
    const at = lines.findLastIndex((one) => nameOf(one) === name);
    const now = at < 0 ? '' : (lines[at] ?? '').replace(/^[^=]*=/, '').trim();
    const isSame = now === value || now === quoted(value);
    if (at < 0) appended.push(line);
    else if (isSame) continue;
    else if (now === '' || replace.has(name)) lines = lines.with(at, line);
    else {
      kept.push(name);
      continue;
    }
    (now === '' ? added : replaced).push(name);
  }
  const gap = lines.length > 0 && appended.length > 0 && lines.at(-1)?.trim() !== '' ? [''] : [];
  const head = appended.length > 0 && !lines.includes(HEAD) ? [...gap, HEAD] : [];
  const all = [...lines, ...head, ...appended];
  return { text: all.length === 0 ? '' : `${all.join('\n')}\n`, added, replaced, kept };
}

function nameOf(line: string): string | undefined {
  return /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=/.exec(line)?.[1];
}

/** As it is where nothing in it means anything to the parser, else in quotes that it does not hold. */
function quoted(value: string): string {
  if (/^[\w.+/=:@,%~-]*$/.test(value)) return value;
  const quote = ["'", '"', '`'].find((one) => !value.includes(one)) ?? "'";
  return `${quote}${value}${quote}`;
}
