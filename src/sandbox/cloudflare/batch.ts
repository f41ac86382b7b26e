import { createRecord, type Draftboard, deleteRecord, overwriteRecord, patchRecord } from './edits.ts';
import { isObject, refuse } from './refusal.ts';
import type { StoredRecord } from './state.ts';

/** What a batch did, list by list in the order given. */
export interface BatchResult {
  readonly deletes: readonly StoredRecord[];
  readonly patches: readonly StoredRecord[];
  readonly puts: readonly StoredRecord[];
  readonly posts: readonly StoredRecord[];
}

/** Applies a batch to a working copy: deletes, patches, puts, posts. The first refusal ends it; the caller then drops the copy. */
export function applyBatch(board: Draftboard, body: Readonly<Record<string, unknown>>): BatchResult {
  const deletes = readList(body, 'deletes');
  const patches = readList(body, 'patches');
  const puts = readList(body, 'puts');
  const posts = readList(body, 'posts');
  const most = board.zone.plan === 'free' ? 200 : 3500;
  const count = deletes.length + patches.length + puts.length + posts.length;
  if (count > most)
    throw refuse(400, 1004, `The batch has ${count} operations, more than the ${most} that the zone's plan allows.`);
  return {
    deletes: deletes.map(({ id }) => deleteRecord(board, id)),
    patches: patches.map(({ id, ...input }) => patchRecord(board, id, input)),
    puts: puts.map(({ id, ...input }) => overwriteRecord(board, id, input)),
    posts: posts.map((input) => createRecord(board, input)),
  };
}

function readList(body: Readonly<Record<string, unknown>>, field: string): Readonly<Record<string, unknown>>[] {
  const list = body[field] ?? [];
  if (!Array.isArray(list) || !list.every(isObject))
    throw refuse(400, 9207, `Request body is invalid: ${field} must be a list of objects.`);
  return list;
}
