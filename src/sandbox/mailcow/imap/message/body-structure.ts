import { quote } from '../values.ts';
import { showEnvelope } from './envelope.ts';
import { headerOf, type MimePart, parseParameters } from './mime-part.ts';

/** The BODYSTRUCTURE of RFC 9051 section 7.5.2; `isFull` false is the older BODY without its extensions. */
export function showStructure(part: MimePart, isFull: boolean): string {
  const [kind = 'text', subtype = 'plain'] = part.type.split('/');
  if (kind === 'multipart' && part.children.length > 0) {
    const children = part.children.map((child) => showStructure(child, isFull)).join('');
    const more = isFull ? ` ${showParameters(part.parameters)} ${showDisposition(part)} NIL NIL` : '';
    return `(${children} ${quote(subtype)}${more})`;
  }
  const field = (name: string) => quote(headerOf(part.header, name));
  const encoding = headerOf(part.header, 'content-transfer-encoding') ?? '7bit';
  const basic = [
    quote(kind),
    quote(subtype),
    showParameters(part.parameters),
    field('content-id'),
    field('content-description'),
    quote(encoding),
    part.body.length,
  ];
  const lines = part.body.split('\n').length - 1;
  const [child] = part.children;
  const special = child
    ? [showEnvelope(child.header), showStructure(child, isFull), lines]
    : kind === 'text'
      ? [lines]
      : [];
  const extension = isFull ? [field('content-md5'), showDisposition(part), 'NIL', 'NIL'] : [];
  return `(${[...basic, ...special, ...extension].join(' ')})`;
}

function showParameters(parameters: ReadonlyMap<string, string>): string {
  if (parameters.size === 0) return 'NIL';
  return `(${[...parameters].flatMap(([name, value]) => [quote(name), quote(value)]).join(' ')})`;
}

function showDisposition({ header }: MimePart): string {
  const value = headerOf(header, 'content-disposition');
  if (value === undefined) return 'NIL';
  const [kind, parameters] = parseParameters(value);
  return `(${quote(kind)} ${showParameters(parameters)})`;
}
