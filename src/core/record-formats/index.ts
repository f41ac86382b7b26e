import { toCsv } from './csv.ts';
import { toDnscontrol } from './dnscontrol.ts';
import { toJson } from './json.ts';
import { toOctodns } from './octodns.ts';
import { toTable } from './table.ts';
import { toTerraform } from './terraform.ts';
import { toZoneFile } from './zone-file.ts';
import type { ZoneRecords } from './zone-records.ts';

/** Every form in which records are handed to a person or their tool. */
export const RECORD_FORMATS = {
  table: toTable,
  zone: toZoneFile,
  csv: toCsv,
  json: toJson,
  dnscontrol: toDnscontrol,
  octodns: toOctodns,
  terraform: toTerraform,
} as const satisfies Readonly<Record<string, (zone: ZoneRecords) => string>>;

export type RecordFormat = keyof typeof RECORD_FORMATS;
