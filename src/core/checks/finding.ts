import { encodeTxt, toBytes } from '../records/txt.ts';
import { type Check, type CheckId, check, type Severity } from './check.ts';
import { CHECKS } from './table.ts';

/** A fault of a record as a check: what was seen in it, and the way out where it is another than the table's. */
export function finding(
  id: CheckId,
  seen: string,
  more: { readonly fix?: string; readonly severity?: Severity; readonly name?: string } = {},
): Check {
  return check(id, {
    status: 'failed',
    system: 'dns',
    expected: CHECKS[id].title,
    seen: [{ by: more.name ?? 'record', value: seen }],
    ...more,
  });
}

/** 'Publish _dmarc.example.com TXT "v=DMARC1; p=none"': a record with its full name, as it is to be entered. */
export function publish(name: string, text: string): string {
  return `Publish ${name} TXT ${encodeTxt(toBytes(text))}`;
}
