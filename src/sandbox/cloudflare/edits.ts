import { type IdenticalCode, refuseConflict } from './conflicts.ts';
import { readRecord } from './record-input.ts';
import { isObject, refuse } from './refusal.ts';
import { type CloudZone, type Draft, newId, type StoredRecord } from './state.ts';

/** A change in the making: edits go into `records`, a working copy that is committed as a whole or thrown away. */
export interface Draftboard {
  readonly zone: CloudZone;
  readonly records: Map<string, StoredRecord>;
  /** Sandbox time, ISO 8601. */
  readonly now: string;
  readonly identicalCode: IdenticalCode;
}

/** Adds a record (POST). */
export function createRecord(board: Draftboard, input: unknown): StoredRecord {
  const draft = readRecord(board.zone, input);
  refuseConflict(board.zone, board.records.values(), draft, board.identicalCode);
  if (board.records.size >= board.zone.recordQuota) throw refuse(400, 81_045, 'Record quota exceeded.');
  const record: StoredRecord = {
    ...draft,
    id: newId(),
    createdOn: board.now,
    modifiedOn: board.now,
    ...(draft.comment === null ? {} : { commentModifiedOn: board.now }),
    ...(draft.tags.length === 0 ? {} : { tagsModifiedOn: board.now }),
    readOnly: false,
    emailRouting: false,
  };
  board.records.set(record.id, record);
  return record;
}

/** Replaces a record (PUT): whatever the input leaves out goes back to its default. */
export function overwriteRecord(board: Draftboard, id: unknown, input: unknown): StoredRecord {
  return replace(board, findEditable(board, id), readRecord(board.zone, input));
}

/** Changes the given fields of a record (PATCH) and keeps the others. */
export function patchRecord(board: Draftboard, id: unknown, input: unknown): StoredRecord {
  const old = findEditable(board, id);
  const { name, type, content, ttl, proxied, priority, data, comment, tags, settings } = old;
  const kept = { name, type, content, ttl, proxied, priority, data, comment, tags, settings };
  const given = isObject(input) ? Object.entries(input).filter(([, value]) => value !== undefined) : [];
  return replace(board, old, readRecord(board.zone, { ...kept, ...Object.fromEntries(given) }));
}

/** Removes a record and answers what it was (DELETE). */
export function deleteRecord(board: Draftboard, id: unknown): StoredRecord {
  const old = findEditable(board, id);
  board.records.delete(old.id);
  return old;
}

function findEditable({ records }: Draftboard, id: unknown): StoredRecord {
  const record = typeof id === 'string' ? records.get(id) : undefined;
  if (!record) throw refuse(404, 81_044, 'Record does not exist.');
  // The code is not documented; that such records can't be edited or deleted is.
  if (record.readOnly) throw refuse(400, 1043, 'This record is managed by Cloudflare and is read only.');
  return record;
}

function replace(board: Draftboard, old: StoredRecord, draft: Draft): StoredRecord {
  const others = [...board.records.values()].filter(({ id }) => id !== old.id);
  refuseConflict(board.zone, others, draft, board.identicalCode);
  const { id, createdOn, commentModifiedOn, tagsModifiedOn, readOnly, emailRouting } = old;
  const commentTime = draft.comment === old.comment ? commentModifiedOn : board.now;
  const tagsTime = draft.tags.join() === old.tags.join() ? tagsModifiedOn : board.now;
  const record: StoredRecord = {
    ...draft,
    id,
    createdOn,
    modifiedOn: board.now,
    ...(commentTime === undefined ? {} : { commentModifiedOn: commentTime }),
    ...(tagsTime === undefined ? {} : { tagsModifiedOn: tagsTime }),
    readOnly,
    emailRouting,
  };
  board.records.set(id, record);
  return record;
}
