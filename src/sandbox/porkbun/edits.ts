import { readDraft } from './record-input.ts';
import { Refusal, unable } from './refusal.ts';
import type { Domain, Draft, StoredRecord } from './state.ts';
import type { Switches } from './switches.ts';

// Limit of records per domain (ZONE_RECORD_LIMIT).
const MOST_RECORDS = 2500;
const EXCLUSIVE = new Set(['A', 'AAAA', 'CNAME', 'ALIAS']);

/** A change in the making: edits go into `records`, a working copy that is committed or thrown away. */
export interface Draftboard {
  readonly domain: Domain;
  readonly records: Map<string, StoredRecord>;
  readonly switches: Switches;
  readonly newId: () => string;
}

/** What a record is made of, as the API takes it. */
export type RecordInput = Readonly<Record<string, unknown>>;

/** Adds a record. @throws Refusal */
export function createRecord(board: Draftboard, input: RecordInput): StoredRecord {
  const draft = readDraft(input, { ...board.switches, domain: board.domain.name, verb: 'create' });
  refuseConflict([...board.records.values()], draft, 'create');
  if (board.records.size >= MOST_RECORDS)
    throw new Refusal(400, 'ZONE_RECORD_LIMIT', `A domain can have at most ${MOST_RECORDS} records.`);
  const record = { id: board.newId(), ...draft };
  board.records.set(record.id, record);
  return record;
}

/** Overwrites a record: what the input leaves out goes to its default (a missing name is the domain itself), except notes. @throws Refusal */
export function editRecord(board: Draftboard, id: string, input: RecordInput): StoredRecord {
  const old = findRecord(board, id);
  const draft = readDraft(input, { ...board.switches, domain: board.domain.name, verb: 'edit' }, old);
  const isSame = isAlike(old, draft) && old.ttl === draft.ttl && (old.notes ?? '') === (draft.notes ?? '');
  if (isSame) throw unable('edit', 'nothing would change');
  const others = [...board.records.values()].filter((other) => other.id !== id);
  refuseConflict(others, draft, 'edit');
  const record = { id, ...draft };
  board.records.set(id, record);
  return record;
}

/** Removes a record. @throws Refusal */
export function deleteRecord(board: Draftboard, id: string): StoredRecord {
  const old = findRecord(board, id);
  board.records.delete(id);
  return old;
}

/** Records at a full name and type. */
export function matching(board: Pick<Draftboard, 'records'>, name: string, type: string): StoredRecord[] {
  return [...board.records.values()].filter((record) => record.name === name && record.type === type);
}

function findRecord({ records }: Draftboard, id: string): StoredRecord {
  const record = records.get(id);
  if (!record) throw new Refusal(400, 'INVALID_RECORD_ID', 'Invalid record ID.');
  return record;
}

function isAlike(one: Draft, other: Draft): boolean {
  const same = one.type === 'TXT' ? one.content === other.content : fold(one.content) === fold(other.content);
  return one.name === other.name && one.type === other.type && same && (one.prio ?? 0) === (other.prio ?? 0);
}

function fold(content: string): string {
  return content.toLowerCase();
}

function refuseConflict(others: readonly StoredRecord[], draft: Draft, verb: 'create' | 'edit'): void {
  const beside = others.filter(({ name }) => name === draft.name);
  const twin = beside.find((other) => isAlike(other, draft));
  if (twin)
    throw new Refusal(400, 'DUPLICATE_RECORD', 'A record with this name, type and content already exists.', {
      existingId: twin.id,
    });
  if (draft.type === 'CNAME' && beside.length > 0) throw unable(verb, 'a CNAME stands alone at its name');
  if (beside.some(({ type }) => type === 'CNAME')) throw unable(verb, 'there is a CNAME at this name');
  const hasAlias = draft.type === 'ALIAS' || beside.some(({ type }) => type === 'ALIAS');
  if (hasAlias && EXCLUSIVE.has(draft.type) && beside.some(({ type }) => EXCLUSIVE.has(type)))
    throw unable(verb, 'an ALIAS stands beside no other address');
}
