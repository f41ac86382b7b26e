import { check } from '../../../core/checks/check.ts';
import type { Json } from '../../../core/problem.ts';
import type { Change, Findings } from '../../../core/resource.ts';
import { type AliasData, sameGoto } from '../data.ts';
import { COMMENT, changeId, systemOf } from '../names.ts';
import type { MailcowAlias } from '../state.ts';
import type { MailcowPlan } from './plan.ts';

type Wanted = MailcowPlan['mailcow']['aliases'][number];

/** The aliases that are wanted. Of somebody's own with another goal nothing is changed; one of ours follows the profile. */
export function planAliases(plan: MailcowPlan): Findings {
  const parts = plan.mailcow.aliases.map((one) => planOne(plan, one));
  return {
    changes: parts.flatMap((part) => part.changes ?? []),
    checks: parts.flatMap((part) => part.checks ?? []),
    conflicts: parts.flatMap((part) => part.conflicts ?? []),
  };
}

function planOne(plan: MailcowPlan, wanted: Wanted): Findings {
  const { spec, state, host, owned } = plan;
  const address = `${wanted.local}@${spec.domain}`;
  const say = (status: 'ok' | 'failed', value: string, fix?: string) =>
    check('mailcow.alias', {
      system: systemOf(host),
      name: address,
      status,
      expected: `leads to ${wanted.goto.join(', ')}`,
      seen: [{ by: 'Mailcow', value }],
      ...(fix === undefined ? {} : { fix }),
    });
  if (state.mailboxes.some((one) => one.address === address)) return { checks: [say('ok', 'a mailbox of its own')] };
  const live = state.aliases.find((one) => one.address === address);
  if (!live) return { changes: [making(plan, wanted, address)], checks: [say('failed', 'no such alias')] };
  const leads = `leads to ${live.goto.join(', ')}`;
  if (sameGoto(live.goto, wanted.goto)) {
    if (live.active) return { checks: [say('ok', leads)] };
    const fix = 'Switch it on in Mailcow (E-Mail, Configuration, Aliases, Edit).';
    return { checks: [say('failed', `${leads}, but is switched off`, fix)] };
  }
  const written = owned.get(changeId(host, spec.domain, 'alias', wanted.local)) as unknown as AliasData | undefined;
  const ours = written !== undefined && live.comment?.includes(COMMENT) && sameGoto(written.goto, live.goto);
  if (ours) return { changes: [turning(plan, wanted, live, written)], checks: [say('failed', leads)] };
  return {
    conflicts: [
      {
        code: 'mailcow.alias-other',
        system: systemOf(host),
        name: address,
        message: `Mailcow ${host}: ${address} is to lead to ${wanted.goto.join(', ')}, and leads to ${live.goto.join(', ')}.`,
        fix: 'Change it in Mailcow (E-Mail, Configuration, Aliases), or let mailcow.aliases in the profile say what it does.',
      },
    ],
  };
}

function making(plan: MailcowPlan, wanted: Wanted, address: string): Change {
  const { host, spec } = plan;
  const after: AliasData = { host, domain: spec.domain, address, goto: wanted.goto, comment: COMMENT };
  const every = wanted.local === '' ? `every other address @${spec.domain}` : address;
  return {
    ...base(plan, wanted),
    verb: 'create',
    what: `alias ${wanted.local === '' ? `for ${every}` : address}, leads to ${wanted.goto.join(', ')}`,
    effect: `mail to ${every} goes to ${wanted.goto.join(', ')}`,
    after: after as unknown as Json,
  };
}

/** An alias of ours is made to lead elsewhere. */
function turning(plan: MailcowPlan, wanted: Wanted, live: MailcowAlias, written: AliasData): Change {
  const { host, spec } = plan;
  const after: AliasData = { host, domain: spec.domain, address: live.address, goto: wanted.goto, comment: COMMENT };
  return {
    ...base(plan, wanted),
    verb: 'update',
    what: `alias ${live.address}: leads to ${wanted.goto.join(', ')} instead of ${live.goto.join(', ')}`,
    effect: `mail to ${live.address} goes to ${wanted.goto.join(', ')} from now`,
    before: written as unknown as Json,
    after: after as unknown as Json,
  };
}

/** It waits for its domain, and for mailboxes that it leads to and that are not there yet. */
function base({ spec, mailcow, state, host }: MailcowPlan, wanted: Wanted) {
  const isNew = (local: string) => !state.mailboxes.some((one) => one.address === `${local}@${spec.domain}`);
  const first = mailcow.mailboxes
    .filter(({ local }) => wanted.goto.includes(`${local}@${spec.domain}`) && isNew(local))
    .map(({ local }) => changeId(host, spec.domain, 'mailbox', local));
  const waitsFor = [...(state.domain ? [] : [changeId(host, spec.domain, 'domain')]), ...first];
  return {
    id: changeId(host, spec.domain, 'alias', wanted.local),
    system: systemOf(host),
    by: 'us' as const,
    ...(waitsFor.length > 0 ? { waitsFor } : {}),
    undo: 'inverse' as const,
  };
}
