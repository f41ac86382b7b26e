/** A part of a message, cut as MIME says (RFC 2046); texts are bytes as latin1. */
export interface MimePart {
  /** Header block with the empty line that ends it. */
  readonly header: string;
  readonly body: string;
  /** Lower case, without parameters: 'text/plain'. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** Of a multipart, or the one message of a message/rfc822. */
  readonly children: readonly MimePart[];
}

/** Cuts a message or part into its parts. */
export function parseMime(raw: string): MimePart {
  const end = /\r?\n\r?\n/.exec(raw);
  const isHeadless = /^\r?\n/.test(raw);
  const cut = isHeadless ? raw.indexOf('\n') + 1 : end ? end.index + end[0].length : raw.length;
  const [header, body] = [raw.slice(0, cut), raw.slice(cut)];
  const [type = '', parameters] = parseParameters(headerOf(header, 'content-type') ?? 'text/plain');
  const boundary = parameters.get('boundary');
  const isMultipart = type.startsWith('multipart/') && boundary !== undefined;
  const children = isMultipart
    ? splitParts(body, boundary).map(parseMime)
    : type === 'message/rfc822'
      ? [parseMime(body)]
      : [];
  return { header, body, type, parameters, children };
}

/** The value of a header field, unfolded; the first where there are several. */
export function headerOf(header: string, name: string): string | undefined {
  const unfolded = header.replaceAll(/\r?\n(?=[ \t])/g, '');
  return new RegExp(`^${name.replaceAll(/[^\w-]/g, '\\$&')}[ \\t]*:[ \\t]*(.*?)[ \\t]*\\r?$`, 'im').exec(unfolded)?.[1];
}

/** A value and its parameters: 'text/plain; charset="utf-8"'. */
export function parseParameters(value: string): [string, Map<string, string>] {
  const [first = '', ...rest] = value.split(/;(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  const parameters = rest.flatMap((part): [string, string][] => {
    const [, name, quoted, plain] = /^\s*([^=\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|(.*?))\s*$/.exec(part) ?? [];
    return name === undefined ? [] : [[name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '']];
  });
  return [first.trim().toLowerCase(), new Map(parameters)];
}

function splitParts(body: string, boundary: string): string[] {
  const mark = boundary.replaceAll(/[^\w]/g, '\\$&');
  const pieces = `\r\n${body}`.split(new RegExp(`\\r?\\n--${mark}(?=(?:--)?[ \\t]*(?:\\r?\\n|$))`));
  return pieces
    .slice(1)
    .filter((piece) => !piece.startsWith('--'))
    .map((piece) => piece.replace(/^[ \t]*\r?\n/, ''));
}
