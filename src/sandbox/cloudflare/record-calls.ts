import { applyBatch } from './batch.ts';
import { type Answered, type Call, readBody, readZone } from './call.ts';
import { createRecord, deleteRecord, overwriteRecord, patchRecord } from './edits.ts';
import { exportZone } from './export.ts';
import { findRecords, paginate } from './list.ts';
import { refuse, successBody } from './refusal.ts';
import { showRecord } from './view.ts';

const MOST_PER_PAGE = 5_000_000;

/** `GET /zones/{id}/dns_records`. */
export function listRecords(call: Call): Answered {
  const zone = readZone(call, 'dns:read');
  const { items, info } = paginate(findRecords(zone.records.values(), call.query), call.query, 100, MOST_PER_PAGE);
  call.cloud.editor.sawList(zone);
  return { body: successBody(items.map(showRecord), info), effect: false };
}

/** `GET /zones/{id}/dns_records/{id}`. */
export function getRecord(call: Call): Answered {
  const record = readZone(call, 'dns:read').records.get(call.ids[1] ?? '');
  if (!record) throw refuse(404, 81_044, 'Record does not exist.');
  return { body: successBody(showRecord(record)), effect: false };
}

/** `POST /zones/{id}/dns_records`. */
export function postRecord(call: Call): Answered {
  const zone = readZone(call, 'dns:edit');
  const body = readBody(call);
  const record = call.cloud.estate.change(zone, (board) => createRecord(board, body));
  return { body: successBody(showRecord(record)), effect: true };
}

/** `PUT /zones/{id}/dns_records/{id}`. */
export function putRecord(call: Call): Answered {
  const zone = readZone(call, 'dns:edit');
  const body = readBody(call);
  const record = call.cloud.estate.change(zone, (board) => overwriteRecord(board, call.ids[1], body));
  return { body: successBody(showRecord(record)), effect: true };
}

/** `PATCH /zones/{id}/dns_records/{id}`. */
export function editRecord(call: Call): Answered {
  const zone = readZone(call, 'dns:edit');
  const body = readBody(call);
  const record = call.cloud.estate.change(zone, (board) => patchRecord(board, call.ids[1], body));
  return { body: successBody(showRecord(record)), effect: true };
}

/** `DELETE /zones/{id}/dns_records/{id}`. */
export function removeRecord(call: Call): Answered {
  const zone = readZone(call, 'dns:edit');
  const { id } = call.cloud.estate.change(zone, (board) => deleteRecord(board, call.ids[1]));
  return { body: successBody({ id }), effect: true };
}

/** `POST /zones/{id}/dns_records/batch`: all of it or nothing. */
export function batchRecords(call: Call): Answered {
  const zone = readZone(call, 'dns:edit');
  const body = readBody(call);
  const done = call.cloud.estate.change(zone, (board) => applyBatch(board, body));
  const result = {
    deletes: done.deletes.map(showRecord),
    patches: done.patches.map(showRecord),
    puts: done.puts.map(showRecord),
    posts: done.posts.map(showRecord),
  };
  return { body: successBody(result), effect: Object.values(result).some((list) => list.length > 0) };
}

/** `GET /zones/{id}/dns_records/export`: BIND text, no envelope. */
export function exportRecords(call: Call): Answered {
  const zone = readZone(call, 'dns:read');
  return { body: exportZone(zone, call.cloud.estate.now()), contentType: 'text/plain', effect: false };
}
