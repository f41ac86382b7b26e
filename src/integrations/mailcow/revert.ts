import type { DomainSpec } from '../../core/domain-spec.ts';
import type { Json } from '../../core/problem.ts';
import type { Change, Left, Made, Reverted } from '../../core/resource.ts';
import {
  type AliasData,
  type DkimData,
  type DomainData,
  type ForwardingData,
  type MailboxData,
  sameGoto,
} from './data.ts';
import { COMMENT, changeId, homeOf, type Kind, kindOf, systemOf } from './names.ts';
import { revertOutbound, revertRelayhost } from './revert/outbound.ts';
import { base, making, removing, type Taken, type Taking } from './revert/taking.ts';
import type { MailcowState } from './state.ts';
import { describeHeld } from './staying.ts';

/** What is the whole installation's, whatever a domain's name means there. */
const IS_INSTALLATION: ReadonlySet<Kind> = new Set(['forwarding', 'relayhost']);

/** How each kind goes, in the order in which they do: what is in a domain goes before it. */
const KINDS: Readonly<Record<Kind, (taking: Taking) => Taken>> = {
  alias: revertAlias,
  mailbox: revertMailbox,
  dkim: revertDkim,
  domain: revertDomain,
  forwarding: revertForwarding,
  outbound: revertOutbound,
  relayhost: revertRelayhost,
};

/**
 * Takes back what was made at a Mailcow, compared with what it shows now. Mailboxes stay whatever becomes of them, and so does a domain
 * that has any; what somebody changed since is left and named. Pure.
 */
export function revertMailcow(
  made: readonly Made[],
  state: MailcowState,
  spec: DomainSpec,
  host: string,
  home: string,
): Reverted {
  const changes: Change[] = [];
  const left: Left[] = [];
  const kinds = Object.keys(KINDS);
  const receivesAt = [
    ...new Set([host, ...(spec.relays ?? []).map((one) => one.host), ...(spec.mx ?? []).map((one) => one.host)]),
  ];
  const ordered = made
    .filter((one) => one.id.startsWith(`${systemOf(host)}/`))
    .flatMap((one) => {
      const kind = kindOf(one.id);
      return kind ? [{ one, kind }] : [];
    })
    .toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
  for (const { one, kind } of ordered) {
    if (state.unasked || (!IS_INSTALLATION.has(kind) && state.aliasOf !== undefined)) {
      const why =
        state.aliasOf === undefined
          ? `${systemOf(host)} was not read`
          : `${spec.domain} is an alias domain of ${state.aliasOf} by now`;
      left.push({ id: one.id, what: one.what, why });
      continue;
    }
    const data = (one.verb === 'delete' ? one.before : one.after) ?? null;
    const together = new Set(changes.map((change) => change.id));
    const fate = spec.consents.mailboxes;
    const taken = KINDS[kind]({ made: one, domain: spec.domain, receivesAt, fate, data, state, home, together });
    if (taken && 'change' in taken) changes.push(taken.change);
    else if (taken)
      left.push({ id: one.id, what: one.what, why: taken.left, ...(taken.ours ? { ours: true as const } : {}) });
  }
  return { changes, left };
}

/** What a thing in Mailcow says of whose it is, where it is not ours; undefined where our tag is on it. */
function whoseElse(tags: readonly string[], home: string): string | undefined {
  const owner = homeOf(tags);
  if (owner === undefined) return 'it has no tag of ours: nothing in Mailcow proves that it is ours';
  return owner === home ? undefined : `kept by another installation (${owner})`;
}

/** It holds mail, or soon does. */
function revertMailbox(taking: Taking): Taken {
  const { made, data, state, home, fate } = taking;
  const { mailbox: address } = data as unknown as MailboxData;
  const live = state.mailboxes.find((one) => one.address === address);
  if (!live) return made.verb === 'delete' ? { left: 'its mail is gone' } : undefined;
  const theirs = whoseElse(live.tags, home);
  if (theirs !== undefined) return { left: theirs };
  if (fate !== 'delete') return { left: `mailboxes are never removed: it holds ${describeHeld(live)}`, ours: true };
  // Mailcow takes a mailbox out of the aliases that lead to it, and with it those that lead nowhere else.
  const aliases = [...taking.together].filter((id) => kindOf(id) === 'alias');
  return {
    change: {
      ...removing(
        { ...taking, data: { ...(data as object), messages: live.messages } },
        {
          what: `mailbox ${address} with ${describeHeld(live)}`,
          effect: 'its mail is gone for good',
          undo: 'keep',
          ...(aliases.length > 0 ? { waitsFor: aliases } : {}),
        },
      ),
      ...(live.messages > 0 || live.bytes > 0 ? { typed: address.slice(address.lastIndexOf('@') + 1) } : {}),
    },
  };
}

function revertAlias(taking: Taking): Taken {
  const { made, data, state } = taking;
  const { address, goto, domain } = data as unknown as AliasData;
  const live = state.aliases.find((one) => one.address === address);
  const leads = `alias ${address}, leads to ${goto.join(', ')}`;
  if (made.verb === 'delete') {
    if (live) return sameGoto(live.goto, goto) ? undefined : { left: `it leads to ${live.goto.join(', ')} by now` };
    if (state.mailboxes.some((one) => one.address === address)) return { left: 'it is a mailbox by now' };
    if (!state.domain) return { left: `Mailcow does not have ${domain} any more` };
    return {
      change: making(taking, { what: `${leads} again`, effect: `mail to ${address} goes to ${goto.join(', ')}` }),
    };
  }
  if (!live) return undefined;
  const before = made.before as unknown as AliasData | undefined;
  if (before && sameGoto(live.goto, before.goto)) return undefined;
  if (!sameGoto(live.goto, goto))
    return { left: `it led to ${goto.join(', ')}, and leads to ${live.goto.join(', ')} by now` };
  if (!live.comment?.includes(COMMENT)) return { left: 'its comment does not say that it is ours' };
  if (!before)
    return {
      change: removing(taking, { what: leads, effect: `mail to ${address} is refused, unless a catch-all takes it` }),
    };
  return {
    change: {
      ...base(taking),
      verb: 'update',
      what: `alias ${address}: leads to ${before.goto.join(', ')}, as before`,
      effect: `mail to ${address} goes to ${before.goto.join(', ')} again`,
      before: data,
      after: before as unknown as Json,
      undo: 'inverse',
      // It was ours before, too: only then is one changed.
      owns: { [made.id]: before as unknown as Json },
    },
  };
}

function revertDkim(taking: Taking): Taken {
  const { made, data, state } = taking;
  const { domain, selector } = data as unknown as DkimData;
  if (made.verb === 'delete') {
    return state.dkim ? undefined : { left: 'Mailcow would make a new key: `mailwright up` does, with its record' };
  }
  if (!state.dkim) return undefined;
  if (state.dkim.selector !== selector) return { left: `its selector is ${state.dkim.selector} by now` };
  return {
    change: removing(taking, {
      what: `DKIM key of ${domain}, selector ${selector}`,
      effect: `Mailcow no longer signs mail from @${domain}; if it comes back, it has a new key`,
      undo: 'keep',
    }),
  };
}

function revertDomain(taking: Taking): Taken {
  const { made, data, state, home, together, fate } = taking;
  const { host, domain } = data as unknown as DomainData;
  const live = state.domain;
  if (made.verb === 'delete') return live ? undefined : { left: '`mailwright up` brings it back, with a new DKIM key' };
  if (!live) return undefined;
  const theirs = whoseElse(live.tags, home);
  if (theirs !== undefined) return { left: theirs };
  // A step that only put it out of service.
  if (made.verb === 'update') return live.active ? undefined : { change: reactivating(taking) };
  const going = state.mailboxes.filter((one) =>
    together.has(changeId(host, domain, 'mailbox', one.address.slice(0, one.address.lastIndexOf('@')))),
  );
  if (fate === 'deactivate' && live.active && live.mailboxes > 0) return { change: deactivating(taking, live) };
  if (live.mailboxes > going.length) {
    const many = live.mailboxes === 1 ? '1 mailbox, which holds' : `${live.mailboxes} mailboxes, which hold`;
    return { left: `it has ${many} ${describeHeld(live)}`, ours: true };
  }
  const idOf = (address: string) => changeId(host, domain, 'alias', address.slice(0, address.lastIndexOf('@')));
  const staying = state.aliases.filter((one) => !together.has(idOf(one.address)));
  if (staying.length > 0)
    return {
      left: `it has aliases that are not of our making: ${staying.map((one) => one.address).join(', ')}`,
      ours: true,
    };
  if (!state.aliasDomains) return { left: 'whether other names stand for it was not looked at', ours: true };
  if (state.aliasDomains.length > 0) return { left: `it is used as ${state.aliasDomains.join(', ')}, too`, ours: true };
  const inIt = [
    ...going.map((one) => changeId(host, domain, 'mailbox', one.address.slice(0, one.address.lastIndexOf('@')))),
    ...state.aliases.map((one) => idOf(one.address)),
    changeId(host, domain, 'dkim'),
  ];
  const waitsFor = inIt.filter((id) => together.has(id));
  return {
    change: removing(taking, {
      what: `domain ${domain}, which is empty`,
      effect: `Mailcow refuses mail to @${domain}; if it comes back, it has a new DKIM key`,
      undo: 'keep',
      ...(waitsFor.length > 0 ? { waitsFor } : {}),
    }),
  };
}

/** The domain and its mailboxes keep everything, take no mail, and let nobody in. */
function deactivating(taking: Taking, live: NonNullable<MailcowState['domain']>): Change {
  const data = taking.data as unknown as DomainData;
  return {
    ...base(taking),
    verb: 'update',
    what: `domain ${live.name} is deactivated with its ${live.mailboxes === 1 ? 'mailbox' : `${live.mailboxes} mailboxes`}, which hold ${describeHeld(live)}`,
    effect: 'nobody can log in, no mail is taken; everything is kept',
    before: taking.data,
    after: { ...data, active: false } as unknown as Json,
    receivesAt: taking.receivesAt,
    undo: 'inverse',
  };
}

function reactivating(taking: Taking): Change {
  const before = taking.made.before ?? null;
  return {
    ...base(taking),
    verb: 'update',
    what: `domain ${(taking.data as unknown as DomainData).domain} is taken into service again`,
    effect: 'its mailboxes take mail and let their owners in again',
    before: taking.data,
    after: before,
    owns: { [taking.made.id]: before },
    undo: 'inverse',
  };
}

function revertForwarding(taking: Taking): Taken {
  const { made, data, state } = taking;
  const { address } = data as unknown as ForwardingData;
  const live = state.forwarding.find((one) => one.address === address);
  const what = `forwarding host ${address}`;
  if (made.verb === 'delete') {
    if (live) return undefined;
    return {
      change: making(taking, {
        what: `${what} again, its spam filter on`,
        effect: `what comes from ${address} is not greylisted, nor looked up in block lists`,
      }),
    };
  }
  if (!live) return undefined;
  if (!live.filtered) return { left: 'somebody switched its spam filter off: it counts as theirs' };
  // It is the whole installation's: mail of a domain that we know nothing of may come through it.
  if (!state.others) return { left: 'whether other domains are there was not looked at', ours: true };
  const [other] = state.others;
  if (other !== undefined)
    return {
      left: `${other}${state.others.length > 1 ? ` and ${state.others.length - 1} more domains` : ''} of this Mailcow may get mail through it; if none does, remove it there (System, Configuration, Options, Forwarding Hosts)`,
      ours: true,
    };
  return {
    change: removing(taking, {
      what,
      effect: `mail that comes from ${address} is greylisted and judged by that address again`,
    }),
  };
}
