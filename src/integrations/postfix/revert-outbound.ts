import type { Json } from '../../core/problem.ts';
import type { Change, Left, Made, Reverted } from '../../core/resource.ts';
import type { OutboundData } from './outbound.ts';
import { type RelayState, SENDERS } from './relay-state.ts';
import { parameter, standingOf } from './wanted-lines.ts';

/** Mail of a domain leaves a relay again as it did before, where the sender's line still stands as it was written. Pure. */
export function revertOutbound(host: string, made: readonly Made[], state: RelayState): Reverted {
  const changes: Change[] = [];
  const left: Left[] = [];
  for (const one of made) {
    const before = one.before as unknown as OutboundData | undefined;
    const after = one.verb === 'delete' ? undefined : (one.after as unknown as OutboundData | undefined);
    const { domain } = (after ?? before) as OutboundData;
    const key = `@${domain}`;
    const valueIn = (data: OutboundData | undefined) => data?.lines[SENDERS]?.[key];
    const standing = standingOf(state, SENDERS, key);
    const value = standing.is === 'missing' ? undefined : standing.value;
    const isGoal = value === valueIn(before);
    if (value !== valueIn(after) && !isGoal) {
      left.push({ id: one.id, what: `${host}: ${key} in ${SENDERS}`, why: 'somebody changed it since' });
      continue;
    }
    if (standing.is === 'theirs' && !isGoal) {
      left.push({ id: one.id, what: `${host}: ${key} in ${SENDERS}`, why: 'the line is not between our marks' });
      continue;
    }
    // What an edit that was cut off left behind goes, too.
    if (isGoal && !isStranded(after, before, state)) continue;
    changes.push({
      id: one.id,
      system: one.system,
      verb: before ? (after ? 'update' : 'create') : 'delete',
      what: before
        ? `relay ${host}: mail from ${key} leaves by SES ${before.transport?.regions.join(', then ') ?? ''}, as before`
        : `relay ${host}: mail from ${key} leaves by SES no more`,
      effect: before
        ? `what ${host} sends for ${key} is handed to SES as before`
        : `what ${host} sends for ${key} leaves as all other mail`,
      ...(after ? { before: after as unknown as Json } : {}),
      ...(before ? { after: before as unknown as Json } : {}),
      owns: { [one.id]: before ? (before as unknown as Json) : null },
      by: 'us',
      sendsBy: [],
      undo: 'inverse',
    });
  }
  return { changes, left };
}

/** Whether a transport of this step is there, and no sender's line names it. */
function isStranded(after: OutboundData | undefined, before: OutboundData | undefined, state: RelayState): boolean {
  const name = after?.transport?.name;
  if (name === undefined || name === before?.transport?.name || !state.transports.has(name)) return false;
  const lines = parameter(state, SENDERS).tables.flatMap(({ entries }) => entries);
  return lines.every(({ value }) => !value.startsWith(`${name}:`));
}
