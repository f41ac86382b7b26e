/** A template that can't be filled: what SES says in a Rendering Failure event. */
export class RenderingFailure extends Error {}

/** A template that can't be read. */
export class MalformedTemplate extends Error {}

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly path: string }
  | { readonly kind: 'partial'; readonly name: string }
  | {
      readonly kind: 'block';
      readonly name: string;
      readonly argument: string;
      readonly body: Node[];
      readonly otherwise: Node[];
    };

type Block = Extract<Node, { kind: 'block' }>;

interface Scope {
  readonly data: unknown;
  readonly outer: Scope | undefined;
  /** `@index`, `@key`, `@first`, `@last` of a loop. */
  readonly loop: Readonly<Record<string, unknown>>;
}

const BLOCKS = ['if', 'unless', 'each', 'with'];

/** Fills the Handlebars-like places of a text; values are not escaped. @throws RenderingFailure, MalformedTemplate */
export function render(text: string, data: unknown): string {
  const partials = new Map<string, Node[]>();
  const nodes = parse(text, partials);
  return renderAll(nodes, { data, outer: undefined, loop: {} }, partials);
}

/** Reads a template without filling it. @throws MalformedTemplate */
export function checkTemplate(text: string): void {
  parse(text, new Map());
}

/** Whether a text holds more than plain places. */
export function hasBlocks(text: string): boolean {
  return /\{\{\s*[#/>^!]/.test(text);
}

function parse(text: string, partials: Map<string, Node[]>): Node[] {
  const root: Node[] = [];
  const open: { name: string; into: Node[]; block?: Block }[] = [{ name: '', into: root }];
  const here = () => open.at(-1) ?? { name: '', into: root };
  let from = 0;
  for (const match of text.matchAll(/\{\{\{?\s*([^{}]*?)\s*\}?\}\}/g)) {
    here().into.push({ kind: 'text', text: text.slice(from, match.index) });
    from = match.index + match[0].length;
    const inner = match[1] ?? '';
    const inline = /^#\*\s*inline\s+["']([\w-]+)["']$/.exec(inner)?.[1];
    const [head = '', argument = ''] = inner.split(/\s+(.*)/s);
    if (inline !== undefined) {
      const body: Node[] = [];
      partials.set(inline, body);
      open.push({ name: 'inline', into: body });
    } else if (inner.startsWith('#')) {
      const name = head.slice(1);
      if (!BLOCKS.includes(name) || argument === '') throw new MalformedTemplate(`Unknown block {{${inner}}}.`);
      const block: Block = { kind: 'block', name, argument, body: [], otherwise: [] };
      here().into.push(block);
      open.push({ name, into: block.body, block });
    } else if (inner.startsWith('/')) {
      if (open.length === 1 || here().name !== inner.slice(1))
        throw new MalformedTemplate(`{{${inner}}} closes nothing.`);
      open.pop();
    } else if (inner === 'else') {
      const { block } = here();
      if (!block) throw new MalformedTemplate('{{else}} outside of a block.');
      open[open.length - 1] = { name: block.name, into: block.otherwise, block };
    } else if (inner.startsWith('>')) here().into.push({ kind: 'partial', name: inner.slice(1).trim() });
    else if (inner === '') throw new MalformedTemplate('{{}} names nothing.');
    else if (!inner.startsWith('!')) here().into.push({ kind: 'value', path: inner });
  }
  if (open.length > 1) throw new MalformedTemplate(`{{#${here().name}}} is not closed.`);
  const rest = text.slice(from);
  if (rest.includes('{{')) throw new MalformedTemplate('{{ is not closed.');
  root.push({ kind: 'text', text: rest });
  return root;
}

function renderAll(nodes: readonly Node[], scope: Scope, partials: ReadonlyMap<string, Node[]>): string {
  return nodes.map((node) => renderNode(node, scope, partials)).join('');
}

function renderNode(node: Node, scope: Scope, partials: ReadonlyMap<string, Node[]>): string {
  if (node.kind === 'text') return node.text;
  if (node.kind === 'value') {
    const value = find(node.path, scope);
    if (value === undefined)
      throw new RenderingFailure(`Attribute '${node.path}' is not present in the rendering data.`);
    return value === null ? '' : String(value);
  }
  if (node.kind === 'partial') {
    const partial = partials.get(node.name);
    if (!partial) throw new RenderingFailure(`Partial '${node.name}' is not defined.`);
    return renderAll(partial, scope, partials);
  }
  const value = find(node.argument, scope);
  const filled = Array.isArray(value) ? value.length > 0 : Boolean(value);
  const inside = (data: unknown, loop = scope.loop) => renderAll(node.body, { data, outer: scope, loop }, partials);
  const otherwise = () => renderAll(node.otherwise, scope, partials);
  if (node.name === 'unless') return filled ? otherwise() : renderAll(node.body, scope, partials);
  if (!filled) return otherwise();
  if (node.name === 'if') return renderAll(node.body, scope, partials);
  if (node.name === 'with') return inside(value);
  return Object.entries(value as object)
    .map(([key, item], index, all) =>
      inside(item, {
        '@index': index,
        '@key': key,
        '@first': index === 0 || undefined,
        '@last': index === all.length - 1 || undefined,
      }),
    )
    .join('');
}

function find(path: string, scope: Scope): unknown {
  if (path.startsWith('../')) return scope.outer && find(path.slice(3), scope.outer);
  if (Object.hasOwn(scope.loop, path)) return scope.loop[path];
  if (path === 'this' || path === '.') return scope.data;
  let value: unknown = scope.data;
  for (const step of path.replace(/^this\./, '').split('.'))
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined;
  return value;
}
