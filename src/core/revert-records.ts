import { isDmarc, removeReportAddresses } from './dmarc.ts';
import { type DnsRecord, type LiveRecord, MARKER, sameData, showValue } from './dns.ts';
import { lingering, live as liveData, recordData } from './merge-change.ts';
import type { Json } from './problem.ts';
import type { Change, Left, Made, Reverted } from './resource.ts';
import { isSpf, removeSpfTerms } from './spf.ts';
import { fromBytes, toBytes } from './txt.ts';

type Inverse = { readonly change: Change } | { readonly left: string } | undefined;

/**
 * Takes records back, three-way: what still is as we wrote it goes back to what it was; what somebody changed since is left and named,
 * but for our own words in a record of theirs (an SPF term, a report address), which are taken out of it as it is now. Pure.
 * The changes have the ids of what they take back, so that the ledger follows. `known`: other records that are no strangers in an MX set.
 */
export function revertRecords(
  made: readonly Made[],
  live: readonly LiveRecord[],
  known: readonly DnsRecord[] = [],
): Reverted {
  const changes: Change[] = [];
  const left: Left[] = [];
  const disturbed = disturbedMx(made, live, known);
  for (const one of made) {
    const { name, type } = recordOf(one);
    const there = live.filter((record) => record.name === name);
    const stranger = type === 'MX' ? disturbed.get(name) : undefined;
    const inverse: Inverse = stranger !== undefined ? { left: stranger } : invert(one, there);
    if (inverse === undefined) continue;
    if ('left' in inverse) left.push({ id: one.id, what: one.what, why: inverse.left });
    else changes.push(inverse.change);
  }
  return { changes, left };
}

/** MX sets into which somebody put other hosts since: where mail goes is theirs to say by now. */
function disturbedMx(
  made: readonly Made[],
  live: readonly LiveRecord[],
  others: readonly DnsRecord[],
): ReadonlyMap<string, string> {
  const own = made.flatMap((one) => [one.before, one.after].filter((data) => data !== undefined));
  const known = [...(own as unknown as DnsRecord[]), ...others];
  const names = new Set(known.filter((record) => record.type === 'MX').map((record) => record.name));
  const disturbed = new Map<string, string>();
  for (const name of names) {
    const strangers = live.filter(
      (record) => record.name === name && record.type === 'MX' && !known.some((one) => sameData(one, record)),
    );
    if (strangers.length > 0)
      disturbed.set(
        name,
        `the MX set has ${strangers.map(showValue).join(', ')} by now, which this run knows nothing of`,
      );
  }
  return disturbed;
}

function recordOf(made: Made): DnsRecord {
  return (made.after ?? made.before) as unknown as DnsRecord;
}

function invert(made: Made, there: readonly LiveRecord[]): Inverse {
  const after = made.after as unknown as LiveRecord | undefined;
  const before = made.before as unknown as LiveRecord | undefined;
  if (after === undefined) return before && bringBack(made, before, there);
  const now = there.find((record) => sameData(record, after));
  if (now) return before ? putBack(made, now, before) : { change: removal(made, now) };
  if (before && there.some((record) => sameData(record, before))) return undefined;
  const words = wordsOf(made);
  if (words) return takeOut(made, words, there);
  const changed = there.filter((record) => standsThere(record, after));
  return changed.length === 0
    ? undefined
    : { left: `it was ${showValue(after)} and is ${changed.map(showValue).join(', ')} by now` };
}

/** Whether a record stands where ours stood: the only one of its type, the same policy, or still with our mark. */
function standsThere(record: LiveRecord, ours: DnsRecord): boolean {
  if (record.type !== ours.type) return ours.type === 'CNAME' || record.type === 'CNAME';
  if (record.type === 'CNAME' || record.comment?.includes(MARKER)) return true;
  return (
    record.type === 'TXT' &&
    ((isSpf(record.value) && isSpf(ours.value)) || (isDmarc(record.value) && isDmarc(ours.value)))
  );
}

function removal(made: Made, now: LiveRecord): Change {
  return {
    ...base(made, 'delete', `${now.name} ${now.type} ${showValue(now)}`, 'the record that was made is removed again'),
    before: liveData(now),
    owns: { [made.id]: null },
    ...lingering(now),
  };
}

/** The value that stood there, with the TTL and comment that it had. */
function putBack(made: Made, now: LiveRecord, before: LiveRecord): Inverse {
  const same = sameData(now, before);
  if (
    same &&
    (now.comment ?? '') === (before.comment ?? '') &&
    now.proxied === before.proxied &&
    now.ttl === before.ttl
  )
    return undefined;
  const what = !same
    ? `${now.name} ${now.type} ${showValue(now)} becomes ${showValue(before)} again`
    : now.ttl === before.ttl
      ? `${now.name} ${now.type} ${showValue(now)}: without our mark`
      : `${now.name} ${now.type} ${showValue(now)}: TTL ${before.ttl} again`;
  return {
    change: {
      ...base(made, 'update', what, same ? 'nothing visible' : 'what stood there before is answered again'),
      before: liveData(now),
      after: {
        ...recordData(before),
        ttl: before.ttl,
        comment: before.comment ?? '',
        ...(before.proxied ? { proxied: true } : {}),
      },
      owns: disowned(made),
      ...(same ? { marks: true as const } : lingering(now)),
    },
  };
}

function bringBack(made: Made, before: LiveRecord, there: readonly LiveRecord[]): Inverse {
  if (there.some((record) => sameData(record, before))) return undefined;
  const taken = there.find(
    (record) => (record.type === 'CNAME') !== (before.type === 'CNAME') || before.type === 'CNAME',
  );
  if (taken) return { left: `${before.name} holds ${taken.type} ${showValue(taken)} by now` };
  return {
    change: {
      ...base(
        made,
        'create',
        `${before.name} ${before.type} ${showValue(before)}, as it was`,
        'what stood there before is answered again',
      ),
      after: { ...recordData(before), ttl: before.ttl, ...(before.comment ? { comment: before.comment } : {}) },
      owns: formerly(made, before),
    },
  };
}

/** What was ours before its removal is ours again. */
function formerly(made: Made, before: LiveRecord): NonNullable<Change['owns']> {
  const entries = Object.entries(made.owns ?? { [made.id]: null });
  return Object.fromEntries(entries.map(([id]) => [id, recordData(before)]));
}

function disowned(made: Made): NonNullable<Change['owns']> {
  const before = made.before as unknown as LiveRecord | undefined;
  const wasOurs = before?.comment === MARKER;
  return Object.fromEntries(
    Object.keys(made.owns ?? { [made.id]: null }).map((id) => [id, wasOurs && before ? recordData(before) : null]),
  );
}

/** Our words in a record that others may have changed since: SPF terms, report addresses. */
interface Words {
  readonly terms?: readonly string[];
  readonly rua?: readonly string[];
}

function wordsOf(made: Made): Words | undefined {
  const owned = made.owns?.[made.id] as Words | null | undefined;
  if (owned?.terms || owned?.rua) return owned;
  const { value } = recordOf(made);
  // A whole SPF record of ours into which somebody put terms: ours go, the record stays.
  return isSpf(value) ? { terms: value.split(' ').filter((term) => term.startsWith('include:')) } : undefined;
}

function takeOut(made: Made, words: Words, there: readonly LiveRecord[]): Inverse {
  const record = there.find((one) => one.type === 'TXT' && (words.terms ? isSpf(one.value) : isDmarc(one.value)));
  if (!record) return undefined;
  const text = fromBytes(record.value);
  let without: string;
  try {
    without = words.terms ? removeSpfTerms(text, words.terms) : removeReportAddresses(text, words.rua ?? []);
  } catch (error) {
    return { left: `the record can't be read any more: ${(error as Error).message}` };
  }
  if (without === text) return undefined;
  return {
    change: {
      ...base(
        made,
        'update',
        `${record.name} TXT "${text}" becomes "${without}"`,
        'what is ours in the record is taken out, everything else stays',
      ),
      before: liveData(record),
      after: {
        ...recordData({ ...record, value: toBytes(without) }),
        ttl: record.ttl,
        ...(record.comment === undefined ? {} : { comment: record.comment }),
      },
      owns: { [made.id]: null },
      foreign: true,
      ...lingering(record),
    },
  };
}

function base(made: Made, verb: Change['verb'], what: string, effect: string) {
  return { id: made.id, system: 'dns', verb, what, effect, by: 'us' as const, undo: 'inverse' as const };
}

/** A ledger entry as something made: what stands in it is ours, whatever was there before. */
export function madeOf(id: string, entry: Json): Made {
  const data = entry as { name?: string; type?: string; value?: string; terms?: unknown; rua?: unknown };
  const words = data.terms !== undefined || data.rua !== undefined;
  const system = id.split(' ')[0] ?? id;
  return {
    id,
    system,
    verb: words ? 'update' : 'create',
    what: system === 'dns' ? `${data.name} ${data.type}` : id,
    after: words ? { ...(entry as object), value: '' } : entry,
    ...(words ? { owns: { [id]: entry } } : {}),
    undo: 'inverse',
  };
}
