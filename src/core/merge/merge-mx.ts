import { type LiveRecord, sameData, showValue } from '../dns.ts';
import { mailService } from '../mail-service.ts';
import type { Conflict, DesiredRecord } from '../resource.ts';
import {
  alreadyThere,
  creation,
  deletion,
  holdsRecord,
  isOurs,
  type Merged,
  type MergeInput,
  merged,
  overwriting,
  update,
} from './merge-change.ts';

/**
 * The inbound MX set: all wanted hosts and nobody else's. A host of somebody else is never replaced unasked,
 * because mail would go elsewhere from that moment. One that is ours and no longer asked for is left to --prune.
 */
export function mergeMx(wanted: readonly DesiredRecord[], input: MergeInput): Merged {
  const [first] = wanted;
  if (!first) return merged();
  const { name } = first.record;
  const there = input.live.filter((record) => record.name === name);
  const flattened = name === input.zone && input.limits.apexCname === 'flattened';
  const alias = flattened ? undefined : there.find((record) => record.type === 'CNAME');
  if (alias) {
    return merged({
      conflicts: [
        {
          code: 'dns.occupied',
          system: first.system,
          name,
          message: `${name} is a CNAME to ${alias.value}, so no MX can stand there (RFC 2181 10.1).`,
          fix: 'Replace the CNAME by address records (or the provider’s flattening), then run again.',
        },
      ],
    });
  }
  const live = there.filter((record) => record.type === 'MX');
  const hosts = wanted.map((want) => ({
    want,
    record:
      live.find((record) => sameData(record, want.record)) ?? live.find((record) => record.value === want.record.value),
  }));
  const others = live.filter((record) => !hosts.some((host) => host.record === record));
  const entries = [...input.owned.entries()];
  const strangers = others.filter((record) => !entries.some(([, entry]) => holdsRecord(entry, record)));
  // A preference of our host that is not as we wrote it: somebody's doing, or somebody's host from before.
  const moved = hosts.filter(
    ({ want, record }) => record && !sameData(record, want.record) && !isOurs(record, want, input.owned),
  );
  const allowed = input.takeOverMx || input.overwrite;
  const locked = [...strangers, ...moved.flatMap(({ record }) => record ?? [])].filter((one) => one.readOnly);
  if (locked.length > 0 || (strangers.length > 0 && !input.takeOverMx)) {
    return merged({ conflicts: [mxConflict(name, first, [...new Set([...strangers, ...locked])], locked)] });
  }
  const [preference] = moved;
  if (preference?.record && !allowed)
    return merged({ conflicts: [preferenceConflict(preference.want, preference.record)] });

  const effect = `mail to @${name} no longer goes to this host once the old records have expired`;
  const parts = hosts.map(({ want, record }): Merged => {
    if (!record) return merged({ changes: [creation(want, input.limits)] });
    if (sameData(record, want.record)) return alreadyThere(want, record, input);
    const change = isOurs(record, want, input.owned) ? update : overwriting;
    return merged({ changes: [change(want, record, input.limits)] });
  });
  return {
    changes: [
      ...strangers.map((record) => deletion(first, record, undefined, effect)),
      ...parts.flatMap((part) => part.changes),
    ],
    conflicts: [],
    claims: parts.flatMap((part) => part.claims),
  };
}

function preferenceConflict(want: DesiredRecord, record: LiveRecord): Conflict {
  return {
    code: 'dns.drift',
    system: want.system,
    name: want.record.name,
    message: `${want.record.name}: the MX ${record.value} has the preference ${record.preference}, the profile says ${want.record.preference}; the live one is not of our making.`,
    fix: 'Correct the profile if the live preference is right, or run with --overwrite to set it.',
  };
}

function mxConflict(
  name: string,
  want: DesiredRecord,
  strangers: readonly LiveRecord[],
  locked: readonly LiveRecord[],
): Conflict {
  const shown = strangers.map((record) => `${showValue(record)}${mailService(record.value)}`).join(', ');
  const reason = locked[0]?.readOnly;
  return {
    code: reason ? 'dns.read-only' : 'mx.foreign',
    system: want.system,
    name,
    message: reason
      ? `${name}: the MX records ${shown} are locked (${reason}).`
      : `${name}: mail goes to hosts that are not in the profile: ${shown}. Replacing them moves all inbound mail.`,
    fix: reason
      ? 'Switch that feature off at the provider, then run again with --take-over-mx.'
      : 'Run with --take-over-mx to replace them, or with --mx none to leave inbound mail alone.',
  };
}
