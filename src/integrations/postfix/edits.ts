import { createHash } from 'node:crypto';
import type { Problem } from '../../core/problem.ts';
import { canListNames, tableFor, unfinishedByOthers } from './conflicts.ts';
import type { RelayData } from './plan.ts';
import { refusedEdit } from './problems.ts';
import { EDITED, type Edited, type RelayState, type Table } from './relay-state.ts';
import { editTable } from './tables.ts';
import { eachLine, parameter, serves, standingOf } from './wanted-lines.ts';

/** One domain's part of an edit: the lines that are to be there afterwards, and those that are not. */
export interface Wish {
  readonly id: string;
  readonly before: RelayData['lines'];
  readonly after: RelayData['lines'];
}

/** The edits of one call, ready to be sent, and the wishes that can't be fulfilled as the tables are now. */
export interface Edits {
  /** Empty where nothing is to be changed. */
  readonly input: string;
  readonly refused: ReadonlyMap<string, Problem>;
}

/** Computes the new texts of a relay's tables. `taking`: the other way round, so that nothing is taken any more before its way is gone. Pure. */
export function computeEdits(host: string, wishes: readonly Wish[], state: RelayState, taking: boolean): Edits {
  const refused = new Map<string, Problem>();
  // What any of them wrote, or is to write, is no draft of somebody else.
  const known = new Set(
    wishes.flatMap(({ before, after }) => [...eachLine(before), ...eachLine(after)].map(([, key]) => key)),
  );
  const possible = wishes.filter((wish) => {
    const problem = obstacle(host, wish, state, known);
    if (problem) refused.set(wish.id, problem);
    return !problem;
  });
  const order = taking ? EDITED.toReversed() : EDITED;
  // A file that several parameters name is edited once, with what all of them want.
  const edits = new Map<string, { readonly name: Edited; readonly table: Table; readonly text: string }>();
  const lists = order.flatMap((name) => {
    const set = new Map<string, string>();
    const remove = new Set<string>();
    for (const { before, after } of possible) {
      for (const [key, value] of Object.entries(after[name] ?? {})) {
        const standing = standingOf(state, name, key);
        if (standing.is !== 'theirs') set.set(key, value);
      }
      for (const key of Object.keys(before[name] ?? {})) if (after[name]?.[key] === undefined) remove.add(key);
    }
    const tables = parameter(state, name).tables;
    if (tables.length === 0) return listEdit(name, set, remove, state);
    const first = tableFor(state, name);
    // A line of ours may stand in another table than the one that new lines go to.
    for (const table of tables) {
      const here = (key: string) => table.entries.some((one) => one.ours && one.key === key);
      const mine = new Map(
        [...set]
          .filter(
            ([key]) =>
              here(key) ||
              (table === first && !tables.some((one) => one.entries.some((entry) => entry.ours && entry.key === key))),
          )
          // In a list every word is a name.
          .map(([key, value]) => [key, table.type === 'file' ? '' : value]),
      );
      const gone = new Set([...remove].filter(here));
      const earlier = edits.get(table.path);
      const text = editTable(earlier?.text ?? table.text, { set: mine, remove: gone });
      // An edit that was cut off is finished by the same text once more.
      const unfinished = table.differing.length > 0 && unfinishedByOthers(table, known).length === 0;
      if (text !== table.text || unfinished) edits.set(table.path, { name, table, ...earlier, text });
    }
    return [];
  });
  const files = [...edits.values()].map(({ name, table, text }) => fileEdit(name, table, text));
  const parts = taking ? [...lists, ...files] : [...files, ...lists];
  return { input: parts.length === 0 ? '' : `${parts.join('')}@end\n`, refused };
}

/** Why a wish can't be fulfilled: what it was planned over has changed. */
function obstacle(host: string, wish: Wish, state: RelayState, known: ReadonlySet<string>): Problem | undefined {
  for (const name of EDITED) {
    const wanted = Object.entries(wish.after[name] ?? {});
    const isTouched =
      wanted.some(([key, value]) => {
        const standing = standingOf(state, name, key);
        return standing.is === 'missing' || (standing.is === 'ours' && standing.value !== value);
      }) || Object.keys(wish.before[name] ?? {}).some((key) => wish.after[name]?.[key] === undefined);
    for (const table of isTouched ? parameter(state, name).tables : []) {
      const [key] = unfinishedByOthers(table, known);
      if (key !== undefined)
        return refusedEdit(host, `somebody changed ${table.path} (${key}) and did not run postmap`);
    }
    for (const [key, value] of wanted) {
      const standing = standingOf(state, name, key);
      if (standing.is === 'theirs' && !serves(name, standing, value))
        return refusedEdit(host, `somebody else’s line for ${key} (${standing.value}) is in ${standing.by} by now`);
    }
  }
  return undefined;
}

function fileEdit(name: Edited, { type, path, sha256 }: Table, text: string): string {
  return `@edit ${name} ${type} ${path} ${sha256}\n${Buffer.from(text, 'latin1').toString('base64')}\n`;
}

/** A parameter without a table: names in main.cf itself. */
function listEdit(
  name: Edited,
  set: ReadonlyMap<string, string>,
  remove: ReadonlySet<string>,
  state: RelayState,
): string[] {
  if (name !== 'relay_domains' || !canListNames(state)) return [];
  const { raw } = parameter(state, name);
  const words = raw.split(/[\s,]+/).filter((word) => word !== '');
  const kept = words.filter((word) => !remove.has(word.toLowerCase()));
  const added = [...set.keys()].filter((key) => !kept.some((word) => word.toLowerCase() === key));
  if (added.length === 0 && kept.length === words.length) return [];
  // Whoever wrote it with spaces goes on with spaces.
  const separator = raw.includes(',') || words.length < 2 ? ', ' : ' ';
  const text = [...kept, ...added].join(separator);
  return [
    `@inline ${name} ${createHash('sha256').update(`${raw}\n`).digest('hex')}\n${Buffer.from(text).toString('base64')}\n`,
  ];
}
