import { check } from '../../../core/checks/check.ts';
import type { MailboxSpec } from '../../../core/domain-spec.ts';
import type { Json } from '../../../core/problem.ts';
import type { Change, Findings } from '../../../core/resource.ts';
import type { MailboxData } from '../data.ts';
import { changeId, ourTags, systemOf } from '../names.ts';
import type { MailcowPlan } from './plan.ts';

/** The mailboxes that are wanted. One that is there is never changed, whoever made it. */
export function planMailboxes(plan: MailcowPlan): Findings {
  const parts = plan.mailcow.mailboxes.map((one) => planOne(plan, one));
  return {
    changes: parts.flatMap((part) => part.changes ?? []),
    checks: parts.flatMap((part) => part.checks ?? []),
    conflicts: parts.flatMap((part) => part.conflicts ?? []),
  };
}

function planOne(plan: MailcowPlan, wanted: MailboxSpec): Findings {
  const { spec, state, host } = plan;
  const address = `${wanted.local}@${spec.domain}`;
  const at = { system: systemOf(host), name: address, expected: 'a mailbox that takes mail' };
  const alias = state.aliases.find((one) => one.address === address);
  if (alias)
    return {
      conflicts: [
        {
          code: 'mailcow.mailbox-is-alias',
          system: systemOf(host),
          name: address,
          message: `Mailcow ${host}: ${address} is to be a mailbox, and is an alias that leads to ${alias.goto.join(', ')}.`,
          fix: 'Remove the alias in Mailcow (E-Mail, Configuration, Aliases) if the mailbox is to be, or leave the mailbox out.',
        },
      ],
    };
  const there = state.mailboxes.find((one) => one.address === address);
  if (!there)
    return {
      changes: [making(plan, wanted, address)],
      checks: [
        check('mailcow.mailbox', { ...at, status: 'failed', seen: [{ by: 'Mailcow', value: 'no such mailbox' }] }),
      ],
    };
  const seen = there.active ? `${there.messages} messages` : 'switched off';
  return {
    checks: [
      check('mailcow.mailbox', {
        ...at,
        status: there.active ? 'ok' : 'failed',
        seen: [{ by: 'Mailcow', value: seen }],
        ...(there.active ? {} : { fix: 'Switch it on in Mailcow (E-Mail, Configuration, Mailboxes, Edit).' }),
      }),
    ],
  };
}

function making({ spec, state, host, home }: MailcowPlan, wanted: MailboxSpec, address: string): Change {
  const { name, quota, passwordFile } = wanted;
  const after: MailboxData = {
    host,
    domain: spec.domain,
    mailbox: address,
    ...(name === undefined ? {} : { name }),
    ...(quota === undefined ? {} : { quota }),
    password: passwordFile ?? 'generated',
    tags: ourTags(home),
  };
  const password = passwordFile === undefined ? 'password made up, shown once' : `password from ${passwordFile}`;
  return {
    id: changeId(host, spec.domain, 'mailbox', wanted.local),
    system: systemOf(host),
    verb: 'create',
    what: `mailbox ${address}, ${password} (kept when the run is undone)`,
    effect: `mail to ${address} is kept in it`,
    after: after as unknown as Json,
    owns: { [changeId(host, spec.domain, 'mailbox', wanted.local)]: { host, domain: spec.domain, mailbox: address } },
    by: 'us',
    ...(state.domain ? {} : { waitsFor: [changeId(host, spec.domain, 'domain')] }),
    undo: 'keep',
  };
}
