import type { Postfix } from '../postfix/installation.ts';
import { DIRECTORY } from '../postfix/main-cf.ts';
import { isIndexed, postmap, type TableFile } from '../postfix/table.ts';
import { type Edit, readEdits } from './read-edits.ts';
import { GaveUp, type Said, saidOf } from './section.ts';
import { sumOf } from './show.ts';

/** `mailwright-relay put`: all edits are made and Postfix reloads, or nothing is changed. */
export function put(postfix: Postfix, stdin: string): Said {
  postfix.puts += 1;
  try {
    const drafts = readEdits(stdin).map((edit) => ({ edit, draft: prepare(postfix, edit) }));
    for (const { edit, draft } of drafts) {
      if (edit.kind === '@inline') swapList(postfix, edit);
      else if (draft) postfix.files.set(edit.path, draft);
    }
    if (postfix.running) postfix.reload();
    return { stdout: `@done ${postfix.running ? 'yes' : 'no'}\n`, code: 0 };
  } catch (error) {
    if (error instanceof Restored) return saidOf(error, '@restored yes\n');
    if (error instanceof GaveUp) return saidOf(error);
    throw error;
  }
}

class Restored extends GaveUp {}

/** Brings an edit to the point where it only has to take its place; undefined for a list in main.cf. */
function prepare(postfix: Postfix, edit: Edit): TableFile | undefined {
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

function swapList(postfix: Postfix, { parameter, text }: Edit): void {
  if (postfix.isDiskFull)
    throw new Restored('swap', `postconf: fatal: write ${DIRECTORY}/main.cf.tmp: No space left on device`);
  postfix.main.set(parameter, text.trim());
}
