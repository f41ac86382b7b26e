import type { Read } from '../api/call.ts';
import { dateTime } from '../api/names.ts';
import { hasTag } from '../domains/tags.ts';
import type { Installation } from '../installation.ts';
import type { Mailbox } from '../state.ts';

const MIB = 1024 ** 2;

/** `get/mailbox/{address}`, `get/mailbox/all[/domain,…]`, `get/mailbox/reduced[/domain,…]`. */
export const getMailbox: Read = ({ cow, object = '', extra, tags }) => {
  if (object !== 'all' && object !== 'reduced') {
    const mailbox = cow.mailboxes.get(object.toLowerCase());
    return mailbox && showMailbox(cow, mailbox, false);
  }
  const domains = extra === undefined || extra === '' ? [...cow.domains.keys()] : extra.split(',');
  return domains
    .flatMap((domain) => cow.mailboxesOf(domain))
    .filter((mailbox) => tags === undefined || hasTag(mailbox.tags, tags))
    .map((mailbox) => showMailbox(cow, mailbox, object === 'reduced'));
};

/** A mailbox as get/mailbox shows it: quotas in bytes. */
function showMailbox(cow: Installation, mailbox: Mailbox, isReduced: boolean): Record<string, unknown> {
  const active = cow.switches.flagsAs === 'texts' ? String(mailbox.active) : mailbox.active;
  const used = mailbox.mail.bytes;
  const percent = mailbox.quota === 0 ? '- ' : Math.round((used / mailbox.quota) * 100);
  return {
    username: mailbox.username,
    active,
    active_int: active,
    domain: mailbox.domain,
    name: mailbox.name,
    local_part: mailbox.localPart,
    quota: mailbox.quota,
    messages: mailbox.mail.count,
    attributes: { ...mailbox.attributes, passwd_update: dateTime(mailbox.createdAt) },
    custom_attributes: [],
    quota_used: used,
    percent_in_use: percent,
    created: dateTime(mailbox.createdAt),
    modified: mailbox.modifiedAt === undefined ? null : dateTime(mailbox.modifiedAt),
    authsource: mailbox.authsource,
    percent_class: percent === '- ' ? 'info' : percent >= 90 ? 'danger' : percent >= 75 ? 'warning' : 'success',
    last_imap_login: 0,
    last_smtp_login: 0,
    last_pop3_login: 0,
    ...(isReduced ? {} : showMore(cow, mailbox)),
    ...(mailbox.tags.size > 0 ? { tags: [...mailbox.tags] } : {}),
  };
}

/** What `reduced` leaves out. */
function showMore(cow: Installation, mailbox: Mailbox) {
  const domain = cow.domains.get(mailbox.domain);
  const others = cow.mailboxesOf(mailbox.domain).filter((one) => one !== mailbox);
  const left = (domain?.quota ?? 0) * MIB - others.reduce((sum, one) => sum + one.quota, 0);
  return {
    max_new_quota: Math.min(left, (domain?.maxquota ?? 0) * MIB),
    spam_aliases: 0,
    pushover_active: 0,
    rl: mailbox.rateLimit ?? domain?.rateLimit ?? false,
    rl_scope: mailbox.rateLimit ? 'mailbox' : 'domain',
    is_relayed: domain?.backupmx ?? 0,
  };
}
