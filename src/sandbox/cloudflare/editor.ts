import { applyBatch } from './batch.ts';
import type { Draftboard } from './edits.ts';
import type { Estate } from './estate.ts';
import { isObject } from './refusal.ts';
import type { CloudZone } from './state.ts';

/** A change that somebody else will make; entries without `id` name their record by `name`, `type` and, if need be, `content`. */
export type Edit = Readonly<Record<string, unknown>>;

/** Another editor: each queued edit is made right after the next list of its zone, so that whoever looks again before a write can see it. */
export class Editor {
  readonly #estate: Estate;
  #queue: { zone: CloudZone; edit: Edit; isDue: boolean }[] = [];

  constructor(estate: Estate) {
    this.#estate = estate;
  }

  queue(zone: CloudZone, edit: Edit): void {
    this.#queue.push({ zone, edit, isDue: false });
  }

  /** The zone's records were listed: the edits become due. */
  sawList(zone: CloudZone): void {
    for (const queued of this.#queue) if (queued.zone === zone) queued.isDue = true;
  }

  /** Makes the edits that are due; answers them for the ledger. Refused ones throw: the scenario is wrong then. */
  act(zone: CloudZone): Edit[] {
    const due = this.#queue.filter((queued) => queued.zone === zone && queued.isDue);
    this.#queue = this.#queue.filter((queued) => !due.includes(queued));
    for (const { edit } of due) this.#estate.change(zone, (board) => applyBatch(board, withIds(board, edit)));
    return due.map(({ edit }) => edit);
  }
}

function withIds(board: Draftboard, edit: Edit): Edit {
  const find = (entry: unknown, keepsContent: boolean): unknown => {
    if (!isObject(entry) || entry.id !== undefined) return entry;
    const { match, ...change } = entry;
    const wanted = isObject(match) ? match : entry;
    const record = [...board.records.values()].find(
      ({ name, type, content }) =>
        name === wanted.name &&
        type === wanted.type &&
        (isObject(match) || !keepsContent ? wanted.content === undefined || content === wanted.content : true),
    );
    if (!record)
      throw new RangeError(`the other editor finds no ${String(wanted.type)} record at ${String(wanted.name)}`);
    return { ...change, id: record.id };
  };
  const list = (field: string, keepsContent: boolean) => {
    const entries = edit[field];
    return Array.isArray(entries) ? { [field]: entries.map((entry: unknown) => find(entry, keepsContent)) } : {};
  };
  return { ...edit, ...list('deletes', false), ...list('patches', true), ...list('puts', true) };
}
