import { type Answered, type Call, readDomain } from './call.ts';
import { createRecord, type Draftboard, deleteRecord, editRecord, matching } from './edits.ts';
import { Refusal } from './refusal.ts';
import type { Domain, StoredRecord } from './state.ts';

/** A record as it is read: everything text, the name full. */
export function showRecord({ id, name, type, content, ttl, prio, notes }: StoredRecord) {
  return { id, name, type, content, ttl: String(ttl), prio: prio === null ? null : String(prio), notes };
}

/** /dns/retrieve of all records, or of one by its id. */
export function retrieve(call: Call): Answered {
  const domain = readDomain(call);
  const [, id] = call.parts;
  return read(call, domain, (record) => id === undefined || record.id === id);
}

/** /dns/retrieveByNameType */
export function retrieveByNameType(call: Call): Answered {
  const domain = readDomain(call);
  const [name, type] = nameAndType(call, domain);
  return read(call, domain, (record) => record.name === name && record.type === type);
}

/** /dns/create */
export function create(call: Call): Answered {
  const { registrar, body } = call;
  const domain = readDomain(call);
  const warnings = registrar.isDelegatedHere(domain)
    ? {}
    : { warnings: ['The domain uses other nameservers, so this record is stored but not served.'] };
  return write(call, domain, (board) => {
    const record = createRecord(board, body);
    const id = registrar.switches.createdId === 'number' ? Number(record.id) : record.id;
    return { touched: [record], body: { id, ...warnings } };
  });
}

/** /dns/edit */
export function edit(call: Call): Answered {
  return write(call, readDomain(call), (board) => {
    const [, id = ''] = call.parts;
    const old = board.records.get(id);
    return { touched: [...(old ? [old] : []), editRecord(board, id, call.body)], body: {} };
  });
}

/** /dns/delete */
export function remove(call: Call): Answered {
  return write(call, readDomain(call), (board) => ({
    touched: [deleteRecord(board, call.parts[1] ?? '')],
    body: {},
  }));
}

/** /dns/editByNameType: every match gets the same content, whatever it said. */
export function editByNameType(call: Call): Answered {
  const domain = readDomain(call);
  const [name, type] = nameAndType(call, domain);
  const bare = name === domain.name ? '' : name.slice(0, -domain.name.length - 1);
  return write(call, domain, (board) => {
    const old = matching(board, name, type);
    const [first, ...rest] = old;
    if (!first) throw new Refusal(400, 'INVALID_RECORD_ID', 'Invalid record ID.');
    // Records that become equal are one record.
    for (const { id } of rest) deleteRecord(board, id);
    return { touched: [...old, editRecord(board, first.id, { ...call.body, name: bare, type })], body: {} };
  });
}

/** /dns/deleteByNameType: every match. */
export function deleteByNameType(call: Call): Answered {
  const domain = readDomain(call);
  const [name, type] = nameAndType(call, domain);
  return write(call, domain, (board) => {
    const touched = matching(board, name, type);
    for (const { id } of touched) deleteRecord(board, id);
    return { touched, body: {} };
  });
}

function read({ editor }: Call, domain: Domain, wanted: (record: StoredRecord) => boolean): Answered {
  editor.sawRead(domain);
  const records = [...domain.records.values()].filter(wanted).map(showRecord);
  return { body: { cloudflare: 'enabled', records }, effect: false };
}

function write(
  { registrar, body }: Call,
  domain: Domain,
  act: (board: Draftboard) => { touched: StoredRecord[]; body: Readonly<Record<string, unknown>> },
): Answered {
  const dryRun = body.dryRun === true;
  try {
    const done = registrar.change(domain, act, dryRun);
    if (dryRun) return { body: { dryRun, wouldSucceed: true }, effect: false };
    const forbidden = done.touched.some(({ name, type }) => name === domain.name && type === 'NS');
    return { body: done.body, effect: done.touched.length > 0, forbidden };
  } catch (error) {
    if (!dryRun || !(error instanceof Refusal)) throw error;
    const { code, message } = error;
    return { body: { dryRun, wouldSucceed: false, message, ...(code ? { code } : {}) }, effect: false };
  }
}

/** The full name and the type of a path `/{domain}/{type}/{sub?}`. */
function nameAndType({ parts }: Call, domain: Domain): [name: string, type: string] {
  const [, type = '', sub = ''] = parts;
  return [sub === '' ? domain.name : `${sub.toLowerCase()}.${domain.name}`, type.toUpperCase()];
}
