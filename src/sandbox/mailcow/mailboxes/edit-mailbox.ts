import type { Write } from '../api/call.ts';
import { type Entry, Report, withoutPasswords } from '../api/entry.ts';
import { type Attributes, intOf, intOr, isEmpty, isGiven, textOf } from '../api/loose.ts';
import { isAddress } from '../api/names.ts';
import { addTags } from '../domains/tags.ts';
import type { Installation } from '../installation.ts';
import type { Mailbox } from '../state.ts';
import { readMailboxAttributes } from './mailbox-attributes.ts';
import { passwordRefusal } from './passwords.ts';

const MIB = 1024 ** 2;

/** `edit/mailbox`: an empty password stays as it is. */
export const editMailbox: Write = ({ cow, attr, items }) => {
  const log = withoutPasswords({ username: items, ...attr }, /^password2?$/);
  const report = new Report(['mailbox', 'edit', 'mailbox', log, null]);
  for (const item of items) {
    const username = textOf(item);
    const mailbox = cow.mailboxes.get(username.toLowerCase());
    if (!isAddress(username)) report.danger(['username_invalid', username]);
    else if (!mailbox) report.danger('access_denied');
    else report.join(change(cow, mailbox, attr, report));
  }
  return report.entries;
};

function change(cow: Installation, mailbox: Mailbox, attr: Attributes, report: Report): readonly Entry[] {
  const quota = isGiven(attr.quota) && attr.quota !== '' ? intOf(attr.quota) : mailbox.quota / MIB;
  const domain = cow.domains.get(mailbox.domain);
  const others = cow.mailboxesOf(mailbox.domain).filter((one) => one !== mailbox);
  const left = (domain?.quota ?? 0) - others.reduce((sum, one) => sum + one.quota, 0) / MIB;
  const most = Math.min(left, domain?.maxquota ?? 0);
  if (quota > most) {
    report.danger(['mailbox_quota_left_exceeded', most]);
    return [];
  }
  if (!isEmpty(attr.password)) {
    const refusal = passwordRefusal(cow.switches.passwordPolicy, attr.password, attr.password2);
    if (refusal) return [refusal];
    mailbox.password = textOf(attr.password);
  }
  mailbox.quota = quota * MIB;
  mailbox.active = intOr(attr.active, mailbox.active);
  if (!isEmpty(attr.name)) mailbox.name = textOf(attr.name).replace(/^</, '').replace(/>$/, '');
  Object.assign(mailbox.attributes, readMailboxAttributes(attr, mailbox.attributes));
  mailbox.modifiedAt = cow.clock.now();
  const own = cow.findAlias(mailbox.username);
  if (own) own.active = mailbox.active;
  cow.touch();
  if (Array.isArray(attr.tags)) addTags(report, mailbox.tags, attr.tags);
  report.success(['mailbox_modified', mailbox.username]);
  return [];
}
