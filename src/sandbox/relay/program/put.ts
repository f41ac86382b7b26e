import { type Postfix, SENDERS } from '../postfix/installation.ts';
import { DIRECTORY } from '../postfix/main-cf.ts';
import { isIndexed, postmap, type TableFile } from '../postfix/table.ts';
import { type Edit, readEdits } from './read-edits.ts';
import { GaveUp, type Said, saidOf } from './section.ts';
import { sumOf } from './show.ts';

/** Where senders stand if main.cf names no table for them. */
const OWN_SENDERS = `${DIRECTORY}/mailwright-senders`;

/** `mailwright-relay put`: all edits are made and Postfix reloads, or nothing is changed. */
export function put(postfix: Postfix, stdin: string): Said {
  postfix.puts += 1;
  const { files, transports } = postfix;
  const [main, before, senders] = [postfix.main.copy(), new Map(files), new Map(transports)];
  try {
    const drafts = readEdits(stdin).map((edit) => ({ edit, draft: prepare(postfix, edit) }));
    for (const { edit, draft } of drafts) swap(postfix, edit, draft);
    if (postfix.running) postfix.reload();
    return { stdout: `@done ${postfix.running ? 'yes' : 'no'}\n`, code: 0 };
  } catch (error) {
    if (error instanceof Restored) {
      postfix.main.become(main);
      replace(files, before);
      replace(transports, senders);
      return saidOf(error, '@restored yes\n');
    }
    if (error instanceof GaveUp) return saidOf(error);
    throw error;
  }
}

class Restored extends GaveUp {}

function replace<V>(all: Map<string, V>, by: ReadonlyMap<string, V>): void {
  all.clear();
  for (const [key, value] of by) all.set(key, value);
}

/** Brings an edit to the point where it only has to take its place; undefined where there is no file to be written beside. */
function prepare(postfix: Postfix, edit: Edit): TableFile | undefined {
  if (edit.kind === '@ses') return undefined;
  if (edit.kind === '@senders') {
    const raw = postfix.main.raw(SENDERS);
    const now = raw === '' ? 'none' : sumOf(postfix.files.get(OWN_SENDERS)?.text ?? '');
    if (raw !== '' && raw !== `texthash:${OWN_SENDERS}`)
      throw new GaveUp('stale', `${SENDERS} in ${DIRECTORY}/main.cf`);
    if (now !== edit.expected) throw new GaveUp('stale', OWN_SENDERS);
    return { text: edit.text, changedAt: postfix.clock.now() };
  }
  const { parameter, expected, text } = edit;
  if (edit.kind === '@inline') {
    if (sumOf(`${postfix.main.raw(parameter)}\n`) !== expected)
      throw new GaveUp('stale', `${parameter} in ${DIRECTORY}/main.cf`);
    if (text.split('\n').length > 2) throw new GaveUp('content', `more than one line for ${parameter}`);
    return undefined;
  }
  const { type, path } = edit;
  if (!postfix.tables(parameter).some((table) => table.type === type && table.path === path))
    throw new GaveUp('usage', `${parameter} does not use ${type}:${path}`);
  const file = postfix.files.get(path);
  if (!file) throw new GaveUp('usage', `${path} is no plain file`);
  if (sumOf(file.text) !== expected) throw new GaveUp('stale', path);
  const draft = `${path}.mailwright.Kx93Zq`;
  if (postfix.isDiskFull) throw new GaveUp('write', `cp: error writing '${draft}': No space left on device`);
  const changedAt = postfix.clock.now();
  if (!isIndexed(type)) return { text, changedAt };
  const { index, warnings } = postmap({ type, path: draft }, text);
  if (warnings.length > 0) throw new GaveUp('postmap', warnings.join('\n'));
  return { text, index, changedAt };
}

function swap(postfix: Postfix, edit: Edit, draft: TableFile | undefined): void {
  if (edit.kind === '@inline') swapList(postfix, edit);
  else if (edit.kind === '@ses') swapTransport(postfix, edit);
  else if (edit.kind === '@edit' && draft) postfix.files.set(edit.path, draft);
  else if (draft) swapSenders(postfix, draft);
}

function swapSenders({ files, main }: Postfix, draft: TableFile): void {
  if (draft.text === '') files.delete(OWN_SENDERS);
  else files.set(OWN_SENDERS, draft);
  main.set(SENDERS, draft.text === '' ? undefined : `texthash:${OWN_SENDERS}`);
}

function swapTransport(postfix: Postfix, { name, tenant, configurationSet, text }: Edit & { kind: '@ses' }): void {
  if (postfix.isDiskFull)
    throw new Restored('swap', `cat: ${DIRECTORY}/${name}.passwords.mailwright-draft: No space left on device`);
  if (text !== '') {
    postfix.transports.set(name, { passwords: text, headers: headersOf(tenant, configurationSet) });
    return;
  }
  const lines = postfix.tables(SENDERS).map(({ path }) => postfix.files.get(path)?.text ?? '');
  const isNamed = lines.some((table) => new RegExp(`^[^#].*\\s${name}:`, 'm').test(table));
  if (isNamed) throw new Restored('swap', `senders still leave by ${name}`);
  postfix.transports.delete(name);
}

function headersOf(tenant: string, configurationSet: string): string {
  const told = [
    ...(tenant === '-' ? [] : [`X-SES-TENANT: ${tenant}`]),
    ...(configurationSet === '-' ? [] : [`X-SES-CONFIGURATION-SET: ${configurationSet}`]),
  ];
  const lines = told.map((header, at) => `/^${at === 0 ? 'From' : 'Date'}:/ PREPEND ${header}\n`);
  return `/^X-SES-/ IGNORE\n${lines.join('')}`;
}

function swapList(postfix: Postfix, { parameter, text }: Edit & { kind: '@inline' }): void {
  if (postfix.isDiskFull)
    throw new Restored('swap', `postconf: fatal: write ${DIRECTORY}/main.cf.tmp: No space left on device`);
  postfix.main.set(parameter, text.trim());
}
