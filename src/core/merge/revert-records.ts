import { type DnsRecord, type LiveRecord, MARKER, sameData, showValue } from '../dns.ts';
import type { Json } from '../problem.ts';
import { isDmarc, removeReportAddresses } from '../records/dmarc.ts';
import { isSpf, removeSpfTerms } from '../records/spf.ts';
import type { Change, Left, Made, Owned, Reverted } from '../resource.ts';
import { openScratch } from '../scratch-zone.ts';
import { holdsRecord, lingering, live as liveData, recordData } from './merge-change.ts';
import { addedWords, type Words, wordsOf } from './our-words.ts';

type Inverse = { readonly change: Change } | { readonly left: string } | undefined;

/** What reverting is judged by beside the records. */
interface Proof {
  /** What is ours: with it or our comment, a record that looks like ours is. */
  readonly owned: Owned;
  /** Other records that are no strangers in an MX set. */
  readonly known?: readonly DnsRecord[];
}

/**
 * Takes records back, three-way, the last first: what still is as we wrote it goes back to what it was; what somebody changed since is left
 * and named, but for our own words in a record of theirs (an SPF term, a report address), which are taken out of it as it is now. A record
 * like ours that nothing proves to be ours stays. Pure. The changes have the ids of what they take back, so that the ledger follows.
 */
export function revertRecords(made: readonly Made[], live: readonly LiveRecord[], proof: Proof): Reverted {
  const left: Left[] = [];
  const scratch = openScratch(live);
  const disturbed = disturbedMx(made, live, proof.known ?? []);
  for (const one of made.toReversed()) {
    const { name, type } = recordOf(one);
    const stranger = type === 'MX' ? disturbed.get(name) : undefined;
    const inverse: Inverse =
      stranger !== undefined ? { left: stranger } : invert(one, scratch.at(name), proof.owned, made);
    if (inverse === undefined) continue;
    if ('left' in inverse) left.push({ id: one.id, what: one.what, why: inverse.left });
    else scratch.take(inverse.change);
  }
  return { changes: scratch.changes(), left: left.toReversed() };
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

function invert(made: Made, there: readonly LiveRecord[], owned: Owned, run: readonly Made[]): Inverse {
  const after = made.after as unknown as LiveRecord | undefined;
  const before = made.before as unknown as LiveRecord | undefined;
  if (after === undefined) return before && bringBack(made, before, there, run);
  const now = there.find((record) => sameData(record, after));
  if (now?.readOnly !== undefined) return { left: `nobody can edit it any more: ${now.readOnly}` };
  if (now && before) return putBack(made, now, before, owned);
  if (now) {
    const proven = holdsRecord(owned.get(made.id), now) || now.comment?.includes(MARKER);
    return proven
      ? { change: removal(made, now) }
      : { left: 'a record like it is there, and nothing proves that it is ours' };
  }
  if (before && there.some((record) => sameData(record, before))) return undefined;
  const words = wordsOf(made);
  if (words) return takeOut(made, words, there, owned);
  const changed = there.filter((record) => standsThere(record, after));
  return changed.length === 0
    ? undefined
    : { left: `it was ${showValue(after)} and is ${changed.map(showValue).join(', ')} by now` };
}

/** Whether a record stands where ours stood: the only one of its type, the same policy, or still with our mark. */
function standsThere(record: LiveRecord, ours: DnsRecord): boolean {
  if (record.type !== ours.type) return ours.type === 'CNAME' || record.type === 'CNAME';
  if (record.type === 'CNAME' || record.comment?.includes(MARKER)) return true;
  // At the name of a DKIM key no other text is meant to be.
  if (record.type === 'TXT' && ours.name.includes('._domainkey.')) return true;
  return isPolicy(record, ours);
}

/** Whether both are SPF records, or both DMARC records: of such, a name has one. */
function isPolicy({ type, value }: LiveRecord, other: DnsRecord): boolean {
  const isText = type === 'TXT' && other.type === 'TXT';
  return isText && ((isSpf(value) && isSpf(other.value)) || (isDmarc(value) && isDmarc(other.value)));
}

function isDataOf(record: LiveRecord, data: Json | undefined): boolean {
  return data !== undefined && sameData(record, data as unknown as DnsRecord);
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
function putBack(made: Made, now: LiveRecord, before: LiveRecord, owned: Owned): Inverse {
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
  const sameTtl = now.ttl === before.ttl;
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
      owns: made.id.startsWith('ttl ') ? {} : ownedBefore(made, before, owned),
      ...(same ? (sameTtl ? { marks: true as const } : {}) : lingering(now)),
    },
  };
}

/** What was ours at the id before the step: the words of earlier steps, the whole record, or nothing. */
function ownedBefore(made: Made, before: LiveRecord, owned: Owned): NonNullable<Change['owns']> {
  const entry = owned.get(made.id) as Words | undefined;
  const rest = entry?.terms?.filter((term) => !(addedWords(made)?.terms ?? []).includes(term));
  const former: Json | null =
    entry?.terms && rest && rest.length > 0
      ? { name: before.name, type: before.type, terms: rest }
      : before.comment === MARKER || made.wasOurs
        ? recordData(before)
        : null;
  return Object.fromEntries(Object.keys(made.owns ?? { [made.id]: null }).map((id) => [id, former]));
}

function bringBack(made: Made, before: LiveRecord, there: readonly LiveRecord[], run: readonly Made[]): Inverse {
  if (there.some((record) => sameData(record, before))) return undefined;
  const isOfRun = (record: LiveRecord) =>
    run.some((one) => isDataOf(record, one.after) || isDataOf(record, one.before));
  const rival = there.find((record) => isPolicy(record, before) && !isOfRun(record));
  if (rival) return { left: `${showValue(rival)} stands there by now: receivers would use neither of two` };
  const taken = there.find(
    (record) => (record.type === 'CNAME') !== (before.type === 'CNAME') || before.type === 'CNAME',
  );
  if (taken) return { left: `${before.name} holds ${taken.type} ${showValue(taken)} by now` };
  const entries = Object.keys(made.owns ?? { [made.id]: null });
  return {
    change: {
      ...base(
        made,
        'create',
        `${before.name} ${before.type} ${showValue(before)}, as it was`,
        'what stood there before is answered again',
      ),
      after: { ...recordData(before), ttl: before.ttl, ...(before.comment ? { comment: before.comment } : {}) },
      // What was ours before its removal is ours again.
      owns: Object.fromEntries(entries.map((id) => [id, recordData(before)])),
    },
  };
}

function takeOut(made: Made, words: Words, there: readonly LiveRecord[], owned: Owned): Inverse {
  const record = there.find((one) => one.type === 'TXT' && (words.terms ? isSpf(one.value) : isDmarc(one.value)));
  if (!record) return undefined;
  if (record.readOnly !== undefined) return { left: `nobody can edit the record any more: ${record.readOnly}` };
  let without: string;
  try {
    without = words.terms
      ? removeSpfTerms(record.value, words.terms)
      : removeReportAddresses(record.value, words.rua ?? []);
  } catch (error) {
    return { left: `the record can't be read any more: ${(error as Error).message}` };
  }
  if (without === record.value) return undefined;
  if (owned.get(made.id) === undefined)
    return { left: 'it has words like ours, and nothing proves that they are ours' };
  const after = { ...record, value: without };
  return {
    change: {
      ...base(
        made,
        'update',
        `${record.name} TXT ${showValue(record)} becomes ${showValue(after)}`,
        'what is ours in the record is taken out, everything else stays',
      ),
      before: liveData(record),
      after: {
        ...recordData(after),
        ttl: record.ttl,
        ...(record.comment === undefined ? {} : { comment: record.comment }),
      },
      owns: ownedBefore(made, { ...record, comment: '' }, owned),
      foreign: true,
      ...lingering(record),
    },
  };
}

function base(made: Made, verb: Change['verb'], what: string, effect: string) {
  return { id: made.id, system: 'dns', verb, what, effect, by: 'us' as const, undo: 'inverse' as const };
}
