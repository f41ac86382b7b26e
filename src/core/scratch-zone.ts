import { type LiveRecord, sameData } from './dns.ts';
import type { Change } from './resource.ts';

/** A zone as it would be with the changes so far; several steps back over one record become one change. */
export interface ScratchZone {
  /** The records at a name. */
  at(name: string): readonly LiveRecord[];
  take(change: Change): void;
  changes(): readonly Change[];
}

interface Entry {
  record: LiveRecord;
  /** The change that made it so. */
  by?: Change;
}

export function openScratch(live: readonly LiveRecord[]): ScratchZone {
  const entries: Entry[] = live.map((record) => ({ record }));
  let changes: Change[] = [];
  const replace = (old: Change, by: Change | undefined) => {
    changes = changes.flatMap((one) => (one === old ? (by ?? []) : one));
  };
  return {
    at: (name) => entries.map(({ record }) => record).filter((record) => record.name === name),
    changes: () => changes,
    take(change) {
      const before = change.before as unknown as LiveRecord | undefined;
      const after = change.after as unknown as LiveRecord | undefined;
      const at = before ? entries.findIndex(({ record }) => sameData(record, before)) : -1;
      const entry = entries[at];
      const former = entry?.by;
      if (!entry || !former) {
        changes.push(change);
        if (entry && after) Object.assign(entry, { record: { ...entry.record, ...after }, by: change });
        else if (entry) entries.splice(at, 1);
        else if (after) entries.push({ record: after, by: change });
        return;
      }
      const joined = join(former, change);
      replace(former, joined);
      if (after && joined) Object.assign(entry, { record: { ...entry.record, ...after }, by: joined });
      else entries.splice(at, 1);
    },
  };
}

/** Two changes of one record, one after the other, as one; undefined where nothing is left of them. */
function join(first: Change, second: Change): Change | undefined {
  const owns = { ...first.owns, ...second.owns };
  if (second.verb === 'delete') {
    if (first.verb === 'create') return undefined;
    const { after: _gone, ...rest } = first;
    return { ...rest, verb: 'delete', what: second.what, effect: second.effect, owns };
  }
  const { marks: _first, ...base } = first;
  return {
    ...base,
    what: second.verb === 'update' && first.verb === 'create' ? first.what : second.what,
    after: second.after as NonNullable<Change['after']>,
    owns,
  };
}
