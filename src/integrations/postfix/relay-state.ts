import { Problem } from '../../core/problem.ts';
import { differingKeys, parseIndex, parseNames, parseTable, type TableEntry } from './tables.ts';

/** The parameters that are edited, in the order in which an addition becomes live: nothing is taken before it has a way to go. */
export const EDITED = ['relay_recipient_maps', 'transport_maps', 'relay_domains'] as const;
export type Edited = (typeof EDITED)[number];

/** Parameters whose domains Postfix delivers itself: a domain may be in one class only (ADDRESS_CLASS_README). */
export const CLASSES = ['mydestination', 'virtual_alias_domains', 'virtual_mailbox_domains'] as const;

/** A file that a parameter names and that can be edited. */
export interface Table {
  /** 'hash', 'lmdb' … with an index beside it; 'texthash' and 'file' without. */
  readonly type: string;
  readonly path: string;
  /** Its bytes, each as one character (latin1): remarks in any encoding come back as they were. */
  readonly text: string;
  readonly sha256: string;
  readonly entries: readonly TableEntry[];
  /** What the daemons read; absent where there is no index of its own. */
  readonly index?: ReadonlyMap<string, string>;
  /** Keys that text and index do not agree on: somebody's edit, or one of ours, was not finished. */
  readonly differing: readonly string[];
  /** Why the index can't be read. */
  readonly broken?: string;
  /** Why it can be read and not be edited: what it is, or who else may write there. */
  readonly unfit?: string;
}

/** What a parameter of main.cf says. */
export interface Parameter {
  /** As main.cf has it, and with $names expanded. */
  readonly raw: string;
  readonly expanded: string;
  readonly tables: readonly Table[];
  /** Files that it names and that are not there. */
  readonly missing: readonly string[];
  /** Names that stand in the value itself. */
  readonly names: readonly string[];
  /** What other tables (SQL, LDAP, regular expressions …) answer, by key. */
  readonly asked: ReadonlyMap<string, string>;
  /** Of these, what tables answer that are asked before the first file: Postfix looks no further. */
  readonly inFront: ReadonlyMap<string, { readonly value: string; readonly by: string }>;
  /** Those tables, as main.cf names them. */
  readonly others: readonly string[];
  /** Those of them that could not be asked, with the words of postmap. */
  readonly unasked: readonly { readonly table: string; readonly why: string }[];
}

/** A relay's mail configuration, as far as taking mail for a domain depends on it. */
export interface RelayState {
  readonly version: string;
  readonly configDirectory: string;
  readonly running: boolean;
  /** The first lines of main.cf, where tools say that it is theirs. */
  readonly head: string;
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Overrides of ours parameters in master.cf ('smtp/inet -o relay_domains=…'). */
  readonly overrides: readonly string[];
  /** Names of delivery services in master.cf. */
  readonly services: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
}

interface Section {
  readonly name: string;
  readonly words: readonly string[];
  readonly body: string;
  readonly bytes: Buffer;
}

/** Reads what `mailwright-relay show` prints. Throws a Problem where it is not whole. */
export function parseShow(host: string, output: string): RelayState {
  const sections = parseSections(output);
  const [first] = sections;
  if (first?.name !== 'mailwright-relay' || sections.at(-1)?.name !== 'end') {
    throw new Problem('unknown', 'postfix.answer', `${host}: the answer broke off, or is none of mailwright-relay.`, {
      fix: 'Run again; if it stays, install the helper anew (mailwright relay install-helper).',
      retry: {},
    });
  }
  const bodyOf = (name: string) => sections.find((one) => one.name === name)?.body ?? '';
  const values = parseValues(bodyOf('postconf'));
  const raw = parseValues(bodyOf('raw'));
  return {
    version: values.get('mail_version') ?? '?',
    configDirectory: values.get('config_directory') ?? '/etc/postfix',
    running: sections.some((one) => one.name === 'status' && one.words[0] === 'running'),
    head: bodyOf('head'),
    parameters: new Map(
      [...EDITED, ...CLASSES].map((name) => [
        name,
        toParameter(name, raw.get(name) ?? '', values.get(name) ?? '', sections),
      ]),
    ),
    overrides: bodyOf('overrides')
      .split('\n')
      .filter((line) => EDITED.some((name) => line.includes(`/${name} `))),
    services: new Set(
      bodyOf('services')
        .split('\n')
        .flatMap((line) => (/^(\S+)\s+unix\s/.exec(line)?.[1] ?? []) as string | []),
    ),
    values,
  };
}

/** '@name words' and base64 below it. */
export function parseSections(output: string): readonly Section[] {
  const sections: { name: string; words: string[]; packed: string }[] = [];
  for (const line of output.split('\n')) {
    if (line.startsWith('@')) {
      const [name = '', ...words] = line.slice(1).split(' ');
      sections.push({ name, words, packed: '' });
    } else {
      const last = sections.at(-1);
      if (last) last.packed += line;
    }
  }
  return sections.map(({ name, words, packed }) => {
    const bytes = Buffer.from(packed, 'base64');
    return { name, words, body: bytes.toString(), bytes };
  });
}

/** 'name = value' lines of postconf(1). */
function parseValues(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const];
    }),
  );
}

function toParameter(name: string, raw: string, expanded: string, sections: readonly Section[]): Parameter {
  const of = (kind: string) => sections.filter((one) => one.name === kind && one.words[0] === name);
  const words = expanded.split(/[\s,]+/).filter((word) => word !== '');
  const files = of('source').map((one) => `${one.words[1]}:${one.words[2]}`);
  const missing = of('missing').map((one) => `${one.words[1]}:${one.words[2]}`);
  const asked = of('found').filter((one) => !files.includes(one.words[1] ?? ''));
  const order = words.map((word) => word.replace(/^proxy:/, ''));
  const firstFile = order.findIndex((word) => files.includes(word));
  const inFront = asked.filter((one) => order.indexOf(one.words[1] ?? '') < firstFile).toReversed();
  return {
    raw,
    expanded,
    inFront: new Map(
      inFront.flatMap(({ words: [, by = ''], body }) =>
        [...parseIndex(body)].map(([key, value]) => [key, { value, by }] as const),
      ),
    ),
    tables: of('source').map(({ words: [, type = '', path = '', sha256 = ''], body, bytes }) => {
      const about = (kind: string) => of(kind).find((one) => one.words[1] === type && one.words[2] === path)?.body;
      const unfit = about('unfit');
      const file = { type, path, sha256, text: bytes.toString('latin1') };
      return { ...toTable(file, body, about('index'), about('noindex')), ...(unfit === undefined ? {} : { unfit }) };
    }),
    missing,
    names: words.filter((word) => /^[a-z0-9_][a-z0-9_.-]*$/i.test(word)).map((word) => word.toLowerCase()),
    asked: new Map(asked.flatMap(({ body }) => [...parseIndex(body)])),
    others: words.filter((word) => word.includes(':') && !/^(proxy:)?(hash|btree|lmdb|cdb|dbm|texthash):\//.test(word)),
    unasked: of('unasked')
      .map(({ words: [, table = ''], body }) => ({ table, why: body.trim().split('\n').at(-1) ?? '' }))
      // A file that is not there, or without its index, is told of as that.
      .filter(({ table }) => ![...files, ...missing].includes(table)),
  };
}

function toTable(
  file: Pick<Table, 'type' | 'path' | 'text' | 'sha256'>,
  text: string,
  indexed: string | undefined,
  broken: string | undefined,
): Table {
  const entries = file.type === 'file' ? parseNames(text) : parseTable(text);
  const index = indexed === undefined ? undefined : parseIndex(indexed);
  return {
    ...file,
    entries,
    ...(index ? { index } : {}),
    differing: index ? differingKeys(entries, index) : [],
    ...(broken === undefined ? {} : { broken: broken.trim().split('\n').at(-1) ?? 'it can’t be read' }),
  };
}
