import { z } from 'zod';
import { createRecord } from './edits.ts';
import type { Estate } from './estate.ts';
import type { CloudZone } from './state.ts';

/** A record to put into a zone from outside the API: what POST takes, and what only Cloudflare itself or time could have made. */
export const seedSchema = z.looseObject({
  /** Managed by Cloudflare: can't be edited. */
  read_only: z.boolean().optional(),
  /** Content to read back exactly so: records of old are unquoted. */
  raw: z.string().optional(),
});

/** Puts records into a zone as if they had always been there. */
export function seedRecords(estate: Estate, zone: CloudZone, seeds: readonly z.infer<typeof seedSchema>[]): void {
  estate.change(zone, (board) => {
    for (const { read_only: readOnly = false, raw, ...input } of seeds) {
      const record = createRecord(board, input);
      board.records.set(record.id, { ...record, readOnly, content: raw ?? record.content });
    }
  });
}
