/** What a receiver found of a message, in its own words (RFC 8601). */
export interface Verdicts {
  /** Who says so: the authserv-id. */
  readonly by: string;
  readonly spf: string;
  readonly dkim: string;
  readonly dmarc: string;
}

/**
 * Reads one Authentication-Results header. Of several DKIM signatures the one of `domain` counts, else one that passes, else the first;
 * a method that nobody mentions is 'none'.
 */
export function parseAuthenticationResults(header: string, domain: string): Verdicts {
  const [by = '', ...results] = withoutComments(header)
    .split(';')
    .map((part) => part.trim());
  const of = (method: string) =>
    results.flatMap((part) => {
      const [, result, properties = ''] = new RegExp(`^${method}\\s*=\\s*([a-z]+)\\b(.*)$`, 'is').exec(part) ?? [];
      return result === undefined ? [] : [{ result: result.toLowerCase(), properties }];
    });
  const signatures = of('dkim');
  const isOf = (properties: string) =>
    new RegExp(`header\\.(d|i)\\s*=\\s*"?(@|[^\\s"]*@)?${domain.replaceAll('.', '\\.')}\\b`, 'i').test(properties);
  const dkim =
    signatures.find(({ properties }) => isOf(properties)) ??
    signatures.find(({ result }) => result === 'pass') ??
    signatures[0];
  return {
    by: by.split(/\s/)[0] ?? '',
    spf: of('spf')[0]?.result ?? 'none',
    dkim: dkim?.result ?? 'none',
    dmarc: of('dmarc')[0]?.result ?? 'none',
  };
}

/** Comments may stand anywhere, nest, and hold semicolons. */
function withoutComments(text: string): string {
  let depth = 0;
  let quoted = false;
  let kept = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '\\') {
      if (depth === 0) kept += text.slice(at, at + 2);
      at += 1;
    } else if (char === '"' && depth === 0) {
      quoted = !quoted;
      kept += char;
    } else if (char === '(' && !quoted) depth += 1;
    else if (char === ')' && !quoted && depth > 0) depth -= 1;
    else if (depth === 0) kept += char;
  }
  return kept;
}

/** The hosts that passed a message on, in the order of its way: who wrote each Received header (RFC 5321 4.4). */
export function readHops(received: readonly string[]): readonly string[] {
  return received.toReversed().flatMap((header) => /\bby\s+([A-Za-z0-9.-]+)/.exec(header)?.[1] ?? []);
}
