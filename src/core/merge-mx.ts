import { type LiveRecord, sameData, showValue } from './dns.ts';
import { creation, deletion, isOurs, type Merged, type MergeInput, update } from './merge-change.ts';
import type { DesiredRecord } from './resource.ts';

/**
 * The inbound MX set: all wanted hosts and nobody else's. A host of somebody else is never replaced unasked,
 * because mail would go elsewhere from that moment.
 */
export function mergeMx(wanted: readonly DesiredRecord[], input: MergeInput): Merged {
  const name = wanted[0]?.record.name ?? '';
  const there = input.live.filter((record) => record.name === name);
  const first = wanted[0];
  if (!first) return { changes: [], conflicts: [] };
  const flattened = name === input.zone && input.limits.apexCname === 'flattened';
  const alias = flattened ? undefined : there.find((record) => record.type === 'CNAME');
  if (alias) {
    return {
      changes: [],
      conflicts: [
        {
          code: 'dns.occupied',
          system: first.system,
          name,
          message: `${name} is a CNAME to ${alias.value}, so no MX can stand there (RFC 2181 10.1).`,
          fix: 'Replace the CNAME by address records (or the provider’s flattening), then run again.',
        },
      ],
    };
  }
  const live = there.filter((record) => record.type === 'MX');
  const missing = wanted.filter((want) => !live.some((record) => sameData(record, want.record)));
  const others = live.filter((record) => !wanted.some((want) => sameData(record, want.record)));
  // A host of ours whose preference changed is an update, not a stranger.
  const ours = others.flatMap((record) => {
    const want = missing.find((one) => isOurs(record, one, input.owned));
    return want ? [{ record, want }] : [];
  });
  const strangers = others.filter((record) => !ours.some((one) => one.record === record));
  const locked = strangers.filter((record) => record.readOnly !== undefined);
  if (locked.length > 0 || (strangers.length > 0 && !input.takeOverMx)) {
    return { changes: [], conflicts: [mxConflict(name, first, strangers, locked)] };
  }
  const effect = `mail to @${name} no longer goes to this host once the old records have expired`;
  return {
    changes: [
      ...strangers.map((record) => deletion(first, record, effect)),
      ...ours.map(({ record, want }) => update(want, record, input.limits)),
      ...missing.filter((want) => !ours.some((one) => one.want === want)).map((want) => creation(want, input.limits)),
    ],
    conflicts: [],
  };
}

function mxConflict(
  name: string,
  want: DesiredRecord,
  strangers: readonly LiveRecord[],
  locked: readonly LiveRecord[],
) {
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

/** Whose hosts these are, as far as their names tell; empty where they do not. */
export function mailService(host: string): string {
  if (host === '' || host === '.') return ' (null MX: receives no mail)';
  const known: readonly (readonly [RegExp, string])[] = [
    [/(^|\.)mx\.cloudflare\.net$/, 'Cloudflare Email Routing'],
    [/(^|\.)(aspmx\.l|smtp)\.google\.com$|(^|\.)googlemail\.com$/, 'Google Workspace'],
    [/\.mail\.protection\.outlook\.com$|\.mx\.microsoft$/, 'Microsoft 365'],
    [/^inbound-smtp\..+\.amazonaws\.com$/, 'Amazon SES receiving'],
    [/\.(pphosted|ppe-hosted)\.com$/, 'Proofpoint'],
    [/\.mimecast\.com$/, 'Mimecast'],
    [/\.messagingengine\.com$/, 'Fastmail'],
    [/(^|\.)protonmail\.ch$/, 'Proton Mail'],
    [/(^|\.)(park|parking)[a-z-]*\./, 'a parking service'],
  ];
  const found = known.find(([pattern]) => pattern.test(host));
  return found ? ` (${found[1]})` : '';
}
