import type { DnsRecord, LiveRecord } from '../dns.ts';
import type { Limits } from '../dns-provider.ts';
import type { Json } from '../problem.ts';
import type { Change, DesiredRecord, Owned } from '../resource.ts';
import { mergeRecords } from './merge.ts';

const LIMITS: Limits = {
  by: 'us',
  unit: 'record',
  reads: 'zone',
  minTtl: 60,
  maxTtl: 86_400,
  txtBytes: 2048,
  batch: 200,
  marker: 'comment',
  apexCname: 'refused',
};
const TREE = new Map(
  ['_spf.google.com', 'amazonses.com', 'x.test'].map((name) => [name, 'v=spf1 ip4:192.0.2.0/24 ~all'] as const),
);
export const NOBODY = ledger({});

export function ledger(entries: Readonly<Record<string, Json>>): Owned {
  return { get: (id) => entries[id], entries: () => Object.entries(entries) };
}

export function want(
  record: Partial<DnsRecord> & Pick<DnsRecord, 'name' | 'type' | 'value'>,
  firmness: DesiredRecord['firmness'],
  id?: string,
): DesiredRecord {
  const full: DnsRecord = { ttl: 3600, ...record };
  return {
    id: id ?? `dns ${full.name} ${full.type} ${full.value}`,
    record: full,
    firmness,
    system: 'test',
    purpose: 'a test',
    effect: 'none',
    check: 'dkim.cname',
  };
}

export function live(name: string, type: string, value: string, more: Partial<LiveRecord> = {}): LiveRecord {
  return { id: `${name} ${type} ${value}`, name, type, value, ttl: 300, ...more };
}

export function merge(
  desired: DesiredRecord[],
  records: LiveRecord[],
  more: { owned?: Owned; takeOverMx?: boolean; spfTree?: Map<string, string>; flattened?: boolean } = {},
) {
  return mergeRecords({
    desired,
    live: records,
    owned: more.owned ?? NOBODY,
    limits: more.flattened ? { ...LIMITS, apexCname: 'flattened' } : LIMITS,
    takeOverMx: more.takeOverMx ?? false,
    zone: 'a.test',
    spfTree: new Map([...TREE, ...(more.spfTree ?? [])]),
  });
}

/** What merging needs beside what is wanted and live. */
export const INPUT = { owned: NOBODY, limits: LIMITS, takeOverMx: false, zone: 'a.test', spfTree: TREE };

/** The zone after the changes, as a provider would show it. */
export function applied(records: readonly LiveRecord[], changes: readonly Change[]): LiveRecord[] {
  let zone = [...records];
  for (const change of changes) {
    const before = change.before as unknown as LiveRecord | undefined;
    const after = change.after as unknown as LiveRecord | undefined;
    if (before) zone = zone.filter((record) => record.id !== before.id);
    if (after) zone.push({ ...after, id: before?.id ?? `new ${change.id}` });
  }
  return zone;
}
