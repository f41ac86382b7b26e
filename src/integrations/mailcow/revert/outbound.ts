import type { Json } from '../../../core/problem.ts';
import { type OutboundData, type RelayhostData, sameRelayhost } from '../data.ts';
import { changeId, relayhostId } from '../names.ts';
import { describe } from '../plan/outbound.ts';
import type { RelayhostName } from '../state.ts';
import { base, making, removing, type Taken, type Taking } from './taking.ts';

/** A domain's mail leaves again as it did before. */
export function revertOutbound(taking: Taking): Taken {
  const { made, state, domain } = taking;
  const nameIn = (data: Json | undefined) => (data as unknown as OutboundData | undefined)?.relayhost ?? null;
  const before = nameIn(made.before);
  const after = nameIn(made.verb === 'delete' ? undefined : made.after);
  if (!state.domain) return undefined;
  const id = state.domain.relayhost;
  const live: RelayhostName | null =
    id === undefined
      ? null
      : (state.relayhosts?.find((one) => one.id === id) ?? { hostname: `relay host ${id}`, username: '' });
  if (sameRelayhost(live, before)) return undefined;
  if (!sameRelayhost(live, after))
    return { left: `its mail leaves by ${live ? describe(live) : 'no relay host'} by now` };
  if (!before)
    return {
      change: removing(taking, {
        what: `domain ${domain}: its mail leaves by no relay host any more`,
        effect: `what users of Mailcow send from @${domain} leaves from Mailcow itself, as before`,
        sendsBy: [],
      }),
    };
  const isThere = state.relayhosts?.some((one) => sameRelayhost(one, before)) === true;
  // Made again by the same way back, where a run took it away.
  const waitsFor = isThere ? [] : [relayhostId(hostOf(made.id), before)];
  const what = `domain ${domain}: its mail leaves by ${describe(before)}, as before`;
  const effect = `what users of Mailcow send from @${domain} is handed to it again`;
  if (made.verb === 'delete') return { change: making(taking, { what, effect, waitsFor, sendsBy: [] }) };
  if (!isThere) return { left: `the relay host that it left by before (${describe(before)}) is gone` };
  return {
    change: {
      ...base(taking),
      verb: 'update',
      what,
      effect,
      before: made.after ?? null,
      after: made.before ?? null,
      // It was ours before, too: only then is one changed.
      owns: { [made.id]: made.before ?? null },
      sendsBy: [],
      undo: 'inverse',
    },
  };
}

/** A relay host goes when nobody leaves by it; another domain's use keeps it. */
export function revertRelayhost(taking: Taking): Taken {
  const { made, data, state, domain, together } = taking;
  const wanted = data as unknown as RelayhostData;
  const live = state.relayhosts?.find((one) => sameRelayhost(one, wanted));
  const what = `relay host ${describe(wanted)}`;
  if (made.verb === 'delete')
    return live
      ? undefined
      : {
          change: making(taking, {
            what: `${what} again`,
            effect: 'nothing visible: no domain leaves by it yet',
            sendsBy: [],
          }),
        };
  if (!live) return undefined;
  const assignment = changeId(wanted.host, domain, 'outbound');
  const isGoing = together.has(assignment);
  const users = live.usedBy.filter((user) => !(user === domain && isGoing));
  if (users.length > 0)
    return { left: `${users.join(', ')} ${users.length > 1 ? 'leave' : 'leaves'} by it`, ours: true };
  return {
    change: removing(taking, {
      what,
      effect: 'nothing visible: no domain leaves by it any more',
      ...(isGoing ? { waitsFor: [assignment] } : {}),
      sendsBy: [],
    }),
  };
}

/** The host that an id of a change names. */
function hostOf(id: string): string {
  return /^mailcow ([^/]+)\//.exec(id)?.[1] ?? '';
}
