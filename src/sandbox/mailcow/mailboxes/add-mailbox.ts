import type { Write } from '../api/call.ts';
import { type Entry, Report, withoutPasswords } from '../api/entry.ts';
import { intOf, intOr, isGiven, listOf, textOf } from '../api/loose.ts';
import { asciiDomain, isAddress } from '../api/names.ts';
import { setRateLimit } from '../domains/rate-limit.ts';
import { addTags } from '../domains/tags.ts';
import { pickTemplate } from '../domains/templates.ts';
import { Maildir } from '../imap/maildir.ts';
import type { Installation } from '../installation.ts';
import type { Mailbox } from '../state.ts';
import { readMailboxAttributes } from './mailbox-attributes.ts';
import { passwordRefusal } from './passwords.ts';

const MIB = 1024 ** 2;

/** `add/mailbox`: with an alias of its own name. `quota` is MiB, 0 unlimited. A domain that is not there is "access_denied". */
export const addMailbox: Write = ({ cow, attr }) => {
  const report = new Report(['mailbox', 'add', 'mailbox', withoutPasswords(attr, /^password2?$/), null]);
  const localPart = textOf(attr.local_part).trim().toLowerCase();
  const domain = asciiDomain(textOf(attr.domain));
  const username = `${localPart}@${domain}`;
  const template = pickTemplate(cow.templates, 'mailbox', intOf(attr.template));
  const quota = intOr(attr.quota, intOf(template.quota) / MIB);
  const authsource = ['mailcow', 'ldap', 'keycloak', 'generic-oidc'].includes(textOf(attr.authsource))
    ? textOf(attr.authsource)
    : 'mailcow';
  const refusal = refusalOf(cow, username, domain);
  if (refusal) return report.danger(refusal).entries;
  const badPassword =
    authsource === 'mailcow' ? passwordRefusal(cow.switches.passwordPolicy, attr.password, attr.password2) : undefined;
  if (badPassword) return report.join([badPassword]).entries;
  const full = limitRefusal(cow, domain, quota);
  if (full) return report.danger(full).entries;

  const now = cow.clock.now();
  const mailbox: Mailbox = {
    username,
    localPart,
    domain,
    name: textOf(attr.name).replace(/^</, '').replace(/>$/, ''),
    password: authsource === 'mailcow' ? textOf(attr.password) : '',
    quota: quota * MIB,
    active: intOr(attr.active, intOf(template.active)),
    attributes: readMailboxAttributes(attr, template),
    authsource,
    tags: new Set(),
    mail: new Maildir(now),
    createdAt: now,
  };
  cow.mailboxes.set(username, mailbox);
  addSelfAlias(cow, mailbox);
  cow.touch();
  addTags(report, mailbox.tags, isGiven(attr.tags) ? listOf(attr.tags) : listOf(template.tags));
  report.join(
    setRateLimit(cow, 'mailbox', mailbox, {
      object: username,
      rl_frame: attr.rl_frame ?? template.rl_frame,
      rl_value: attr.rl_value ?? template.rl_value,
    }),
  );
  return report.success(['mailbox_added', username]).entries;
};

function addSelfAlias(cow: Installation, { username, domain, active, createdAt }: Mailbox): void {
  const id = cow.nextId('alias');
  const flags = { sogoVisible: 1, internal: 0, senderAllowed: 1, publicComment: null, privateComment: null };
  cow.aliases.set(id, { id, address: username, goto: username, domain, active, ...flags, createdAt });
}

function refusalOf(cow: Installation, username: string, domain: string): Entry['msg'] | undefined {
  if (!isAddress(username)) return 'mailbox_invalid';
  if (!cow.has(domain)) return 'access_denied';
  if (cow.mailboxes.has(username)) return ['object_exists', username];
  if (cow.findAlias(username)) return ['is_alias', username];
  return cow.domains.has(domain) ? undefined : ['domain_not_found', domain];
}

/** Of a domain that is there: how many mailboxes it may have, how large one, how large all. */
function limitRefusal(cow: Installation, name: string, quota: number): Entry['msg'] | undefined {
  const domain = cow.domains.get(name);
  if (!domain) return undefined;
  const mailboxes = cow.mailboxesOf(name);
  if (mailboxes.length >= domain.mailboxes) return ['max_mailbox_exceeded', mailboxes.length, domain.mailboxes];
  if (quota > domain.maxquota) return ['mailbox_quota_exceeded', domain.maxquota];
  const used = Math.round(mailboxes.reduce((sum, one) => sum + one.quota, 0) / MIB);
  return used + quota > domain.quota ? ['mailbox_quota_left_exceeded', domain.quota - used] : undefined;
}
