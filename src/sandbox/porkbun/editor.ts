import { z } from 'zod';
import { createRecord, type Draftboard, deleteRecord, editRecord, type RecordInput } from './edits.ts';
import type { Registrar } from './registrar.ts';
import type { Domain } from './state.ts';

const match = z.strictObject({ name: z.string(), type: z.string(), content: z.string().optional() });
const record = z.strictObject({
  name: z.string().optional(),
  type: z.string(),
  content: z.string(),
  ttl: z.union([z.string(), z.number()]).optional(),
  prio: z.union([z.string(), z.number()]).nullish(),
  notes: z.string().nullish(),
});

/** A change that somebody else will make. Names are bare as create takes them, or full as retrieve shows them. */
export const editSchema = z.strictObject({
  domain: z.string().min(1),
  deletes: z.array(match).default([]),
  edits: z.array(record.partial().extend({ match })).default([]),
  creates: z.array(record).default([]),
});

/** A record from outside the API, as `creates` has them. */
export const seedSchema = record;

type Edit = Omit<z.output<typeof editSchema>, 'domain'>;

/** Another editor: each queued edit is made between the next read of its domain's records and the call after it. */
export class Editor {
  readonly #registrar: Registrar;
  #queue: { domain: Domain; edit: Edit; isDue: boolean }[] = [];

  constructor(registrar: Registrar) {
    this.#registrar = registrar;
  }

  queue(domain: Domain, edit: Edit): void {
    this.#queue.push({ domain, edit, isDue: false });
  }

  /** The domain's records were read: the edits become due. */
  sawRead(domain: Domain): void {
    for (const queued of this.#queue) if (queued.domain === domain) queued.isDue = true;
  }

  /** Makes the edits that are due; answers them for the ledger. Refused ones throw: the scenario is wrong then. */
  act(domain: Domain): Edit[] {
    const due = this.#queue.filter((queued) => queued.domain === domain && queued.isDue);
    this.#queue = this.#queue.filter((queued) => !due.includes(queued));
    for (const { edit } of due) this.#registrar.change(domain, (board) => applyEdit(board, edit));
    return due.map(({ edit }) => edit);
  }
}

/** A record's input with its name made bare, where it is full. */
export function withBareName<T extends RecordInput>(domain: string, input: T): T {
  const name = typeof input.name === 'string' ? input.name.toLowerCase().replace(/\.$/, '') : '';
  return {
    ...input,
    name: name === domain ? '' : name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : name,
  };
}

function applyEdit(board: Draftboard, { deletes, edits, creates }: Edit): void {
  const { name } = board.domain;
  for (const wanted of deletes) deleteRecord(board, find(board, wanted).id);
  for (const { match: wanted, ...change } of edits) {
    const { id, ...old } = find(board, wanted);
    editRecord(board, id, withBareName(name, { ...old, ...change }));
  }
  for (const input of creates) createRecord(board, withBareName(name, input));
}

function find({ domain, records }: Draftboard, wanted: z.output<typeof match>) {
  const { name } = withBareName(domain.name, wanted);
  const full = name === '' ? domain.name : `${name}.${domain.name}`;
  const found = [...records.values()].find(
    (one) =>
      one.name === full && one.type === wanted.type && (wanted.content === undefined || one.content === wanted.content),
  );
  if (!found) throw new RangeError(`the other editor finds no ${wanted.type} record at ${full}`);
  return found;
}
