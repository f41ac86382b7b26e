import { check } from '../../../core/checks/check.ts';
import type { Json } from '../../../core/problem.ts';
import type { Conflict, Findings } from '../../../core/resource.ts';
import type { DomainData } from '../data.ts';
import { changeId, ourTags, systemOf } from '../names.ts';
import { newKey } from './dkim.ts';
import type { MailcowPlan } from './plan.ts';

/** The domain itself. One that is there is taken as it is; limits that do not do are a conflict, never changed. */
export function planDomain(plan: MailcowPlan): Findings {
  const { spec, host, state, home } = plan;
  const id = changeId(host, spec.domain, 'domain');
  const at = { system: systemOf(host), name: spec.domain, expected: 'a domain that takes mail' };
  const { domain } = state;
  if (domain) {
    const fault = !domain.active
      ? {
          value: 'switched off: no mail is taken for it',
          fix: 'Switch it on in Mailcow (E-Mail, Configuration, Domains, Edit).',
        }
      : domain.backupMx
        ? {
            value: 'a relay domain: mail is passed on',
            fix: 'Take “Relay this domain” away in Mailcow, if the mailboxes are there.',
          }
        : undefined;
    const seen = fault?.value ?? `${domain.mailboxes} mailboxes, ${domain.aliases} aliases`;
    return {
      checks: [
        check('mailcow.domain', {
          ...at,
          status: fault ? 'failed' : 'ok',
          seen: [{ by: 'Mailcow', value: seen }],
          ...(fault ? { fix: fault.fix } : {}),
        }),
      ],
      conflicts: roomConflicts(plan),
    };
  }
  const key = newKey(plan);
  const limits = Object.fromEntries(Object.entries(plan.mailcow.limits).filter(([, value]) => value !== undefined));
  const after: DomainData = { host, domain: spec.domain, limits, dkim: key, tags: ourTags(home) };
  return {
    checks: [check('mailcow.domain', { ...at, status: 'failed', seen: [{ by: 'Mailcow', value: 'no such domain' }] })],
    conflicts: [...sizeConflicts(plan), ...(spec.domain === host ? [isHost(plan)] : [])],
    changes: [
      {
        id,
        system: systemOf(host),
        verb: 'create',
        what: `domain ${spec.domain}${key ? `, with a DKIM key of ${key.bits} bits` : ''}`,
        effect: `Mailcow takes mail for @${spec.domain} from now, also from its own users; webmail restarts once, some seconds`,
        after: after as unknown as Json,
        by: 'us',
        undo: 'inverse',
      },
    ],
  };
}

const RAISE =
  'Raise the limits of the domain in Mailcow (E-Mail, Configuration, Domains, Edit), or ask for less in the profile.';

function limits({ spec, host }: MailcowPlan, message: string, fix: string): Conflict {
  return {
    code: 'mailcow.limits',
    system: systemOf(host),
    name: spec.domain,
    message: `Mailcow ${host}: ${message}`,
    fix,
  };
}

function isHost({ spec, host }: MailcowPlan): Conflict {
  return {
    code: 'mailcow.host',
    system: systemOf(host),
    name: spec.domain,
    message: `Mailcow ${host}: ${spec.domain} is the host’s own name, which it takes as no domain.`,
    fix: 'Leave `mailcow` out of the profile for this domain.',
  };
}

/** What a domain that is there has no room for. */
function roomConflicts(plan: MailcowPlan): Conflict[] {
  const { spec, mailcow, state } = plan;
  const { domain } = state;
  if (!domain) return [];
  const taken = new Set([...state.mailboxes, ...state.aliases].map((one) => one.address));
  const fresh = mailcow.mailboxes.filter((one) => !taken.has(`${one.local}@${spec.domain}`));
  const aliases = mailcow.aliases.filter((one) => !taken.has(`${one.local}@${spec.domain}`));
  const found: Conflict[] = [];
  if (fresh.length > domain.mailboxesLeft)
    found.push(
      limits(
        plan,
        `${spec.domain} has room for ${domain.mailboxesLeft} more mailboxes (${domain.mailboxes} are there), and ${fresh.length} are wanted.`,
        RAISE,
      ),
    );
  if (aliases.length > domain.aliasesLeft)
    found.push(
      limits(
        plan,
        `${spec.domain} has room for ${domain.aliasesLeft} more aliases (${domain.aliases} are there), and ${aliases.length} are wanted.`,
        RAISE,
      ),
    );
  const large = fresh.filter((one) => (one.quota ?? domain.defaultQuota) > domain.maxQuota);
  for (const one of large)
    found.push(
      limits(
        plan,
        `${one.local}@${spec.domain} is to have ${one.quota ?? domain.defaultQuota} MiB, and a mailbox of the domain may have ${domain.maxQuota}.`,
        RAISE,
      ),
    );
  const more = fresh.reduce((sum, one) => sum + (one.quota ?? domain.defaultQuota), 0);
  const left = domain.quota - domain.quotaGiven;
  if (large.length === 0 && more > left)
    found.push(
      limits(
        plan,
        `${spec.domain} has ${left} MiB left for mailboxes, and ${more} are wanted (${domain.quota} in all).`,
        RAISE,
      ),
    );
  return found;
}

/** Limits of a new domain that contradict one another or the mailboxes, as far as the profile gives them. */
function sizeConflicts(plan: MailcowPlan): Conflict[] {
  const {
    mailboxes = Infinity,
    aliases = Infinity,
    defaultQuota,
    maxQuota = Infinity,
    quota = Infinity,
  } = plan.mailcow.limits;
  const wanted = plan.mailcow.mailboxes;
  const fix = 'Correct mailcow.limits or mailcow.mailboxes in the profile.';
  const found: Conflict[] = [];
  const say = (message: string) => found.push(limits(plan, message, fix));
  if (wanted.length > mailboxes) say(`the profile allows ${mailboxes} mailboxes and wants ${wanted.length}.`);
  if (plan.mailcow.aliases.length > aliases)
    say(`the profile allows ${aliases} aliases and wants ${plan.mailcow.aliases.length}.`);
  if ((defaultQuota ?? 0) > maxQuota) say(`defaultQuota (${defaultQuota} MiB) is more than maxQuota (${maxQuota}).`);
  if (maxQuota !== Infinity && maxQuota > quota) say(`maxQuota (${maxQuota} MiB) is more than quota (${quota}).`);
  for (const one of wanted)
    if ((one.quota ?? 0) > maxQuota) say(`${one.local} is to have ${one.quota} MiB, and maxQuota is ${maxQuota}.`);
  const sum = wanted.reduce((all, one) => all + (one.quota ?? defaultQuota ?? 0), 0);
  if (sum > quota) say(`the mailboxes are to have ${sum} MiB together, and quota is ${quota}.`);
  return found;
}
