import { type DnsRecord, type LiveRecord, relativeName, sameData } from '../dns.ts';
import { escapeControls, fromBytes } from '../records/txt.ts';

/** A classic mistake of entering a record by hand: what went wrong in one sentence, and how it is put right. */
export interface Slip {
  readonly kind: 'doubled' | 'target' | 'quotes' | 'proxied' | 'type' | 'cut' | 'preference';
  /** The record that was entered; the one that is to be put right. */
  readonly record: LiveRecord;
  readonly what: string;
  readonly fix: string;
}

/**
 * Recognises what became of a record that a person was asked to enter. `live`: the records at its name, and at the name with the zone
 * doubled. Only what can't be meant otherwise is called a mistake. Pure.
 */
export function findSlip(want: DnsRecord, live: readonly LiveRecord[], zone: string): Slip | undefined {
  const there = live.filter((record) => record.name === want.name);
  if (there.some((record) => sameData(record, want))) return undefined;
  const entered = relativeName(want.name, zone);
  for (const record of there) {
    const slip = wrongThere(want, record, zone);
    if (slip) return { ...slip, record };
  }
  const proxied =
    want.type === 'CNAME' && want.name.includes('._domainkey.') && !there.some((one) => one.type === 'CNAME');
  const address = there.find((record) => record.type === 'A' || record.type === 'AAAA');
  if (proxied && address) {
    return {
      kind: 'proxied',
      record: address,
      what: `${want.name} answers addresses (${address.value}) instead of the CNAME: it is proxied or flattened at the DNS host.`,
      fix: 'Switch the proxy (the orange cloud) and CNAME flattening off for this record: "DNS only".',
    };
  }
  const doubled = live.find((record) => record.name === `${want.name}.${zone}` && record.type === want.type);
  if (doubled) {
    return {
      kind: 'doubled',
      record: doubled,
      what: `It was entered as ${doubled.name}: the DNS host adds ${zone} by itself.`,
      fix: `Enter the name as "${entered}" only, and delete the record at the doubled name.`,
    };
  }
  return undefined;
}

/** What is wrong with a record at the right name. */
function wrongThere(want: DnsRecord, record: LiveRecord, zone: string): Omit<Slip, 'record'> | undefined {
  const at = `${want.name} ${want.type}`;
  if (record.type === want.type && want.type !== 'TXT') {
    if (record.value === `${want.value}.${zone}`) {
      return {
        kind: 'target',
        what: `${at} points to ${record.value}: the DNS host has added ${zone} to the target.`,
        fix: `End the target with a dot: ${want.value}.`,
      };
    }
    if (want.type === 'MX' && record.value === want.value && record.preference !== want.preference) {
      return {
        kind: 'preference',
        what: `${at} ${record.value} has the preference ${record.preference} instead of ${want.preference}.`,
        fix: `Set the preference (priority) to ${want.preference}.`,
      };
    }
  }
  if (record.type === 'TXT' && want.type === 'TXT') {
    const text = fromBytes(record.value).trim();
    const meant = fromBytes(want.value);
    const bare = text.replace(/^[\\"'“”]+|[\\"'“”]+$/g, '').replace(/[\\"“”]+\s*[\\"“”]+/g, '');
    if (bare === meant && text !== meant) {
      return {
        kind: 'quotes',
        what: `${at} has quotation marks inside its value: ${escapeControls(text.slice(0, 60))}${text.length > 60 ? '…' : ''}`,
        fix: 'Enter the value without quotation marks; this DNS host adds them by itself.',
      };
    }
    // Of other texts a beginning may be whole: a policy without our later tags.
    const isKey = want.name.includes('._domainkey.');
    if (isKey && text.length >= 60 && text.length < meant.length && meant.startsWith(text)) {
      return {
        kind: 'cut',
        what: `${at} ends after ${text.length} of ${meant.length} characters: the DNS host has cut it off.`,
        fix: 'Enter it as several quoted strings of at most 255 characters in one record, as the zone file form shows.',
      };
    }
  }
  if (
    record.type === 'TXT' &&
    want.type === 'CNAME' &&
    fromBytes(record.value).replace(/^"|"$|\.$/g, '') === want.value
  ) {
    return {
      kind: 'type',
      what: `${want.name} was entered as TXT instead of CNAME.`,
      fix: `Delete the TXT record and enter a CNAME to ${want.value}.`,
    };
  }
  return undefined;
}
